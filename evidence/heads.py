"""Signed heads: once a day the end of a chain, by number and hash, under the key that signs it. Whoever keeps one elsewhere can tell later that nothing before
it was changed, and that nothing was cut off before it, even where the key's own holder did so.

    {"head": {"schema": "curbwatch.head/1", "chain": "worker", "name": "gate-1", "key_id": …, "at": …, "index": 812, "sha256": …}, "signature": {…}}

`chain` is `worker` (a worker's manifests: `index` is the last one's sequence) or `log` (the case API's log: `index` is the last entry's). The case API keeps
and exports those of the log as `heads/DAY.json`, and those of workers as `heads/workers/WORKER-KEY_ID/DAY.json`, a folder a chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from evidence.errors import PacketError
from evidence.model import KeyId, Moment, Sha256, Strict, first_fault
from evidence.packet import Signature
from evidence.report import Fault, FaultKind
from evidence.signing import PublicKey, SigningKey

HEAD_SCHEMA = "curbwatch.head/1"
WORKERS = "workers"
"""The folder of workers' heads below the one of heads."""
ON_THE_WAY = timedelta(days=1)
"""So long a packet that a head counts may wait at its worker, as while the API was down, before it is called missing."""
ChainName = Literal["worker", "log"]


class Head(Strict):
    """The end of a chain at a moment. `name` is the worker's; a log has none."""

    schema_: Literal["curbwatch.head/1"] = Field(alias="schema")
    chain: ChainName
    name: str | None = None
    key_id: KeyId
    at: Moment
    index: Annotated[int, Field(ge=1)]
    sha256: Sha256


class SignedHead(Strict):
    """A head as it is given away; `head` is JSON data exactly as it was signed."""

    head: dict[str, Any]
    signature: Signature


@dataclass(frozen=True, slots=True)
class HeadRead:
    """A head that was read from a file, with its signature still to be checked."""

    where: str
    head: Head
    signed: SignedHead

    def verify(self, key: PublicKey) -> None:
        """Checks the signature.

        Raises:
            SignatureFault: as `PublicKey.verify`.
        """
        key.verify(self.signed.head, self.signed.signature)


def signed_head(key: SigningKey, chain: ChainName, *, index: int, sha256: str, at: datetime, name: str | None = None) -> dict[str, Any]:
    """A chain's head as JSON data, signed; the time is written in UTC."""
    head: dict[str, Any] = {"schema": HEAD_SCHEMA, "chain": chain, "key_id": key.key_id, "at": at.astimezone(UTC).isoformat(), "index": index, "sha256": sha256}
    if name is not None:
        head["name"] = name
    return {"head": head, "signature": key.sign(head).model_dump(mode="json")}


def read_head(data: Any, where: str) -> HeadRead:
    """Checks a head's shape.

    Raises:
        PacketError: `where` and the first field at fault with the reason.
    """
    try:
        signed = SignedHead.model_validate(data)
        head = Head.model_validate(signed.head)
    except ValidationError as error:
        raise PacketError(f"{where}: {first_fault(error)}") from None
    if head.key_id != signed.signature.key_id:
        raise PacketError(f"{where}: names the key {head.key_id}, but is signed by the key {signed.signature.key_id}")
    if (head.chain == "worker") != (head.name is not None):
        raise PacketError(f"{where}: a worker's head has its name, the log's has none")
    return HeadRead(where, head, signed)


def worker_head_name(worker: str, key_id: str, day: str) -> str:
    """Where a head of a worker's chain lies below the folder of heads, without its ending; `day` is of UTC."""
    return f"{WORKERS}/{worker}-{key_id}/{day}"


def head_faults(
    heads: Iterable[HeadRead], key_id: str, held: Mapping[int, str], *, whole: bool, named: Mapping[int, str | None] = MappingProxyType({})
) -> Iterator[Fault]:
    """Where the entries of one chain are not those that its heads vouch for.

    Args:
        key_id: of the chain.
        held: the SHA-256 of each entry that is at hand, by its number.
        whole: the entries reach to the chain's end, so that one that is missing at its end was cut off.
        named: the SHA-256 that an entry names as its predecessor's, by its number.
    """
    own = sorted((one for one in heads if one.head.key_id == key_id), key=lambda one: one.head.index)
    last = max(held, default=0)
    seen: dict[int, HeadRead] = {}
    for one in own:
        head = one.head
        what = "manifest" if head.chain == "worker" else "log entry"
        other = seen.setdefault(head.index, one)
        if other.head.sha256 != head.sha256:
            yield Fault(FaultKind.HEAD, one.where, f"gives {what} {head.index} another hash than {other.where}: the chain was forked")
        elif head.index in held and held[head.index] != head.sha256:
            yield Fault(
                FaultKind.HEAD, one.where, f"says that {what} {head.index} is {head.sha256[:12]}…, but it is {held[head.index][:12]}…: the chain was rewritten"
            )
        elif head.index not in held and named.get(head.index + 1, head.sha256) != head.sha256:
            yield Fault(
                FaultKind.HEAD,
                one.where,
                f"says that {what} {head.index} is {head.sha256[:12]}…, but the one after it follows another: the chain was rewritten",
            )
        elif whole and held and head.index > last:
            yield Fault(
                FaultKind.HEAD, one.where, f"says that there were {head.index} by {head.at.isoformat()}, but the last {what} here is {last}: it was cut"
            )
        elif whole and held and head.index not in held:
            yield Fault(
                FaultKind.HEAD, one.where, f"says that there was a {what} {head.index} by {head.at.isoformat()}, which is not here: it was taken out, or lost"
            )
