"""Who may what: one table of roles and rights, and districts. Pure.

A person has one role and a set of districts, a camera has one district. A right holds in the caller's districts only; what lies in another one is
answered as if it were not there. What concerns all districts (people, tokens, workers, webhooks, the log) needs all of them: `"*"`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ALL = "*"
"""Stands for every district, also for those to come, and for cameras that nobody has given one yet."""
EVERYWHERE = frozenset({ALL})
NO_DISTRICT = ""
"""Of a camera that its worker announced and nobody has put into a district: only who has all districts sees it."""


class Role(StrEnum):
    """What a person or a token is for."""

    WORKER = "worker"
    REVIEWER = "reviewer"
    OFFICER = "officer"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a route asks for; the text ends the sentence `the role … may not …`."""

    READ = "read cases, evidence, cameras and views"
    DECIDE = "decide cases"
    SETTLE = "settle disputed cases"
    HOLD = "put cases under legal hold"
    ORIGINALS = "export unmasked originals"
    TRAIN = "export training sets"
    DRAW = "save views"
    PERMIT = "write permits"
    REGISTER = "change the registry of cameras"
    DELIVER = "deliver evidence"
    REPORT = "report cameras"
    POLL = "read the views and kinds in force"
    AUDIT = "read the log and what goes with it (heads, exports for auditors, rules and records of deletion)"
    GOVERN = "manage people, tokens, workers and webhooks"


ROLES_ZH = {Role.WORKER: "工作节点", Role.REVIEWER: "审核员", Role.OFFICER: "执法负责人", Role.ADMIN: "管理员", Role.AUDITOR: "审计员"}
RIGHTS_ZH = {
    Right.READ: "查看案件、证据、摄像机和视图",
    Right.DECIDE: "审核案件",
    Right.SETTLE: "裁定有争议的案件",
    Right.HOLD: "设置或解除案件的法律保全",
    Right.ORIGINALS: "导出未遮挡的原始图像",
    Right.TRAIN: "导出训练集",
    Right.DRAW: "保存视图",
    Right.PERMIT: "登记许可",
    Right.REGISTER: "修改摄像机登记",
    Right.DELIVER: "提交证据",
    Right.REPORT: "报告摄像机状态",
    Right.POLL: "读取当前视图和违法类别",
    Right.AUDIT: "查阅日志及相关内容（日志头、审计导出、删除规则和记录）",
    Right.GOVERN: "管理人员、令牌、工作节点和通知地址",
}
"""The same in Chinese, to end `…无权…`."""

_PEOPLE = frozenset({Right.READ, Right.POLL})
_REVIEW = _PEOPLE | {Right.DECIDE, Right.DRAW}
_OFFICE = _REVIEW | {Right.SETTLE, Right.HOLD, Right.ORIGINALS, Right.PERMIT}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.WORKER: frozenset({Right.POLL, Right.DELIVER, Right.REPORT}),
    Role.REVIEWER: _REVIEW,
    Role.OFFICER: _OFFICE,
    Role.ADMIN: _OFFICE | {Right.TRAIN, Right.REGISTER, Right.AUDIT, Right.GOVERN},
    Role.AUDITOR: _PEOPLE | {Right.AUDIT, Right.ORIGINALS},
}
UNDIVIDED = frozenset({Right.AUDIT, Right.GOVERN})
"""Rights over what belongs to no district: they need all of them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person by session, or a token.

    Attributes:
        unit: where a person works; stands in the log beside the name.
        districts: `EVERYWHERE`, or the names of districts.
        name: tells callers apart (`api.names`): a person has one, by whatever session or token they come.
        token_id, session_id: the row of the token, the session's hash; both where a session was begun by a login link.
        person_id: the row of the person; None of a program.
        worker: the worker's name that a token made at enrolment is bound to; such a token speaks for no other.
        must_change: whether the person still has the password that an administrator gave; until it is changed they may nothing else.
    """

    name: str
    role: Role
    unit: str | None = None
    districts: frozenset[str] = EVERYWHERE
    token_id: int | None = None
    session_id: str | None = None
    person_id: int | None = None
    worker: str | None = None
    must_change: bool = False

    @property
    def is_everywhere(self) -> bool:
        """Whether no district is closed to the caller."""
        return ALL in self.districts

    def sees(self, district: str) -> bool:
        """Whether the district is one of the caller's."""
        return self.is_everywhere or (district != NO_DISTRICT and district in self.districts)

    def may(self, right: Right, district: str | None = None) -> bool:
        """Whether the caller's role has the right, and in that district where one is named."""
        if self.must_change or right not in RIGHTS[self.role] or (right in UNDIVIDED and not self.is_everywhere):
            return False
        return district is None or self.sees(district)


def may_not(caller: Caller, right: Right) -> tuple[str, str]:
    """Why a caller may not, as a sentence in English and in Chinese."""
    whole = right in RIGHTS[caller.role] and not caller.is_everywhere
    why, why_zh = (": it needs all districts", "：需要全部辖区的权限") if whole else ("", "")
    return f"the role {caller.role.value} may not {right.value}{why}", f"{ROLES_ZH[caller.role]}无权{RIGHTS_ZH[right]}{why_zh}"


def districts_of(names: Iterable[str]) -> frozenset[str]:
    """A set of districts as it is kept: all, or those named."""
    found = frozenset(names)
    return EVERYWHERE if ALL in found else found
