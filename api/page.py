"""The review page: built files at `/`, with a policy that lets it load nothing from anywhere else."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.middleware import PAGE_POLICY

BUILT_PAGE = Path(__file__).parent / "console" / "dist"
NOT_BUILT = (
    "The review page was not built: run `make console`, then start `curbwatch serve` again. The API works without it.\n"
    "审核页面尚未构建：请运行 `make console`，然后重新启动 `curbwatch serve`。接口不受影响。\n"
)


class _Page(StaticFiles):
    """Built files: those with a hash in their name may be kept for ever, the page itself is asked for anew each time."""

    def file_response(self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        hashed = Path(full_path).parent.name == "assets"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response


def mount_page(app: FastAPI, folder: Path = BUILT_PAGE) -> None:
    """Serves the built page, or says in one sentence that it was not built."""
    if (folder / "index.html").is_file():
        app.mount("/", _Page(directory=folder, html=True))
        return

    @app.get("/", include_in_schema=False)
    def not_built() -> Response:
        return PlainTextResponse(NOT_BUILT, status_code=503)
