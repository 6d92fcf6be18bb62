"""What a worker's manifest must hold to beyond its shape: the case API refuses what fails here, and verifying names it."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.packet import Grade, Manifest, Phase, packet_id_of

MOST_CONTINUED = 10_000
"""Packets of one act that goes on: one every six minutes for six weeks."""


def claim_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """The fields that no worker may write so, with what is wrong."""
    if manifest.grade is Grade.A:
        yield "grade", "a worker grades at most B; A needs people"
    if not _is_own_id(manifest):
        yield "packet_id", f"is not the id of the {manifest.phase.value} packet of the act {manifest.act_id}"


def _is_own_id(manifest: Manifest) -> bool:
    """Ids follow from act and phase, so that nobody can choose one, and a packet that is built again has the same."""
    if manifest.phase is Phase.CONTINUED:
        return any(manifest.packet_id == packet_id_of(manifest.act_id, manifest.phase, ordinal) for ordinal in range(MOST_CONTINUED + 1))
    return manifest.packet_id == packet_id_of(manifest.act_id, manifest.phase)
