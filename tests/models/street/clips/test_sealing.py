"""Sealed seeds follow from a commit, and nothing sealed is made where what judges has changed; on small repositories made here."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from models.errors import StreetError
from models.street.clips import sealing


def git(root: Path, *arguments: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main")
    return subprocess.run(("git", "-C", str(root), *named, *arguments), check=True, capture_output=True, text=True).stdout.strip()


CARD = "name: n\nsha256: aa\nscore_thresholds: {stall: 0.08}\nverifier: {threshold: 0.6}\nfigures: []\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    named = ("evidence/catalogue.yaml", "evidence/kinds/kind.py", "models/zoo/n.onnx", "detector/judgement/rules.py", "detector/judgement/drift/glance.py")
    for name in (*named, "docs/a.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"of {name}\n", encoding="utf-8")
    (tmp_path / "models/zoo/n.yaml").write_text(CARD, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_a_seed_is_the_first_digits_of_the_hash_of_commit_and_index() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    digest = hashlib.sha256((commit + "3").encode()).hexdigest()
    assert sealing.seed_of(commit, 3) == int(digest[:8], 16)
    assert len({sealing.seed_of(commit, i) for i in range(200)}) == 200


def test_seeds_follow_from_the_commit_whatever_it_is_called(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "set")
    assert sealing.seeds_of("HEAD", 4, repository) == sealing.seeds_of("set", 4, repository) == sealing.seeds_of(commit[:10], 4, repository)
    assert sealing.seeds_of(commit, 2, repository) == (commit, (sealing.seed_of(commit, 0), sealing.seed_of(commit, 1)))


def test_what_does_not_judge_may_change(repository: Path) -> None:
    (repository / "docs/a.md").write_text("other\n", encoding="utf-8")
    (repository / "models/zoo/n.yaml").write_text(CARD.replace("figures: []", "figures: [{what: recall, value: 0.5}]"), encoding="utf-8")
    (repository / "detector/judgement/__pycache__").mkdir()
    (repository / "detector/judgement/__pycache__/rules.cpython-311.pyc").write_bytes(b"\0")
    assert sealing.changed_since(git(repository, "rev-parse", "HEAD"), repository) == []


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        pytest.param("evidence/catalogue.yaml", "dwell_seconds: 1\n", "evidence/catalogue.yaml was ", id="a threshold"),
        pytest.param("detector/judgement/drift/glance.py", "x = 1\n", "detector/judgement/drift/glance.py was ", id="a rule in a folder below"),
        pytest.param("evidence/exclusions.yaml", "exclusions: []\n", "evidence/exclusions.yaml is new", id="a new file"),
        pytest.param("models/zoo/n.onnx", "other weights\n", "models/zoo/n.onnx was ", id="other weights"),
        pytest.param("models/zoo/n.yaml", CARD.replace("0.08", "0.2"), "models/zoo/n.yaml was ", id="a card's threshold"),
        pytest.param("models/zoo/n.yaml", CARD.replace("0.6", "0.7"), "models/zoo/n.yaml was ", id="a verifier's threshold"),
        pytest.param("models/zoo/n.yaml", "a: [\n", "models/zoo/n.yaml was ", id="a card that is none"),
        pytest.param("evidence/kinds/kind.py", None, "evidence/kinds/kind.py is gone", id="a file that is gone"),
    ],
)
@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "committed"])
def test_what_judges_may_not_and_is_named(path: str, content: str | None, told: str, committed: bool, repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    if content is None:
        (repository / path).unlink()
    else:
        (repository / path).write_text(content, encoding="utf-8")
    if committed:
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "-m", "second")
    with pytest.raises(StreetError, match=told) as raised:
        sealing.seeds_of(commit, 3, repository)
    assert str(raised.value).count(";") == 0


def test_many_changes_are_told_in_a_line(repository: Path) -> None:
    for i in range(30):
        (repository / f"detector/judgement/rule{i}.py").write_text("", encoding="utf-8")
    with pytest.raises(StreetError, match="and 18 more"):
        sealing.seeds_of("HEAD", 1, repository)


def test_a_commit_that_is_not_there_or_lies_elsewhere_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(StreetError, match="there is no commit 'nowhere'"):
        sealing.seeds_of("nowhere", 1, repository)
    with pytest.raises(StreetError, match="there is no commit '--all'"):
        sealing.seeds_of("--all", 1, repository)
    git(repository, "checkout", "--quiet", "-b", "other")
    (repository / "docs/a.md").write_text("other\n", encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "-m", "aside")
    aside = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-")
    with pytest.raises(StreetError, match="is no ancestor"):
        sealing.seeds_of(aside, 1, repository)


def test_files_that_judge_are_there() -> None:
    assert all((sealing.ROOT / name).exists() for name in sealing.JUDGED_BY)
