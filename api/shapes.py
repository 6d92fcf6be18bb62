"""The shapes of answers and requests, as the page and the workers know them (api/console/src/lib/api/types.ts). They also make the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.addresses import without_secrets
from api.states import Action, State
from evidence.kinds import Reason, Standing
from evidence.model import Text
from evidence.packet import Grade, Receipt, Signature

Name = Annotated[str, Field(min_length=1, max_length=200)]
LocalName = Text | Name | None


class Answer(BaseModel):
    """What the API says."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """What the API is told: strict types (`false` is no number), unknown fields refused by name."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class CaseSummary(Answer):
    """A case in the queue."""

    id: str = Field(examples=["3f0c5c1e9a7b4d2e8f60a1b2c3d4e5f6"])
    number: int = Field(examples=[17])
    act_id: str
    kind: str = Field(examples=["V2"])
    kind_name: Text
    grade: Grade
    camera_id: str = Field(examples=["jiefang-road-3"])
    camera_name: Text | str | None
    state: State
    version: int = Field(description="Rises with every change; a decision names the version that the person saw.")
    first_seen: datetime
    confirmed_at: datetime | None
    last_seen: datetime
    ended_at: datetime | None = Field(description="When the thing was first seen gone.")
    dwell_seconds: float
    value: float = Field(description="Orders the queue, highest first: grade, score and waiting time.")
    thumbnail_url: str | None
    recurrence_of: str | None = Field(description="The case before at the same place.")
    updated_at: datetime
    district: str = Field(description="Of its camera when the case came; empty where the camera has none.", examples=["lixia"])
    claimed_by: str | None = Field(description="Who has it on the desk, until `claimed_until`; over once that is past.")
    claimed_until: datetime | None
    held: bool = Field(description="Under legal hold: nothing of it is deleted.")
    erased_at: datetime | None = Field(description="When its evidence was deleted by a rule of retention.")


class Page(Answer):
    """A page of the queue."""

    items: list[CaseSummary]
    next_cursor: str | None


class PacketShown(Answer):
    """A packet of a case; `manifest` is what was signed, see the packet schema."""

    packet_id: str
    received_at: datetime | None
    manifest: dict[str, Any]
    signature: Signature | None
    receipt: Receipt | None
    lowered: list[Text] = Field(default_factory=list, description="Why its evidence bears no more than a lead, though it claims more.")


class DecisionShown(Answer):
    """A decision that was made; `version` is the one that the person saw."""

    at: datetime
    by: str
    action: Action
    reason: str | None
    kind: str | None
    note: str | None
    version: int
    unit: str | None
    undone: bool
    sealed: bool = Field(description="A first decision that waited, or waits, for a second person who does not know it.")


class HoldShown(Answer):
    """A legal hold; in force until it is released."""

    at: datetime
    by: str
    reason: str
    released_at: datetime | None
    released_by: str | None
    release_reason: str | None


class ErasureShown(Answer):
    """What was deleted of a case and why: the signed record."""

    log_index: int
    rule: str
    begun_at: datetime
    done_at: datetime | None
    record: dict[str, Any] | None = Field(description="None while the deleting is under way.")
    signature: Signature | None


class CaseDetail(CaseSummary):
    """A case with all that is known of it. Once its evidence was deleted it has no packets, and `erasures` says why."""

    packets: list[PacketShown]
    decisions: list[DecisionShown]
    earlier: list[CaseSummary] = Field(description="Earlier cases at the same place, newest first.")
    holds: list[HoldShown]
    erasures: list[ErasureShown]


class ClaimRequest(Request):
    """Which cases to put on the desk: the most valuable that lie on nobody's."""

    count: int = Field(default=1, ge=1, le=20)
    seconds: int = Field(default=600, ge=30, le=1800)
    state: Literal["open", "disputed"] = "open"
    kind: Annotated[str, Field(max_length=64)] | None = None
    camera: Annotated[str, Field(max_length=64)] | None = None
    district: Annotated[str, Field(max_length=64)] | None = None
    grade: Literal["A", "B", "C"] | None = None
    having: list[Annotated[str, Field(max_length=32)]] = Field(default=[], max_length=100, description="Cases on the desk that are not to come again.")
    again: bool = Field(default=False, description="Give what lies on one's own desk too, as to a page that was loaded anew.")


class Claims(Answer):
    """Cases that lie on one's desk now, most valuable first."""

    items: list[CaseSummary]
    claimed_until: datetime


