"""The signed statement of an export: what the case API says is in it, and what it left out on purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evidence.model import Sha256

STATEMENT_SCHEMA = "curbwatch.export/2"


def _iso(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("write a time as ISO 8601 with an offset")
    return value


class PacketTold(BaseModel):
    """A packet that the export holds, the hash of its receipt (of the canonical JSON without signature), and which of its files it holds not."""

    packet_id: str
    manifest_sha256: Sha256
    receipt_sha256: Sha256
    withheld: tuple[str, ...] = ()


class ErasedTold(BaseModel):
    """A packet that was deleted by rule: its place in its worker's chain is all that is left."""

    packet_id: str
    manifest_sha256: Sha256
    worker: str
    sequence: int
    previous_sha256: str | None
    key_id: str
    erasure: str


class LogTold(BaseModel):
    """Which part of the log goes along; of entries that are `withheld` only the hash does. Those after `signed_after` are signed, each by itself; None: the
    version that made it signed none.
    """

    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    sha256: Sha256
    withheld: tuple[int, ...] = ()
    signed_after: Annotated[int, Field(ge=0)] | None = None


class SelectionTold(BaseModel):
    """What was asked for: packets of these cases, or those that came at or after `since` and before `until`; all of it None: everything."""

    cases: tuple[str, ...] | None = None
    since: Annotated[str, AfterValidator(_iso)] | None = None
    until: Annotated[str, AfterValidator(_iso)] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was left out on request."""
        return self.cases is None and self.since is None and self.until is None

    def asks_for_case(self, case_id: str | None) -> bool:
        """Whether packets of this case were asked for; where a packet's case is not known, they may have been."""
        return self.cases is None or case_id is None or case_id in self.cases

    def asks_for(self, received_at: datetime | None) -> bool:
        """Whether a packet that came then was asked for, as far as time tells; one that came at no time was."""
        if received_at is None:
            return True
        since, until = (None if text is None else datetime.fromisoformat(text) for text in (self.since, self.until))
        return (since is None or received_at >= since) and (until is None or received_at < until)


class FilesTold(BaseModel):
    """How many files the list `SHA256SUMS` has, and its own hash."""

    count: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Statement(BaseModel):
    """What the API says of the export; what else it says is not needed here. `stamps`: heads whose time stamps it held; more may have been added since."""

    model_config = ConfigDict(frozen=True)

    schema_: Literal["curbwatch.export/2"] = Field(alias="schema")
    made_at: Annotated[str, AfterValidator(_iso)]
    by: str
    unit: str | None = None
    purpose: str
    selection: SelectionTold
    packets: tuple[PacketTold, ...]
    erased: tuple[ErasedTold, ...] = ()
    erasures: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    log: LogTold | None = None
    files: FilesTold

    @property
    def moment(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)
