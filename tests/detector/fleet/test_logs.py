"""The log of every process: one way to write it, with times that carry a zone."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import REPO

SAYS = """
import logging
from pathlib import Path
from detector.fleet.logs import begin_logging
begin_logging(logging.INFO{})
logging.getLogger('gate').info('广场 %d', 1)
"""


@pytest.mark.parametrize("zone", ["UTC", "CST-8"])
def test_a_line_has_its_time_with_the_zone(zone: str) -> None:
    ran = subprocess.run([sys.executable, "-c", SAYS.format("")], cwd=REPO, env={"TZ": zone, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=True)
    time, rest = ran.stderr.split(" ", 1)
    assert rest == "INFO gate: 广场 1\n"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", time)
    assert datetime.fromisoformat(time).utcoffset() == timedelta(hours={"UTC": 0, "CST-8": 8}[zone])


def test_a_log_of_before_is_added_to(tmp_path: Path) -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-c", SAYS.format(f", Path({str(tmp_path / 'a.log')!r})")], cwd=REPO, capture_output=True, check=True)
    assert (tmp_path / "a.log").read_text(encoding="utf-8").count("INFO gate: 广场 1\n") == 2


def test_no_process_writes_its_log_another_way() -> None:
    rooms = ("api", "curbwatch", "detector", "evidence", "models", "streams")
    found = [path for room in rooms for path in (REPO / room).rglob("*.py") if "node_modules" not in path.parts]
    others = [str(path.relative_to(REPO)) for path in found if re.search(r"basicConfig|dictConfig|addHandler", path.read_text(encoding="utf-8"))]
    assert others == ["detector/fleet/logs.py"]