class HeartbeatRequest(Request):
    """How long a case is to stay on the desk from now."""

    seconds: int = Field(default=600, ge=30, le=1800)


class LooksRequest(Request):
    """What came onto the screen of a case that was read ahead: its files, and the case with its manifests at a version."""

    purpose: Literal["review", "audit", "complaint", "court", "maintenance"]
    files: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default=[], max_length=64)
    version: Annotated[int, Field(ge=1, le=2**31)] | None = None


class HoldRequest(Request):
    """Why a case is put under legal hold, or released from it."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class LookAgain(Answer):
    """A camera was ordered to look again; the order is over at `until`."""

    until: datetime


class RuleShown(Answer):
    """A rule of retention, and how many cases are due by it now; where a shorter period was set, `next_days` hold from `next_at` on."""

    id: str
    days: int
    counts_from: str
    text: Text
    due: int
    next_days: int | None = None
    next_at: datetime | None = None


class PeriodRequest(Request):
    """Another period for a rule of retention."""

    days: int = Field(ge=1, le=36_500)


class RetentionShown(Answer):
    """What is kept how long; `unfinished` deletions were begun and go on at the next run. `waits`: why nothing is deleted, where the clock is in doubt."""

    rules: list[RuleShown]
    held: int
    unfinished: int
    waits: str | None = None


class RetentionRun(Answer):
    """Of how many cases the evidence was deleted; `waits`: why of none, or of no more."""

    erased: int
    waits: str | None = None


class ErasurePage(Answer):
    """Records of what was deleted."""

    items: list[ErasureShown]
    next_after: int | None


class DecisionRequest(Request):
    """A decision: `reason` with reject, `kind` with change_kind. `undo` takes back one's own last decision of the case, within ten minutes."""

    action: Literal["confirm", "reject", "change_kind", "reopen", "undo"]
    version: int = Field(ge=1, le=2**31)
    reason: Annotated[str, Field(max_length=64)] | None = None
    kind: Annotated[str, Field(max_length=64)] | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None


class Delivered(Answer):
    """A packet was taken in."""

    receipt: Receipt
    case_id: str


class CodeShown(Answer):
    """A kind's number in a city's table."""

    table: str
    code: str


class NotJudgedShown(Answer):
    """A part of a kind that no packet judges: of its definition (`unseen`), or an exclusion that nothing shows or that the verifier is not asked about for
    this kind; `reason` is the one with which a reviewer rejects for it.
    """

    name: Text
    why: Literal["unseen", "nothing", "unasked"]
    reason: str | None = None


class KindShown(Answer):
    """An entry of the catalogue."""

    id: str
    name: Text
    codes: list[CodeShown]
    confusion: list[str]
    enabled: bool
    standing: Standing
    not_judged: list[NotJudgedShown]


class CatalogueShown(Answer):
    """The kinds, and the reasons to reject."""

    version: str
    kinds: list[KindShown]
    reasons: list[Reason]


