"""`curbwatch simulate`: an RTSP camera simulator."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from curbwatch.terminal import emit_json
from streams.simulator import SimulatorServer


@click.command()
@click.option("--streams", type=click.IntRange(1, 5000), default=1, show_default=True, help="How many cameras.")
@click.option("--clip", "clips", type=click.Path(path_type=Path), multiple=True, required=True, help="A clip (MP4, H.264 or H.265); repeat for several.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8554, show_default=True, help="0 chooses a free one.")
@click.option("--username", help="Asks for this user (digest or basic).")
@click.option("--password", default="", envvar="CURBWATCH_SIMULATOR_PASSWORD", help="And this password.")
@click.option("--spread", is_flag=True, help="Each camera begins at another place of its clip.")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as JSON.")
def simulate(streams: int, clips: tuple[Path, ...], host: str, port: int, username: str | None, password: str, spread: bool, as_json: bool) -> None:
    """Serves clips as RTSP cameras, with faults on request by the query of an address.

    Example: curbwatch simulate --streams 8 --clip street.mp4
    then:    curbwatch watch --camera rtsp://127.0.0.1:8554/1
    a fault: rtsp://127.0.0.1:8554/2?fault=stall&after=5
    """
    asyncio.run(_serve(SimulatorServer(clips, streams, host=host, port=port, username=username, password=password, spread=spread), streams, as_json))


async def _serve(server: SimulatorServer, streams: int, as_json: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server:
        urls = [server.url(index + 1, with_password=False) for index in range(streams)]
        if as_json:
            emit_json({"streams": urls})
        else:
            click.echo("\n".join(urls))
        await stop.wait()
