"""`curbwatch scene seen|suggest|accept`: where things were seen, zones proposed from that and from the picture, and a scene of what a person accepts."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from curbwatch.terminal import EXIT_NO, counted, emit_json, fail
from detector.recorded_seen import first_picture, seen_in, still_of, things_in
from detector.scene.drawing import draw_view, save_drawing
from detector.scene.drawing_seen import draw_seen
from detector.scene.errors import ProposalError
from detector.scene.proposal import Made, Proposal, accepted_text, accepted_view, added_to, beside, proposal_of, proposal_text, read_proposal
from detector.scene.scene import read_text
from detector.scene.seen import GROUPS, SeenError, SeenGrid, seen_from_json
from detector.scene.suggesting import feet_of_grid, feet_of_things, propose
from detector.worker.seen import read_seen
from models.pictures import read_picture
from models.session import DEFAULT_MODEL, YoloSession, open_model
from streams.recorded import began_at

VIDEO_ENDINGS = frozenset({".mp4", ".mkv", ".mov", ".m4v", ".ts", ".avi"})
LARGEST_SEEN_BYTES = 4 * 1024 * 1024
NO_MODEL = "none"


@click.command()
@click.argument("source", metavar="SOURCE", type=click.Path(path_type=Path))
@click.option("--camera", "camera_id", help="Which camera's; needed where the worker has several.")
@click.option("--view", "view_id", help="Which of its positions; needed where it has several.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="For a recording: what looks at it.")
@click.option("--look-seconds", type=click.FloatRange(0.04, 3600), default=4.0, show_default=True, help="For a recording: seconds between two looks.")
@click.option("--picture", type=click.Path(path_type=Path), help="With --draw: a picture or clip of the camera to draw over.")
@click.option("--draw", "drawing", type=click.Path(path_type=Path), help="Draw it: .png or .jpg.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Keep it for `scene suggest --seen`: a JSON file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def seen(
    source: Path, camera_id: str | None, view_id: str | None, model: str, look_seconds: float, picture: Path | None, drawing: Path | None,
    output: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Tells where people, vehicles and cycles were seen: over the last day by a worker (SOURCE is its data folder), or in a recording.

    A thing counts once where it comes or passes, not for as long as it stands.

    Exit status 1: nothing was seen.

    \b
    Example: curbwatch scene seen ~/.local/share/curbwatch/worker --camera cam1 -o cam1-seen.json
             curbwatch scene seen cam1.mp4 --draw where.jpg --picture cam1.jpg
    """
    camera, view, grid = _seen_of(source, camera_id, view_id, model, look_seconds)
    if output is not None:
        try:
            output.write_text(json.dumps({"camera": camera, "view": view, **grid.to_json()}, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            fail(f"{output}: cannot be written ({error.strerror or error})")
    if drawing is not None:
        ground = picture if picture is not None else source if source.is_file() else None
        save_drawing(drawing, draw_seen(grid, None if ground is None else picture_of(ground)))
    figures = {group: grid.arrivals(group) for group in GROUPS}
    began, until = (grid.sheets[0].began, grid.sheets[-1].until) if grid.sheets else (None, None)
    if as_json:
        times = {"began": None if began is None else began.isoformat(), "until": None if until is None else until.isoformat()}
        emit_json({"camera": camera, "view": view, "looks": grid.looks, **times, **figures})
    else:
        times_told = "" if began is None or until is None else f", {began:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M %Z}"
        click.echo(
            f"{camera} ({view}): {', '.join(f'{number} {group}' for group, number in figures.items())} in {counted(grid.looks, 'look', 'looks')}{times_told}"
        )
    if not any(figures.values()):
        raise SystemExit(EXIT_NO)


def _seen_of(source: Path, camera_id: str | None, view_id: str | None, model: str, look_seconds: float) -> tuple[str, str, SeenGrid]:
    """Camera, view and grid of a worker's data folder, a recording, or a file that this command has written."""
    if source.is_dir():
        return read_seen(source, camera_id, view_id)
    if not source.is_file():
        raise SeenError(f"{source}: there is no such folder or file; name a worker's data folder (`curbwatch watch --data-dir`) or a recording")
    if source.suffix.lower() == ".json":
        data = _json_of(source)
        return camera_id or str(data.get("camera", "camera")), view_id or str(data.get("view", "main")), seen_from_json(data, str(source))
    began = began_at(source)
    on_terminal = sys.stderr.isatty()
    grid, broken = seen_in(
        source, open_model(model), look_seconds, began, lambda at: click.echo(f"\r{source.name}: {at:.0f} s", nl=False, err=True) if on_terminal else None
    )
    if on_terminal:
        click.echo("\r\x1b[K", nl=False, err=True)
    if broken:
        click.echo(f"{source}: {counted(broken, 'keyframe does', 'keyframes do')} not decode and were passed over", err=True)
    return camera_id or as_id(source.stem), view_id or "main", grid


def _json_of(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_SEEN_BYTES:
            raise SeenError(f"{path}: is larger than {LARGEST_SEEN_BYTES >> 20} MiB, which no such record is")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeenError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError):
        raise SeenError(f"{path}: is no JSON; `curbwatch scene seen -o` writes it") from None
    return data if isinstance(data, dict) else {}


@click.command()
@click.argument("picture", metavar="PICTURE", type=click.Path(path_type=Path))
@click.option("--seen", "seen_file", type=click.Path(path_type=Path), help="Where things were seen over a day: of `scene seen -o`, or a worker's data folder.")
@click.option("--camera", "camera_id", help="The camera's registered id; by default the one of --seen, else the picture's name.")
@click.option("--view", "view_id", help="The camera's position, for one that turns.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="What finds people and vehicles in the picture; `none` to do without.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where the proposal is written (YAML); by default to standard output.")
@click.option("--draw", "drawing", type=click.Path(path_type=Path), help="Draw it too: .png or .jpg.")
@click.option("--json", "as_json", is_flag=True, help="Print what is proposed as JSON.")
def suggest(
    picture: Path, seen_file: Path | None, camera_id: str | None, view_id: str | None, model: str, output: Path | None, drawing: Path | None, as_json: bool
) -> None:
    """Proposes carriageway, pavement and storefront line of a camera's picture, or of a clip (what moves in it is taken out).

    A proposal is a start for the person who draws, and is never in force: check it with `scene draw`, then `scene accept` it. It rests on straight edges that
    lead to one point, on colours, on the people and vehicles in the picture, and, with --seen, on where these were over a day.

    Exit status 1: no street was found.

    \b
    Example: curbwatch scene suggest cam1.jpg --camera cam1 --seen cam1-seen.json -o cam1-proposal.yaml --draw cam1-proposal.jpg
    """
    session = None if model == NO_MODEL else open_model(model)
    grid = SeenGrid()
    named: tuple[str | None, str | None] = (None, None)
    if seen_file is not None:
        camera, view, grid = _seen_of(seen_file, camera_id, view_id, model, 4.0)
        named = camera, view
    ground, things, own = _looked_at(picture, session)
    proposal = _proposal(picture, ground, things, own, grid, camera_id or named[0] or as_id(picture.stem), view_id or named[1] or "main", session)
    if as_json:
        emit_json(proposal.model_dump(mode="json", by_alias=True, exclude_none=True))
    if not proposal.view.zones:
        if not as_json:
            click.echo(f"{picture}: {proposal.note.en}", err=True)
        raise SystemExit(EXIT_NO)
    if drawing is not None:
        notes = [f"{name}: {why.confidence:.2f} {why.zh} · {why.en}" for name, why in proposal.reasons.items()]
        save_drawing(drawing, draw_view(proposal.view, ground, None, [f"{proposal.note.zh} · {proposal.note.en}", *notes], proposed=True))
    if output is not None:
        _write(output, proposal_text(proposal, output.name))
    elif not as_json:
        click.echo(proposal_text(proposal), nl=False)
    if output is not None and not as_json:
        listed = ", ".join(
            [*(f"{zone.id} ({proposal.reasons[zone.id].confidence:.2f})" for zone in proposal.view.zones), *(one.id for one in proposal.view.lines)]
        )
        click.echo(f"{output}: proposed for {proposal.view.camera_id}: {listed}; {proposal.note.en}")


def _looked_at(path: Path, session: YoloSession | None) -> tuple[NDArray[np.uint8], tuple[Any, ...], SeenGrid | None]:
    """The picture, what stands in it, and of a clip where things were in its pictures."""
    if path.suffix.lower() not in VIDEO_ENDINGS:
        picture = read_picture(path)
        return picture, () if session is None else things_in(session, picture), None
    own = SeenGrid()
    still = still_of(path, session, own)
    return still.picture, still.things, own


def _proposal(
    path: Path, ground: NDArray[np.uint8], things: tuple[Any, ...], own: SeenGrid | None, grid: SeenGrid, camera_id: str, view_id: str,
    session: YoloSession | None,
) -> Proposal:  # fmt: skip
    feet = [*(feet_of_things(things) if own is None else feet_of_grid(own)), *feet_of_grid(grid)]
    found = propose(ground, feet, [thing.xyxy for thing in things])
    looked = bool(grid.sheets)
    made = Made(
        at=datetime.now(UTC).replace(microsecond=0), by=f"curbwatch {version('curbwatch')}", picture=path.name, size=(ground.shape[1], ground.shape[0]),
        model=None if session is None else f"{session.name} {session.version}",
        people=grid.arrivals("people") if looked else None, vehicles=grid.arrivals("vehicles") if looked else None,
        since=grid.sheets[0].began if looked else None, until=grid.sheets[-1].until if looked else None,
        vanishing_point=found.vanishing_point, lens=found.lens, camera_metres=found.metres,
    )  # fmt: skip
    return proposal_of(found, made, camera_id, view_id)


@click.command()
@click.argument("file", metavar="PROPOSAL", type=click.Path(path_type=Path))
@click.option("--by", required=True, help="Who has looked at it and accepts it; the scene says so.")
@click.option("--only", multiple=True, metavar="ID", help="Accept only this zone or line (can be given several times).")
@click.option("--without", multiple=True, metavar="ID", help="Leave this zone or line out (can be given several times).")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A new scene file.")
@click.option("--into", type=click.Path(path_type=Path), help="A scene file that gets the view as one more.")
def accept(file: Path, by: str, only: tuple[str, ...], without: tuple[str, ...], output: Path | None, into: Path | None) -> None:
    """Makes a scene of a proposal that a person has checked; from then on it is a scene like any other.

    \b
    Example: curbwatch scene accept cam1-proposal.yaml --by "Wang Fang" --without shops-1 -o street.yaml
             curbwatch scene accept cam2-proposal.yaml --by "Wang Fang" --into street.yaml
    """
    if (output is None) == (into is None):
        raise click.UsageError("name a new scene file with -o, or one that gets the view with --into")
    by = " ".join(by.split())
    if not by:
        raise click.BadParameter("is blank: name the person who has looked at the proposal", param_hint="--by")
    proposal = read_proposal(file)
    view = beside(accepted_view(proposal, file, only, without), into or output or file)
    if view.reference is None and proposal.view.reference is not None:
        named = proposal.view.reference.file
        click.echo(f"{named} does not lie beside the scene: copy it there and write `reference: {named}`, so that a camera that moves is noticed", err=True)
    if into is not None:
        _write(into, added_to(read_text(into), view, into))
        click.echo(f"{into}: has {view.camera_id} ({view.view_id}) now, accepted by {by}: {_listed(view)}")
        return
    assert output is not None
    if output.exists():
        raise ProposalError(f"{output}: is there already; name another file with -o, or add the view to it with --into")
    _write(output, accepted_text(view, by, datetime.now(UTC), file.name))
    click.echo(f"{output}: {view.camera_id} ({view.view_id}), accepted by {by}: {_listed(view)}; `curbwatch scene check {output}` next")


def _listed(view: Any) -> str:
    return ", ".join([*(zone.id for zone in view.zones), *(line.id for line in view.lines)])


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProposalError(f"{path}: cannot be written ({error.strerror or error})") from error


def picture_of(path: Path) -> NDArray[np.uint8]:
    """A picture, or a clip's first keyframe."""
    return first_picture(path) if path.suffix.lower() in VIDEO_ENDINGS else read_picture(path)


def as_id(name: str) -> str:
    """A file's name as a camera's id."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name).strip(".-_")[:64] or "camera"
