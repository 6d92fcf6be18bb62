"""Webhooks, managed by administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api import registry, webhooks
from api.routes.access import Governor, TheApi, problems
from api.shapes_registry import WebhookRequest, Webhooks, WebhookShown
from api.telling import Reach

router = APIRouter(tags=["webhooks"])


@router.get("/webhooks")
def list_webhooks(api: TheApi, caller: Governor) -> Webhooks:
    """All webhooks, how far each was told, and why not further."""
    with api.database.read() as connection:
        return Webhooks(items=[webhooks.shown(row) for row in webhooks.all_webhooks(connection)])


@router.put("/webhooks/{name}", responses=problems(s422="url: begins with https://"))
def save_webhook(api: TheApi, caller: Governor, name: str, told: WebhookRequest) -> WebhookShown:
    """Makes a webhook, or changes it. It is told of what comes from now on; saving one that fails tries at once."""
    name = registry.checked_id(name, "name")
    Reach.of().check(told.url)
    with api.database.write() as connection:
        return webhooks.save(connection, name, told, caller, api.clock())


@router.delete("/webhooks/{name}", status_code=204, responses=problems(s404="there is no such webhook"))
def remove_webhook(api: TheApi, caller: Governor, name: str) -> Response:
    """Removes a webhook."""
    with api.database.write() as connection:
        webhooks.remove(connection, name, caller, api.clock())
    return Response(status_code=204)
