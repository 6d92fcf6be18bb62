"""What a worker's manifest must hold to beyond its shape."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.canonical import sha256_hex
from evidence.claims import claim_faults
from evidence.packet import Phase, Signature, packet_id_of, read_manifest

ACT = sha256_hex(b"act")[:32]


SIGNATURE = Signature(algorithm="ed25519-sha256", key_id="0" * 16, value="")
LEAD = [{"reason": "lead", "text": {"zh": "线索", "en": "a lead"}}]
CONTINUED = {"phase": "continued", "ordinal": 7, "packet_id": packet_id_of(ACT, Phase.CONTINUED, 7), "occasion": "interval"}
AT = "2026-11-25T04:05:10+00:00"
ENDING = {"reason": "gone", "last_seen": AT, "first_gone": AT, "sure_at": AT}
ENDED = {"phase": "ended", "packet_id": packet_id_of(ACT, Phase.ENDED), "ending": ENDING}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({}, [], id="a case"),
        pytest.param({"grade": "C", "closed_to_a": LEAD}, [], id="a lead"),
        pytest.param({"closed_to_a": LEAD}, [], id="a case that bars itself from grade A"),
        pytest.param({"grade": "C"}, ["closed_to_a"], id="a lead that does not say so"),
        pytest.param({"grade": "A"}, ["grade"], id="a penalty"),
        pytest.param({"packet_id": "0" * 32}, ["packet_id"], id="an id of its own choice"),
        pytest.param({"act_id": "0" * 32}, ["packet_id"], id="the packet of another act"),
        pytest.param(ENDED | {"packet_id": packet_id_of(ACT, Phase.CONFIRMED)}, ["packet_id"], id="an end under the id of the confirmation"),
        pytest.param(ENDED, [], id="an end"),
        pytest.param(ENDED | {"ending": None}, ["ending"], id="an end that does not say how"),
        pytest.param({"ending": ENDING}, ["ending"], id="a confirmation that says how it ended"),
        pytest.param({"ordinal": 1, "packet_id": packet_id_of(ACT, Phase.CONFIRMED, 1)}, ["ordinal"], id="a second confirmation"),
        pytest.param(CONTINUED, [], id="it goes on for the seventh time"),
        pytest.param(CONTINUED | {"ordinal": 8}, ["packet_id"], id="it goes on under another number's id"),
        pytest.param(CONTINUED | {"ordinal": 0, "packet_id": packet_id_of(ACT, Phase.CONTINUED)}, ["ordinal"], id="it goes on for no time"),
        pytest.param(CONTINUED | {"occasion": "order", "ordered_case": "17"}, [], id="somebody asked"),
        pytest.param(CONTINUED | {"occasion": "order"}, ["ordered_case"], id="somebody asked for no case"),
        pytest.param({"ordered_case": "17"}, ["ordered_case"], id="nobody asked for a case"),
        pytest.param({"grade": "A", "packet_id": "0" * 32}, ["grade", "packet_id"], id="both"),
    ],
)
def test_claims(manifest: dict[str, Any], changes: dict[str, Any], fields: list[str]) -> None:
    assert [where for where, _ in claim_faults(read_manifest(manifest | changes, "manifest"), SIGNATURE)] == fields


ON_MAP = ((117.0200, 36.6600), (117.0200, 36.6602), (117.0203, 36.6602), (117.0203, 36.6600))
FOOT = ((117.0201, 36.6601), (117.0201, 36.66012), (117.02012, 36.66012), (117.02012, 36.6601))
AFAR = tuple((east + 0.002, north) for east, north in FOOT)


@pytest.mark.parametrize(
    ("ground", "fields"),
    [
        pytest.param(None, [], id="no place on the map"),
        pytest.param({"zone_id": "z1", "how": "corners", "polygon": FOOT}, [], id="a footprint in the zone"),
        pytest.param({"zone_id": "z1", "how": "zone", "polygon": ON_MAP}, [], id="all of the zone"),
        pytest.param({"zone_id": "z1", "how": "corners", "polygon": AFAR}, ["place.ground.polygon"], id="another street"),
        pytest.param({"zone_id": "z1", "how": "zone", "polygon": FOOT}, ["place.ground.polygon"], id="another area under the zone's name"),
        pytest.param({"zone_id": "z2", "how": "corners", "polygon": FOOT}, ["place.ground.zone_id"], id="a zone that the thing does not stand in"),
        pytest.param({"zone_id": "z3", "how": "corners", "polygon": FOOT}, ["place.ground.zone_id"], id="a zone that is on no map"),
    ],
)
def test_a_place_on_the_map_is_that_of_a_zone_of_its_own(manifest: dict[str, Any], ground: dict[str, Any] | None, fields: list[str]) -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    zones = [{"id": name, "kind": "sidewalk", "polygon": square, "map_polygon": ON_MAP if name != "z3" else None} for name in ("z1", "z2", "z3")]
    place = {**manifest["place"], "zone_ids": ["z1", "z3"], "ground": ground}
    told = manifest | {"view": {**manifest["view"], "zones": zones}, "place": place}
    assert [where for where, _ in claim_faults(read_manifest(told, "manifest"), SIGNATURE)] == fields


@pytest.mark.parametrize(
    ("arrival", "told", "missing"),
    [
        pytest.param({"wall_synchronised": True, "max_error_seconds": 0.02}, [], [], id="a good clock"),
        pytest.param(None, [], ["clock_unknown"], id="no word of a clock"),
        pytest.param({"wall_synchronised": None}, [], ["clock_unknown"], id="the kernel does not tell"),
        pytest.param({"wall_synchronised": False, "max_error_seconds": 16.0}, [], ["clock_not_synchronised"], id="nobody set it"),
        pytest.param({"wall_synchronised": False}, ["clock_not_synchronised"], [], id="nobody set it, and the packet says so"),
        pytest.param({"wall_synchronised": False}, ["clock_inexact"], ["clock_not_synchronised"], id="nobody set it, and the packet says something else"),
        pytest.param({"wall_synchronised": True, "max_error_seconds": 3.0}, [], ["clock_inexact"], id="it may be off by three seconds"),
        pytest.param({"wall_synchronised": True}, [], ["clock_inexact"], id="by how much is not said"),
    ],
)
def test_a_clock_that_bars_grade_a_is_said(manifest: dict[str, Any], arrival: dict[str, Any] | None, told: list[str], missing: list[str]) -> None:
    bars = [{"reason": reason, "text": {"zh": "钟", "en": "clock"}} for reason in told]
    changed = manifest | {"clocks": {"kind": "system", "arrival": arrival}, "closed_to_a": bars}
    found = list(claim_faults(read_manifest(changed, "manifest"), SIGNATURE))
    assert [(where, what.split()[3].rstrip(":")) for where, what in found] == [("closed_to_a", reason) for reason in missing]


@pytest.mark.parametrize("told", [True, False], ids=["said", "not said"])
@pytest.mark.parametrize(
    ("clocks", "reason"),
    [
        pytest.param({"kind": "system", "arrival": {"wall_synchronised": False, "max_error_seconds": 16.0}}, "clock_not_synchronised", id="nobody set it"),
        pytest.param({"kind": "system", "arrival": {"wall_synchronised": None}}, "clock_unknown", id="the kernel does not tell"),
        pytest.param({"kind": "system"}, "clock_unknown", id="no word of a clock"),
        pytest.param({"kind": "system", "arrival": {"wall_synchronised": True, "max_error_seconds": 3.0}}, "clock_inexact", id="it may be off"),
        pytest.param({"kind": "media"}, "clock_media", id="a recorded file"),
    ],
)
def test_grade_a_under_such_a_clock_is_named_whatever_the_packet_says(manifest: dict[str, Any], clocks: dict[str, Any], reason: str, told: bool) -> None:
    bars = [{"reason": reason, "text": {"zh": "钟", "en": "clock"}}] if told else []
    found = list(claim_faults(read_manifest(manifest | {"grade": "A", "clocks": clocks, "closed_to_a": bars}, "manifest"), SIGNATURE))
    assert ("grade", "a worker grades at most B; A needs people") in found
    assert [what.split(":")[0] for where, what in found if "is A" in what] == [f"is A, which is closed by {reason}"]
    assert [where for where, _ in found] == ["grade", "grade", *([] if told else ["closed_to_a"])]


def test_a_bar_that_the_clocks_do_not_show_closes_grade_a_too(manifest: dict[str, Any]) -> None:
    """As where the clock was lost and found again before the last look, and the worker said so."""
    bars = [{"reason": "clock_not_synchronised", "text": {"zh": "钟", "en": "clock"}}]
    found = list(claim_faults(read_manifest(manifest | {"grade": "A", "closed_to_a": bars}, "manifest"), SIGNATURE))
    assert found[1:] == [("grade", "is A, which is closed by clock_not_synchronised: the worker's clock was not synchronised")]


def test_a_recorded_files_clock_bars_grade_a(manifest: dict[str, Any]) -> None:
    found = list(claim_faults(read_manifest(manifest | {"clocks": {"kind": "media"}}, "manifest"), SIGNATURE))
    assert found == [("closed_to_a", "does not say clock_media: its times are a recorded file's own, not a worker's clock")]


def test_a_wall_clock_that_was_set_during_the_stay_is_read_from_its_samples(manifest: dict[str, Any]) -> None:
    stay = manifest["stay"] | {"samples": [dict(sample) for sample in manifest["stay"]["samples"]]}
    stay["samples"][2]["at"] = "2026-11-25T05:05:10+00:00"
    found = list(claim_faults(read_manifest(manifest | {"stay": stay}, "manifest"), SIGNATURE))
    assert found == [("clocks.arrival.stepped_seconds", "is 0, but by the samples' two clocks 3600")]
    clocks = {"kind": "system", "arrival": manifest["clocks"]["arrival"] | {"stepped_seconds": 3600.0}}
    (fault,) = claim_faults(read_manifest(manifest | {"stay": stay, "clocks": clocks}, "manifest"), SIGNATURE)
    assert fault[1].startswith("does not say clock_stepped")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"looks": 1}, ("stay.samples", "shows 2 looks, but `looks` is 1"), id="more looks than were counted"),
        pytest.param({"unchanged": 0}, ("stay.samples", "shows 1 unchanged keyframes, but `unchanged` is 0"), id="more unchanged than were counted"),
        pytest.param({"dwell_seconds": 3600.0}, ("stay.dwell_seconds", "is 3600, but its samples span 310 s"), id="a longer dwell than anybody looked"),
    ],
)
def test_what_a_stay_says_fits_its_samples(manifest: dict[str, Any], changes: dict[str, Any], fault: tuple[str, str]) -> None:
    found = claim_faults(read_manifest(manifest | {"stay": manifest["stay"] | changes}, "manifest"), SIGNATURE)
    assert list(found) == [fault]


def test_samples_that_are_out_of_order_are_named(manifest: dict[str, Any]) -> None:
    stay = manifest["stay"] | {"samples": list(reversed(manifest["stay"]["samples"])), "dwell_seconds": 0.0}
    assert ("stay.samples", "are not in the order of their clock") in list(claim_faults(read_manifest(manifest | {"stay": stay}, "manifest"), SIGNATURE))


@pytest.mark.parametrize(
    ("signature", "field"),
    [
        pytest.param(SIGNATURE.model_copy(update={"key_id": "1" * 16}), "worker.key_id", id="signed by another key than it names"),
        pytest.param(SIGNATURE.model_copy(update={"algorithm": "sm2-sm3"}), "algorithms.signature", id="signed by another algorithm than it names"),
    ],
)
def test_a_signature_is_the_one_that_the_manifest_names(manifest: dict[str, Any], signature: Signature, field: str) -> None:
    assert [where for where, _ in claim_faults(read_manifest(manifest, "manifest"), signature)] == [field]


def test_a_place_on_the_map_is_whole(manifest: dict[str, Any]) -> None:
    for camera in ({"lat": 36.6}, {"lon": 117.0}, {"lat": 36.6, "lon": 117.0}):
        changed = manifest | {"camera": manifest["camera"] | camera}
        assert [where for where, _ in claim_faults(read_manifest(changed, "manifest"), SIGNATURE)] == ["camera"]
