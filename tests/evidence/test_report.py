from __future__ import annotations

import json

import pytest

from evidence.report import Fault, FaultKind, PacketReport, Report, printable

FAULT = Fault(FaultKind.FILE, "clip.mp4", "is missing")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("占道经营 plain", "占道经营 plain"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb", r"a\nb"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udcff", r"\udcff"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_a_strangers_text_may_go_to_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("packet", "whole", "ok"), [((), (), True), ((FAULT,), (), False), ((), (FAULT,), False)], ids=["in order", "in a packet", "between packets"]
)
def test_one_fault_anywhere_and_the_whole_fails(packet: tuple[Fault, ...], whole: tuple[Fault, ...], ok: bool) -> None:
    report = Report("p", "given", (PacketReport("a", faults=packet), PacketReport("b")), whole)
    assert report.ok is ok
    told = json.loads(json.dumps(report.to_json()))
    assert (told["ok"], told["packets"][0]["ok"], told["packets"][1]["ok"]) == (ok, not packet, True)
    assert [(where, str(fault)) for where, fault in report.all_faults()] == [
        (where, "file clip.mp4: is missing") for where in ["a"] * len(packet) + ["p"] * len(whole)
    ]


def test_json_holds_no_sign_of_control() -> None:
    report = Report("p", "none", (PacketReport("a", camera="\x1b]0;x\x07", notes=("a\x00b",)),))
    assert "\\u00" not in json.dumps(report.to_json())
