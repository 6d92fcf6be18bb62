from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from streams import descriptors
descriptors.MOST_OPEN = 500
print(descriptors.raise_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "then"),
    [(200, 400, 400), (400, 400, 400), (200, 900, 500), (600, 900, 600)],
    ids=["as far as it may", "no farther", "not beyond all use", "and never lower"],
)
def test_the_limit_of_open_files_is_raised(soft: int, hard: int, then: int) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(then), str(then), str(hard)]


def test_a_worker_raises_its_limit() -> None:
    """As its first act: the spec that follows is wrong here."""
    program = """
import resource, sys, io
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 900))
sys.stdin = io.StringIO("{}")
from detector.worker.__main__ import main
main()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "900"
