"""`curbwatch simulate`: an RTSP camera simulator."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import click

from curbwatch.terminal import emit_json
from streams.simulator import FAULTS, SimulatorServer


def _show_faults(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        width = max(map(len, FAULTS))
        click.echo("\n".join(f"{name:<{width}}  {kind.summary}" for name, kind in FAULTS.items()))
        ctx.exit()


@click.command()
@click.option("--streams", type=click.IntRange(1, 5000), default=1, show_default=True, help="How many cameras.")
@click.option("--clip", "clips", type=click.Path(path_type=Path), multiple=True, required=True, help="A clip (MP4, H.264 or H.265); repeat for several.")
@click.option("--sub", "sub_clips", type=click.Path(path_type=Path), multiple=True, help="A small clip for the sub-streams /1/sub …; repeat for several.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8554, show_default=True, help="0 chooses a free one.")
@click.option("--username", help="Asks for this user (digest or basic).")
@click.option(
    "--password", default="", envvar="CURBWATCH_SIMULATOR_PASSWORD", help="And this password; better from the environment variable.", show_envvar=True
)
@click.option("--password-stdin", is_flag=True, help="Reads the password from standard input.")
@click.option("--session-timeout", type=click.IntRange(1, 3600), default=60, show_default=True, help="Seconds until a session that nobody keeps alive ends.")
@click.option("--spread", is_flag=True, help="Each camera begins at another place of its clip.")
@click.option("--gso/--no-gso", default=True, show_default=True, help="UDP: hand the kernel a picture's packets at once, or one by one as a camera sends.")
@click.option("--tls", is_flag=True, help="Serve rtsps:// too, on a port of its own, with a self-signed certificate.")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as JSON.")
@click.option("--faults", is_flag=True, is_eager=True, expose_value=False, callback=_show_faults, help="List what a camera can be told to do wrong, and end.")
def simulate(
    streams: int,
    clips: tuple[Path, ...],
    sub_clips: tuple[Path, ...],
    host: str,
    port: int,
    username: str | None,
    password: str,
    password_stdin: bool,
    session_timeout: int,
    spread: bool,
    gso: bool,
    tls: bool,
    as_json: bool,
) -> None:
    """Serves clips as RTSP cameras (H.264, H.265; TCP, UDP), with faults on request by the query of an address.

    \b
    Example: curbwatch simulate --streams 8 --clip street.mp4
    then:    curbwatch watch --camera rtsp://127.0.0.1:8554/1
    a fault: rtsp://127.0.0.1:8554/2?fault=stall&after=5
             rtsp://127.0.0.1:8554/3?fault=loss&share=0.1
    """
    if password_stdin:
        password = sys.stdin.read().rstrip("\n")
    server = SimulatorServer(
        clips,
        streams,
        host=host,
        port=port,
        username=username,
        password=password,
        spread=spread,
        sub_clips=sub_clips,
        session_timeout_seconds=session_timeout,
        gso=gso,
        tls=tls,
    )
    asyncio.run(_serve(server, streams, bool(sub_clips), tls, as_json))


async def _serve(server: SimulatorServer, streams: int, with_sub: bool, with_tls: bool, as_json: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server:
        urls = [server.url(index + 1, with_password=False) for index in range(streams)]
        subs = [server.url(index + 1, sub=True, with_password=False) for index in range(streams)] if with_sub else []
        over_tls = [server.url(index + 1, tls=True, with_password=False) for index in range(streams)] if with_tls else []
        if as_json:
            emit_json({"streams": urls, "sub": subs, "tls": over_tls})
        else:
            click.echo("\n".join([*urls, *subs, *over_tls]))
        await stop.wait()
