"""Workers enrol with a one-time token, speak for themselves alone, and are revoked."""

from __future__ import annotations

from typing import Any

import httpx

from api import tokens
from api.enrolments import signed_document
from api.roles import Role
from evidence.canonical import manifest_sha256, sha256_hex
from evidence.signing import SigningKey

from .conftest import Packet, Site


def enrolment(worker: str, token: str, key: SigningKey, signer: SigningKey | None = None) -> dict[str, Any]:
    """What a worker sends to enrol."""
    public_key = key.public_key.to_base64()
    document = signed_document(worker, token, public_key)
    return {"token": token, "public_key": public_key, "signature": (signer or key).sign(document).model_dump(mode="json")}


async def invited(site: Site, worker: str = "worker-1") -> str:
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.post("/enrolments", json={"worker": worker})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def enrolled(site: Site, worker: str = "worker-1", key: SigningKey | None = None) -> httpx.AsyncClient:
    """A client with the token of an enrolled worker."""
    token = await invited(site, worker)
    answer = await site.client().post(f"/workers/{worker}/enrolment", json=enrolment(worker, token, key or site.key))
    assert answer.status_code == 201, answer.text
    return httpx.AsyncClient(transport=site.transport, base_url="http://test", headers={"Authorization": f"Bearer {answer.json()['token']}"})


async def test_a_worker_enrols_and_speaks_for_itself_alone(site: Site) -> None:
    own = await enrolled(site)
    health = {"cameras": {"gate-1": {"state": "live"}}}
    assert (await own.post("/workers/worker-1/health", json=health)).status_code == 200
    assert (await own.get("/views")).status_code == 200
    assert (await own.get("/cases")).status_code == 403
    assert (await own.post("/workers/worker-2/health", json=health)).status_code == 403
    async with site.client(Role.WORKER) as shared:
        assert (await shared.post("/workers/worker-1/health", json=health)).status_code == 403, "the shared token no longer speaks for it"
        assert (await shared.post("/workers/worker-2/health", json=health)).status_code == 200
    async with site.client(Role.REVIEWER) as reviewer:
        assert [key["name"] for key in (await reviewer.get("/keys")).json()["workers"]] == ["worker-1"]


async def test_the_one_time_token(site: Site) -> None:
    token, other = await invited(site), SigningKey.generate()
    send = site.client().post
    assert (await send("/workers/worker-2/enrolment", json=enrolment("worker-2", token, site.key))).status_code == 401, "it names another worker"
    assert (await send("/workers/worker-1/enrolment", json=enrolment("worker-1", token, site.key, other))).status_code == 422, "another key signed"
    assert (await send("/workers/worker-1/enrolment", json=enrolment("worker-1", "wrong", site.key))).status_code == 401
    first = await send("/workers/worker-1/enrolment", json=enrolment("worker-1", token, site.key))
    assert first.status_code == 201
    assert (await send("/workers/worker-1/enrolment", json=enrolment("worker-1", token, other))).status_code == 401, "it was used"
    again = await send("/workers/worker-1/enrolment", json=enrolment("worker-1", token, site.key))
    assert again.status_code == 201, "the answer was lost"
    with site.api.database.read() as connection:
        callers = [tokens.caller_by_token(connection, answer.json()["token"], site.clock()) for answer in (first, again)]
        kept = str(connection.exec_driver_sql("SELECT * FROM enrolments").all())
    assert [caller and caller.worker for caller in callers] == [None, "worker-1"]
    assert token not in kept
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.post("/enrolments", json={"worker": "worker-1"})).status_code == 409


async def test_a_one_time_token_ends_in_time_and_with_the_next(site: Site) -> None:
    late, replaced = await invited(site), await invited(site, "worker-2")
    await invited(site, "worker-2")
    site.clock.forward(hours=23)
    answer = await site.client().post("/workers/worker-2/enrolment", json=enrolment("worker-2", replaced, site.key))
    assert answer.status_code == 401
    site.clock.forward(hours=2)
    assert (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", late, site.key))).status_code == 401


async def test_a_revoked_worker_delivers_nothing_more_and_what_came_before_stays(site: Site) -> None:
    delivered = await site.deliver(Packet())
    token = await invited(site)
    bearer = (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", token, site.key))).json()["token"]
    own = httpx.AsyncClient(transport=site.transport, base_url="http://test", headers={"Authorization": f"Bearer {bearer}"})
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.delete("/workers/worker-1")).status_code == 204
        assert (await admin.delete("/workers/worker-1")).status_code == 204
        assert (await admin.delete("/workers/nobody")).status_code == 404
        (shown,) = (await admin.get("/workers")).json()["items"]
        assert (shown["name"], shown["revoked_by"]) == ("worker-1", "admin")
        events = [entry["document"].get("change") for entry in (await admin.get("/log")).json()["items"] if entry["event"] == "worker"]
        assert events == ["invited", "enrolled", "revoked"]
    later = Packet(first_minute=60, stay="stay-2")
    assert (await own.post("/packets", json=site.signed(later))).status_code == 401
    async with site.client(Role.WORKER) as shared:
        refused = await shared.post("/packets", json=site.signed(later))
        assert (refused.status_code, "revoked" in refused.json()["detail"]) == (403, True), refused.text
        assert (await shared.put("/workers/worker-1/key", json={"public_key": site.key.public_key.to_base64()})).status_code == 403
    assert (await site.case(delivered["case_id"]))["packets"][0]["receipt"] == delivered["receipt"]
    await _anew(site, shown["revoked_at"])


async def _anew(site: Site, revoked_at: str) -> None:
    """Enrolled anew with another key: the old one stays among the keys that verify, with its end, and is never taken again."""
    old = site.key
    token = await invited(site)
    assert (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", token, old))).status_code == 409
    assert (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", token, SigningKey.generate()))).status_code == 201
    async with site.client(Role.REVIEWER) as reviewer:
        keys = (await reviewer.get("/keys")).json()["workers"]
    assert old.public_key.key_id in [key["key_id"] for key in keys]
    assert len(keys) == 2
    until = {key["key_id"]: key["revoked_at"] for key in keys}
    assert until.pop(old.public_key.key_id) == revoked_at
    assert list(until.values()) == [None]


async def test_a_worker_that_was_enrolled_anew_brings_what_it_has_signed_anew(site: Site) -> None:
    """What waited under the former key: the same packet at the next place of its chain, by the new key. By the former one it is refused."""
    delivered = await site.deliver(Packet())
    await enrolled(site)
    waits = Packet(camera="gate-2")
    before = site.signed(waits)
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.delete("/workers/worker-1")).status_code == 204
    key = SigningKey.generate()
    own = await enrolled(site, key=key)
    for _, _, data, _ in waits.files:
        assert (await own.put(f"/blobs/{sha256_hex(data)}", content=data)).status_code in (200, 201)
    assert (await own.post("/packets", json=before)).status_code == 403
    told = before["manifest"]
    chain = {"sequence": 3, "previous_sha256": manifest_sha256(told)}
    anew = {**told, "worker": {**told["worker"], "key_id": key.key_id}, "chain": chain}
    answer = await own.post("/packets", json={"manifest": anew, "signature": key.sign(anew).model_dump(mode="json")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["case_id"] != delivered["case_id"]


async def test_names_that_no_worker_has(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        for worker in ("", "a b", "../x", "x" * 65, ".x"):
            assert (await admin.post("/enrolments", json={"worker": worker})).status_code == 422, worker
