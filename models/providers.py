"""Which hardware runs a model, and proof of it.

onnxruntime-gpu falls back to the CPU in silence: where a provider cannot be loaded (so what is really in use is read back from the session), and in the
middle of a run that fails (so its fallback is turned off, and the failure is raised). CUDA ran on an H200 with onnxruntime-gpu 1.31: there TF32, which
is its default, moved boxes by up to 1.3 px and scores by 0.027 against the CPU; without it they agree to 0.001 px and 0.00001. Evidence should not
depend on the card, so it is off. TensorRT's options are those that MEASURED figures and issue threads ask for (half precision, engine and timing cache
keyed by model, runtime, TensorRT and card, a shape profile for the dynamic input); they have not yet run on a GPU.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import onnxruntime

from models.errors import ProviderError

Provider = Literal["cpu", "cuda", "tensorrt"]
Wanted = Literal["auto", "cpu", "cuda", "tensorrt"]
RUNTIME_NAMES: dict[Provider, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""Best first: `auto` takes the first that is there."""
MAX_BATCH = 64
BEST_BATCH = 16


@dataclass(frozen=True, slots=True)
class DynamicInput:
    """The input that TensorRT needs a shape profile for: the shape of one picture, without the batch."""

    name: str
    picture_shape: tuple[int, ...]


def candidates(wanted: Wanted) -> tuple[Provider, ...]:
    """The providers to try, best first.

    Raises:
        ProviderError: the wanted one is not part of the installed onnxruntime.
    """
    there = set(onnxruntime.get_available_providers())
    if wanted == "auto":
        return tuple(provider for provider, name in RUNTIME_NAMES.items() if name in there)
    if RUNTIME_NAMES[wanted] not in there:
        extra = "cpu" if wanted == "cpu" else "gpu"
        raise ProviderError(
            f"the provider {wanted!r} is not in the installed onnxruntime {onnxruntime.__version__}: install the extra {extra!r}, or use --provider auto"
        )
    return (wanted,)


def provider_list(provider: Provider, model_sha256: str, dynamic: DynamicInput | None) -> list[tuple[str, dict[str, str]]]:
    """The providers and options to open a session with."""
    cpu = (RUNTIME_NAMES["cpu"], dict[str, str]())
    if provider == "cpu":
        return [cpu]
    preload = getattr(onnxruntime, "preload_dlls", None)
    if preload is not None:
        with contextlib.redirect_stdout(sys.stderr):  # it prints what it does not find, and standard output is the caller's
            preload()
    cuda = (RUNTIME_NAMES["cuda"], {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"})
    if provider == "cuda":
        return [cuda, cpu]
    folder = tensorrt_cache(model_sha256)
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "trt_fp16_enable": "1",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
    }
    if dynamic is not None:
        options |= tensorrt_profile(dynamic)
    return [(RUNTIME_NAMES["tensorrt"], options), cuda, cpu]


def open_session(path: Path, options: onnxruntime.SessionOptions, providers: list[tuple[str, dict[str, str]]]) -> onnxruntime.InferenceSession:
    """A session that never changes its provider by itself: onnxruntime would print that it does, and go on with the CPU."""
    return onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)


def tensorrt_profile(dynamic: DynamicInput) -> dict[str, str]:
    """Shape profile options for batches of 1, 16 and 64; without them an engine is built anew for each new batch size."""
    shape = "x".join(str(side) for side in dynamic.picture_shape)
    return {f"trt_profile_{which}_shapes": f"{dynamic.name}:{batch}x{shape}" for which, batch in (("min", 1), ("opt", BEST_BATCH), ("max", MAX_BATCH))}


def tensorrt_cache(model_sha256: str) -> Path:
    """The folder of engines for this model, runtime, TensorRT and card: an engine serves no other combination."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = "-".join((model_sha256[:16], f"ort{onnxruntime.__version__}", f"trt{_tensorrt_version()}", _card_name()))
    return root / "curbwatch" / "tensorrt" / key


def provider_in_use(session: onnxruntime.InferenceSession, wanted: Provider) -> Provider:
    """The provider that really runs the session.

    Raises:
        ProviderError: it is another one than was asked for.
    """
    first = session.get_providers()[0]
    if first != RUNTIME_NAMES[wanted]:
        raise ProviderError(f"asked for {wanted!r}, but onnxruntime runs the model with {first}: the driver or a library of the card is missing")
    return wanted


def _tensorrt_version() -> str:
    for package in ("tensorrt-cu13", "tensorrt-cu12", "tensorrt"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def _card_name() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "unknown-card"
    asked = subprocess.run([tool, "--query-gpu=name,driver_version", "--format=csv,noheader"], capture_output=True, text=True, timeout=20, check=False)
    lines = asked.stdout.strip().splitlines()
    name = lines[0] if asked.returncode == 0 and lines else "unknown-card"
    return "".join(sign if sign.isalnum() or sign == "." else "-" for sign in name)