class CameraStatus(BaseModel):
    """How a camera does, as its worker tells. What this version does not know is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    state: Literal["connecting", "live", "stale", "backing_off", "refused", "disabled"]
    reason: Annotated[str, Field(max_length=500), AfterValidator(without_secrets)] | None = None
    since: Annotated[str, Field(max_length=40)] | None = None
    last_picture_at: Annotated[str, Field(max_length=40)] | None = None
    last_picture_age_seconds: float | None = None
    look_lag_seconds: float | None = None
    reconnects: int | None = None
    codec: Annotated[str, Field(max_length=40)] | None = None
    clock_offset_seconds: float | None = None
    keyframe_interval_seconds: float | None = None
    drops: dict[Annotated[str, Field(max_length=60)], int] = Field(default={}, max_length=40)
    view_version: int | None = None
    view_id: Annotated[str, Field(max_length=64)] | None = Field(default=None, description="Which of the camera's views is seen; none where it is not known.")
    view_state: Annotated[str, Field(max_length=20)] | None = Field(
        default=None, description="unmeasured, in_place, followed (it shifted a little, the zones follow), unsure, moved or unrecognised (suspended)."
    )
    view_since: Annotated[str, Field(max_length=40)] | None = None
    view_shift: float | None = Field(default=None, description="Against the reference picture, in shares of the width.")
    view_roll_degrees: float | None = None
    view_agreement: float | None = None
    paused: Annotated[str, Field(max_length=20)] | None = Field(default=None, description="Why nothing is judged; none where it is.")
    faults: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=20, description="What is wrong with the picture.")
    brightness: float | None = None
    contrast: float | None = None
    blur: float | None = None
    withheld: int | None = None
    measures: int | None = None
    first_look_at: Annotated[str, Field(max_length=40)] | None = None
    last_look_at: Annotated[str, Field(max_length=40)] | None = None
    looks: int | None = None
    unchanged: int | None = None
    reader: Literal["own", "libav", "file"] | None = None
    reader_reason: Annotated[str, Field(max_length=500), AfterValidator(without_secrets)] | None = None
    transport: Literal["tcp", "udp"] | None = None
    encrypted: bool | None = None
    verified: bool | None = None
    clock_drift_ppm: float | None = None
    decoded_whole: bool | None = None
    main_open: bool | None = None


class CameraShown(Answer):
    """A camera of the registry."""

    camera_id: str
    name: Text | str | None
    public_url: str | None
    worker: str | None
    status: CameraStatus | None
    status_at: datetime | None


class Cameras(Answer):
    """All cameras, by id."""

    items: list[CameraShown]


class Announcement(Request):
    """A camera, as its worker makes it known; `public_url` without user name and password."""

    name: LocalName = None
    public_url: Annotated[str, Field(max_length=1000)] | None = None
    worker: Annotated[str, Field(max_length=64)] | None = None


class Health(BaseModel):
    """A worker's report."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    cameras: dict[Annotated[str, Field(max_length=64)], CameraStatus] = Field(max_length=5000)
    software_version: Annotated[str, Field(max_length=60)] | None = None
    head: dict[str, Any] | None = Field(default=None, description="The signed head of the worker's chain (`curbwatch.head/1`).")
    suppressed: list[dict[str, Any]] = Field(default=[], max_length=1000, description="Alarms that were kept back since their things are quiet.")


class GivenUpRequest(Request):
    """A packet whose files its worker could not keep: the signed manifest, and the worker's signed record (`curbwatch.given-up/1`)."""

    manifest: dict[str, Any]
    signature: Signature
    given_up: dict[str, Any]


class GivenUpTaken(Answer):
    """It stands in the log."""

    log_index: int


class RestoreShown(Answer):
    """A backup was restored: places of the log after `former_index` and before `log_index` were given out by an API that is no more. `id` tells it from another
    restore of the same backup.
    """

    log_index: int
    former_index: int
    at: datetime
    id: str | None = None


class Orders(Answer):
    """What a worker should do until its next report: cameras whose last look somebody is watching. What has a receipt of a place that a restore left out is
    not known here any more: the worker brings it again."""

    last_look: list[str]
    restores: list[RestoreShown] = Field(default_factory=list)


class PublicKeyRequest(Request):
    """A worker's public key: base64 of its 32 raw bytes."""

    public_key: Annotated[str, Field(max_length=100)]


class KeyShown(Answer):
    """A public key. What a worker's signed counts only if it came before it was revoked."""

    name: str
    key_id: str
    public_key: str
    revoked_at: datetime | None = None


class Keys(Answer):
    """The public keys with which packets and receipts are verified."""

    api: KeyShown
    workers: list[KeyShown]


class Person(Answer):
    """Who is signed in."""

    name: str
    role: str
    unit: str | None
    districts: list[str] = Field(description="Those whose cases the person sees; `*` stands for all.")
    must_change: bool = Field(default=False, description="The password is the one that an administrator gave: change it first.")


class LoginRequest(Request):
    """A token, to be exchanged for a session cookie."""

    token: Annotated[str, Field(max_length=200)]


class LogShown(Answer):
    """An entry of the log; `sha256` is that of the canonical JSON of `document`, and what the API signed; entries of before were not signed one by one."""

    log_index: int
    event: str
    at: datetime
    by: str
    case_id: str | None
    document: dict[str, Any]
    sha256: str
    signed_by: str | None
    signature: str | None


class LogPage(Answer):
    """A page of the log."""

    items: list[LogShown]
    next_after: int | None


class HeadShown(Answer):
    """The log's last entry of a day (of today: as yet), as the API signed it."""

    day: str = Field(examples=["2026-11-25"])
    log_index: int
    sha256: str
    document: dict[str, Any]


class HeadsPage(Answer):
    """Signed heads, oldest first."""

    items: list[HeadShown]
    next_after: str | None


class Problem(Answer):
    """Why not, in one sentence of each language (RFC 9457)."""

    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no such case"])
    detail_zh: str = Field(examples=["没有找到，或不在您的辖区内"])
