"""The session that serves: `models.session.open_model` and `detect`, boxes and scores out; with `bare`, onnxruntime's run of the same file alone."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.contenders.protocol import asks, done, missing, refused, task


def main() -> None:
    told = task()
    try:
        import numpy as np

        from models.errors import ModelError
        from models.session import open_model
    except ImportError as error:
        missing(f"{error.name} is not installed here")
    picture = np.load(told["picture"])
    try:
        session = open_model(told["model"], provider=told["provider"], threads=told["threads"], input_size=told["size"])
        bare = bare_run(session.path, session.sha256, session.provider, told["threads"], picture) if told.get("bare") else None
    except ModelError as error:
        refused(str(error))
    about = {"provider": session.provider, "model": f"{session.name} {session.version}", "size": told["size"], "classes": len(session.names)}
    for asked in asks(**about):
        size = asked.get("batch", 1)
        batch = np.repeat(picture[None], size, 0)
        run = bare(size) if bare is not None else lambda batch=batch: session.detect(batch)
        calls = -(-asked["pieces"] // size)
        began = time.monotonic()
        for _ in range(calls):
            run()
        done(calls * size, time.monotonic() - began)


def bare_run(path: Any, sha256: str, provider: Any, threads: int, picture: Any) -> Any:
    """Makes the loop body for a batch size: one `run` of onnxruntime on a feed that was laid out beforehand."""
    import numpy as np
    import onnxruntime

    from models.providers import DynamicInput, open_session, provider_in_use, provider_list
    from models.session import read_layout

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 4
    layout = read_layout(onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]), path.name)
    shape = picture.shape if layout.channels_last else (3, *picture.shape[:2])
    session = open_session(path, options, provider_list(provider, sha256, DynamicInput(layout.name, shape)))
    provider_in_use(session, provider)

    def for_batch(size: int) -> Any:
        feed = np.repeat(picture[None], size, 0)
        if not layout.channels_last:
            feed = np.ascontiguousarray(feed.transpose(0, 3, 1, 2)).astype(layout.dtype) / np.asarray(255, layout.dtype)
        if layout.batch is not None and layout.batch != size:
            raise SystemExit(f"the model takes batches of {layout.batch} only, not {size}")
        return lambda: session.run(None, {layout.name: feed})

    return for_batch


if __name__ == "__main__":
    main()
