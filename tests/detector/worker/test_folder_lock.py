"""One worker a data folder."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detector.fleet.spec import SpecError
from detector.worker.folder_lock import check_unlocked, locked_folder


def test_a_second_worker_is_refused_by_name_and_the_folder_is_free_again_after_a_kill(tmp_path: Path) -> None:
    hold = "import sys, time; from pathlib import Path; from detector.worker.folder_lock import locked_folder\n"
    hold += "with locked_folder(Path(sys.argv[1])): print(1, flush=True); time.sleep(60)"
    check_unlocked(tmp_path)
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(SpecError, match=r"another worker uses this data folder; give each worker a --data-dir"), locked_folder(tmp_path):
            pass
        with pytest.raises(SpecError, match=r"another worker uses this data folder"):
            check_unlocked(tmp_path)
        process.send_signal(signal.SIGKILL)
    with locked_folder(tmp_path):
        pass
