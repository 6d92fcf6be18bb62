"""A worker process: reads its spec from standard input, runs until SIGTERM, says in one line what it cannot do.

The first line is the spec; each further line is the spec anew, of which only the list of cameras is taken (and none where the registry gives them).
"""

from __future__ import annotations

import logging
import sys
import threading

from detector.errors import DetectorError
from detector.fleet.logs import begin_logging
from detector.fleet.processes import EXIT_NOT_ALLOWED, EXIT_TRY_AGAIN, EXIT_WRONG_USE, stop_on_signals
from detector.fleet.spec import SpecError, WorkerSpec
from detector.worker.assigned import Revoked
from detector.worker.state import is_disk_fault
from detector.worker.worker import Worker
from evidence.errors import EvidenceError
from models.errors import ModelError
from streams.descriptors import raise_open_files
from streams.errors import StreamsError

log = logging.getLogger(__name__)


def main() -> int:
    """Runs one worker; exit status 2 when its spec, scene or model cannot be used (starting again would not help), 75 when the disk is to blame, 77 when the
    registry has revoked it.
    """
    begin_logging(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = stop_on_signals()
    raise_open_files()
    try:
        spec = WorkerSpec.from_json(sys.stdin.readline())
        worker = Worker(spec)
        if spec.registry_url is None:
            threading.Thread(target=_listen, args=(worker,), name="listener", daemon=True).start()
        worker.run(stop)
    except (DetectorError, EvidenceError, ModelError, StreamsError) as error:
        print(f"curbwatch: {' '.join(str(error).split())}", file=sys.stderr)
        if isinstance(error, Revoked):
            return EXIT_NOT_ALLOWED
        return EXIT_TRY_AGAIN if is_disk_fault(error) else EXIT_WRONG_USE
    return 0


def _listen(worker: Worker) -> None:
    for line in sys.stdin:
        try:
            worker.want(WorkerSpec.from_json(line).cameras)
        except SpecError as error:
            log.error("another list of cameras is not taken: %s", error)


if __name__ == "__main__":
    raise SystemExit(main())
