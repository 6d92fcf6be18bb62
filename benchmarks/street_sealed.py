"""What a set of clips of the rendered street is: of which assets, and whether it is a sealed one by which a verdict may still be told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.errors import BenchmarkError
from curbwatch.demo.truth import ClipTruth
from models.errors import StreetError
from models.street.clips import sealing


def subject_of(clips: Iterable[ClipTruth], root: Path = sealing.ROOT) -> str:
    """The set in words; for sealed clips with the commit by whose rules and thresholds it is to be judged.

    Args:
        root: the repository.

    Raises:
        BenchmarkError: clips of several commits, or of one since which something that judges has changed: then they show nothing that was not known before.
    """
    clips = tuple(clips)
    splits = sorted({clip.split or "unknown" for clip in clips})
    commits = sorted({clip.seeds_of for clip in clips if clip.seeds_of is not None})
    told = f"{len(clips)} clips of the rendered street, assets of: {', '.join(splits)}"
    if not commits:
        return told
    if len(commits) > 1:
        names = ", ".join(commit[:12] for commit in commits)
        raise BenchmarkError(f"sealed clips of several commits ({names}) are no one set: judge each by its own truth.json")
    try:
        changed = sealing.changed_since(sealing.full_name(commits[0], root), root)
    except StreetError as error:
        raise BenchmarkError(f"sealed clips are judged where their commit is: {error}") from None
    if changed:
        more = f" and {len(changed) - sealing.MOST_TOLD} more" if len(changed) > sealing.MOST_TOLD else ""
        raise BenchmarkError(
            f"these clips are no longer sealed: since {commits[0][:12]} this changed: {'; '.join(changed[: sealing.MOST_TOLD])}{more}. "
            "Go back to that commit, or make new ones with `curbwatch street video --seeds-of`"
        )
    return f"{told}; sealed by {commits[0]}"
