from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from streams.descriptors import MOST_OPEN

PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from streams.descriptors import raise_open_files
print(raise_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "then"),
    [(200, 900, 900), (900, 900, 900), (200, MOST_OPEN + 9, MOST_OPEN)],
    ids=["as far as it may", "no farther", "and not beyond all use"],
)
def test_the_limit_of_open_files_is_raised(soft: int, hard: int, then: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and hard > most:
        pytest.skip("this machine allows fewer")
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
