"""What decided cases teach: the cuttings that came with their packets, as a training set."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.errors import Unusable
from api.routes.access import TheApi, Trainer, problems
from api.routes.conditions import IsoTime, check_order
from api.training import Choice

router = APIRouter(tags=["training"])


@router.get(
    "/training-set",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems(s422="kind: 'V99' is not in the catalogue")},
)
def training_set(
    api: TheApi,
    caller: Trainer,
    since: Annotated[IsoTime | None, Query(description="Cases decided at or after this time.")] = None,
    until: Annotated[IsoTime | None, Query(description="Cases decided before this time.")] = None,
    kind: Annotated[list[str] | None, Query(max_length=100, description="Cases of these kinds only; may be repeated.")] = None,
) -> StreamingResponse:
    """Crops of confirmed and rejected cases with boxes, classes and reasons, in YOLO form; heads and plates are covered. Each crop says when it must go."""
    unknown = next((name for name in kind or () if api.catalogue.kind(name) is None), None)
    if unknown is not None:
        raise Unusable(f"kind: {unknown[:64]!r} is not in the catalogue", f"kind：目录中没有 {unknown[:64]!r}")
    check_order(since, until)
    headers = {"Content-Disposition": f'attachment; filename="curbwatch-training-{api.clock():%Y%m%d-%H%M%S}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(api.training_set(Choice(since, until, tuple(kind or ())), caller), media_type="application/zip", headers=headers)
