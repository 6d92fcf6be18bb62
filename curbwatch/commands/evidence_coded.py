"""`curbwatch evidence coded`: whether a clip's coded pictures are those that the camera sent, by the file itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from curbwatch.terminal import EXIT_NO, complain, emit_json, fail
from evidence.canonical import read_json
from evidence.coded import Coded, coded_of_file
from evidence.errors import PacketError


@click.command()
@click.argument("paths", metavar="PATH", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per clip.")
def coded(paths: tuple[Path, ...], as_json: bool) -> None:
    """Sums a clip's coded pictures as they lie in the file, and compares the sum with what the packet's manifest says the camera sent.

    PATH is a clip (.mp4), a packet's folder, or a folder of packets. Beside a clip its packet's manifest.json is looked for.

    Example: curbwatch evidence coded export/packets

    Exit status 1: a sum differs, or a clip cannot be read. 2: there is no clip.
    """
    clips = [clip for path in paths for clip in _clips(path)]
    if not clips:
        fail(f"no clip in {', '.join(map(str, paths))}")
    wrong = False
    for clip in clips:
        said = _said(clip)
        if said is not None and not said.get("original", True):
            continue  # a copy was made anew, and has its own sum
        claim = None if said is None else said.get("coded_sha256")
        try:
            found = coded_of_file(clip)
        except (PacketError, OSError) as error:
            complain(str(error))
            wrong = True
            continue
        differs = claim is not None and claim != found.sha256
        wrong |= differs
        _tell(clip, found, claim, None if said is None else said.get("coded_missing"), as_json=as_json)
    if wrong:
        raise SystemExit(EXIT_NO)


def _tell(clip: Path, found: Coded, claim: str | None, missing: str | None, *, as_json: bool) -> None:
    if as_json:
        emit_json({"clip": str(clip), **asdict(found), "claimed": claim, "missing": missing, "ok": None if claim is None else claim == found.sha256})
        return
    told = f"no sum in the manifest ({missing})" if missing else "no manifest says what the camera sent"
    if claim is not None:
        told = "as the camera sent them" if claim == found.sha256 else f"NOT what the camera sent ({claim[:12]}…)"
    click.echo(f"{clip}: {found.codec}, {found.pictures} pictures, {found.sha256}: {told}")


def _clips(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.glob("**/*.mp4"))
    elif path.exists():
        yield path
    else:
        fail(f"{path}: is not there")


def _said(clip: Path) -> dict[str, Any] | None:
    """What the manifest beside a clip says of it."""
    try:
        data = read_json((clip.parent / "manifest.json").read_bytes(), "manifest.json")
        return next((dict(file) for file in data["manifest"]["files"] if file["name"] == clip.name), None)
    except (OSError, PacketError, KeyError, TypeError, json.JSONDecodeError):
        return None
