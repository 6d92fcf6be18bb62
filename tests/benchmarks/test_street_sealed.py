"""Which set of clips figures are of, and that sealed ones are judged by the rules of their commit alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.street_sealed import subject_of
from curbwatch.demo.truth import ClipTruth
from tests.benchmarks.street_told import clip
from tests.models.street.clips.test_sealing import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    rules = tmp_path / "detector/judgement/rules.py"
    rules.parent.mkdir(parents=True)
    rules.write_text("dwell = 1\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def sealed(commit: str | None) -> ClipTruth:
    return clip().model_copy(update={"split": "sealed", "seeds_of": commit})


def test_open_clips_are_named_by_their_assets(repository: Path) -> None:
    shown = [clip().model_copy(update={"split": "open"})] * 2
    assert subject_of(shown, repository) == "2 clips of the rendered street, assets of: open"
    assert subject_of([clip()], repository) == "1 clips of the rendered street, assets of: unknown"


def test_sealed_clips_are_named_by_their_commit(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert subject_of([sealed(commit)], repository) == f"1 clips of the rendered street, assets of: sealed; sealed by {commit}"


def test_sealed_clips_are_refused_where_a_rule_changed_since(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "detector/judgement/rules.py").write_text("dwell = 2\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=rf"no longer sealed: since {commit[:12]} this changed: detector/judgement/rules.py was "):
        subject_of([sealed(commit)], repository)


@pytest.mark.parametrize(
    ("commits", "why"),
    [
        pytest.param(("a" * 40, "b" * 40), "of several commits", id="two sets in one folder"),
        pytest.param(("a" * 40,), "there is no commit", id="a commit of another repository"),
    ],
)
def test_sealed_clips_without_their_commit_are_refused(commits: tuple[str, ...], why: str, repository: Path) -> None:
    with pytest.raises(BenchmarkError, match=why):
        subject_of([sealed(commit) for commit in commits], repository)
