"""Verifies packets with nothing but the packets and public keys: a packet's folder, a folder of packets, or a zip export of either.

What fails is named: the file, the field, the link of the chain, the signature or key, the receipt. Input is a stranger's: sizes are bounded, links not
followed, names never used as paths, and whatever is wrong becomes a fault in the report, never an exception.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.x509 import Certificate

from evidence.chains import Link, chain_faults, receipt_faults
from evidence.checks import verify_given_up, verify_packet
from evidence.counted import counted
from evidence.entries import Entries, EntryFault, read_bytes
from evidence.errors import KeyFileError, VerifyError
from evidence.exports import EXPORT, Around, read_around, unnamed_faults
from evidence.findings import KEYS, MANIFEST, MOST_FAULTS, RECEIPT, Findings, PacketEntries
from evidence.heads import HeadRead, head_faults
from evidence.keyring import Keyring, KnownKey, parse_keys
from evidence.logs import receipts_in_log
from evidence.opening import open_entries
from evidence.packet import Phase
from evidence.reached import reached_faults
from evidence.report import Fault, FaultKind, PacketReport, Report
from evidence.roles import fault_of_signer
from evidence.signing import PublicKey
from evidence.stamps import MANIFEST_STAMP
from evidence.sums import SUMS, sum_faults

LARGEST_KEYS_BYTES = 2**20
PACKET_FOLDER = re.compile(r"[0-9a-f]{32}")


def verify_path(
    path: Path,
    public_keys: Iterable[PublicKey | KnownKey] = (),
    *,
    selection: bool = False,
    unreceipted: bool = False,
    roots: Sequence[Certificate] = (),
) -> Report:
    """Verifies a packet's folder, a folder of packets, or an export, each also as a zip archive.

    Args:
        public_keys: the keys to trust. With none, those of `keys/*.pub` beside the packets are used, and the report says that they prove no identity.
        selection: the packets are some of many, so that gaps in the chains are no faults. Those of an export are what its statement says.
        unreceipted: packets that no case API has received yet are no faults. Those of an export have receipts.
        roots: certificates of time stamping authorities that are trusted.

    Raises:
        VerifyError: the path is none of these, or holds no packet and is no export.
    """
    with open_entries(path) as entries:
        packets, outside = _packets_of(entries)
        if not packets and not any(name.rpartition("/")[2] == EXPORT for name in entries.entries):
            raise VerifyError(f"{path}: holds no packet (no {MANIFEST} in it)")
        faults = [Fault(FaultKind.FILE, name, what) for name, what in entries.faults[:MOST_FAULTS]]
        key_files = _key_files(entries, packets)
        beside, key_faults = _read_keys(entries, key_files)
        faults += key_faults
        keyring = Keyring(public_keys)
        source: Literal["given", "beside", "none"] = "given"
        if not len(keyring):
            keyring, source = beside, "beside" if len(beside) else "none"
        around = read_around(entries, keyring, roots)
        faults += around.faults
        is_export = around.statement is not None
        selection = selection or is_export
        found = [
            verify_packet(entries, packet, keyring, withheld=around.withheld, roots=roots, unreceipted=unreceipted and not is_export) for packet in packets
        ]
        _tell_grades(found)
        found += [verify_given_up(entries, path, keyring) for path in around.given_up]
        faults += _signer_faults(found, around, keyring)
        links = [*(one.link for one in found if one.link), *around.erased()]
        faults += chain_faults(links, selection=selection)
        faults += receipt_faults((one.receipt, one.receipt_sha256) for one in found if one.receipt and one.receipt_sha256)
        faults += _contradictions(found)
        faults += _vouched(links, around, keyring, _received(found), selection=selection)
        if around.log is not None:
            faults += receipts_in_log(
                around.log, ((one.report.path, one.receipt.log_index, one.receipt_sha256) for one in found if one.receipt and one.receipt_sha256)
            )
        strays = [path for path in outside if path not in around.names and path not in key_files]
        if around.statement is not None:
            faults += unnamed_faults(found, around)
            faults += _file_faults(entries, packets, found, around)
    reports = tuple(replace(one.report, faults=tuple(one.faults), notes=tuple(one.notes)) for one in found)
    return Report(str(path), source, reports, tuple(faults), (*_notes(source, 0 if is_export else len(strays), found), *around.notes))


def _notes(source: str, strays: int, found: list[Findings]) -> Iterable[str]:
    if source == "beside":
        yield "the keys lie beside the packets: whoever changed the packets could have changed them too. Compare the key ids with ones from a source you trust"
    if source == "none":
        yield "no public keys were given and none lie beside the packets, so that no signature was checked; give them with --keys FILE"
    unreceipted = sum(1 for one in found if one.receipt is None and one.link is not None and not one.given_up)
    if unreceipted:
        which = "this packet has" if len(found) == 1 else f"{unreceipted} of {len(found)} packets have"
        yield f"{which} no receipt: no case API vouches for when it came, and a chain that its worker signed anew would not show"
    first: dict[str, Link] = {}
    for one in found:
        if one.link and (one.link.key_id not in first or one.link.sequence < first[one.link.key_id].sequence):
            first[one.link.key_id] = one.link
    for link in first.values():
        if link.sequence > 1:
            yield f"the chain of {link.worker} (key {link.key_id}) begins here with manifest {link.sequence}; what came before it was not looked at"
    if strays:
        yield f"{strays} {'file lies' if strays == 1 else 'files lie'} outside of every packet and {'was' if strays == 1 else 'were'} not looked at"


def _tell_grades(found: list[Findings]) -> None:
    """What grade each packet bears; what goes on with an act rests on its confirmation, where one by the same worker is here and vouched for."""
    confirmed: dict[tuple[str | None, str | None], bool] = {}
    for one in found:
        if one.borne is not None and one.report.phase == Phase.CONFIRMED:
            act = (one.report.worker, one.report.act_id)
            confirmed[act] = confirmed.get(act, False) or one.borne.is_case
    for one in found:
        if one.borne is not None:
            one.notes += one.borne.notes(confirmed.get((one.report.worker, one.report.act_id)))


def _signer_faults(found: list[Findings], around: Around, keyring: Keyring) -> Iterable[Fault]:
    """Where a key signed what it may not."""
    workers = {one.link.key_id for one in found if one.link} | {link.key_id for link in around.erased()}
    workers |= {head.head.key_id for head in around.heads if head.head.chain == "worker"}
    api = {one.receipt.signature.key_id for one in found if one.receipt} | {one.key_id for one in around.signed}
    for one in found:
        key_id = one.receipt.signature.key_id if one.receipt else ""
        known = keyring.find(key_id)
        if known is not None and known.role is None and (what := fault_of_signer(key_id, keyring, workers, api)):
            one.add(FaultKind.RECEIPT, RECEIPT, what)
    for signed in around.signed:
        if what := fault_of_signer(signed.key_id, keyring, workers, api):
            yield Fault(signed.kind, signed.where, what)


def _vouched(links: list[Link], around: Around, keyring: Keyring, received: Mapping[str, datetime], *, selection: bool) -> Iterable[Fault]:
    """What signed heads say against the chains and the log that are here."""
    heads: dict[tuple[str, str], list[HeadRead]] = defaultdict(list)
    for head in around.heads:
        heads[head.head.chain, head.head.key_id].append(head)
    chains: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        chains[link.key_id].append(link)
    for (chain, key_id), own in sorted(heads.items()):
        if chain == "worker":
            held, named = {link.sequence: link.sha256 for link in chains[key_id]}, {link.sequence: link.previous_sha256 for link in chains[key_id]}
            yield from head_faults(own, key_id, held, whole=not selection, named=named)
        elif around.log is not None:
            yield from head_faults(own, key_id, around.log.hashes, whole=True)
    yield from reached_faults(around, chains, keyring)
    for one in counted(around, chains, keyring, received):
        if isinstance(one, Fault):
            yield one
        else:
            around.notes.append(one)


def _received(found: list[Findings]) -> dict[str, datetime]:
    """When manifests came, by good receipts; by their SHA-256."""
    return {one.link.sha256: one.receipt.received_at for one in found if one.link and one.receipt and one.vouched}


def _file_faults(entries: Entries, packets: list[PacketEntries], found: list[Findings], around: Around) -> Iterable[Fault]:
    """Where the files of an export are not those that it lists; what a packet or the log says of its own files is not said again."""
    told = {fault.where.partition(" ")[0] for fault in around.faults}
    for packet, one in zip(packets, found, strict=False):
        root = f"{packet.root}/" if packet.root else ""
        told |= {f"{root}{fault.where.partition(' ')[0]}" for fault in one.faults}
    own = {around.prefix + EXPORT, around.prefix + SUMS, *around.stamps}
    own |= {path for packet in packets if MANIFEST in packet.names and (path := packet.names.get(MANIFEST_STAMP))}
    if around.sums is not None:
        yield from sum_faults(entries, around.sums, around.prefix, own, told)


def _packets_of(entries: Entries) -> tuple[list[PacketEntries], list[str]]:
    """The packets, and the files that belong to none. A packet is the topmost folder with a manifest, or one that is named like a packet."""
    roots = {folder for folder, _, last in (name.rpartition("/") for name in entries.entries) if last == MANIFEST and not _hidden(folder)}
    shelves = {root.rpartition("/")[0] for root in roots if root}
    for name in entries.entries:
        for above in _above(name):
            shelf, _, folder = above.rpartition("/")
            if PACKET_FOLDER.fullmatch(folder or entries.name) and (shelf in shelves or not above):
                roots.add(above)
    names: dict[str, dict[str, str]] = {}
    strays: list[str] = []
    for name in entries.entries:
        root = next((above for above in _above(name) if above in roots), None)
        if root is not None:
            names.setdefault(root, {})[name[len(root) + 1 if root else 0 :]] = name
        else:
            strays.append(name)
    return [PacketEntries(root, root or entries.name, names[root]) for root in sorted(names)], strays


def _hidden(folder: str) -> bool:
    """Whether it is a draft or the like."""
    return any(part.startswith(".") for part in folder.split("/"))


def _above(name: str) -> list[str]:
    """The folders of a name, outermost first."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _key_files(entries: Entries, packets: list[PacketEntries]) -> frozenset[str]:
    """Files of public keys beside and in the packets."""
    folders = (
        {KEYS}
        | {f"{name.removesuffix(EXPORT)}{KEYS}" for name in entries.entries if name.rpartition("/")[2] == EXPORT}
        | {f"{packet.root}/{KEYS}" if packet.root else KEYS for packet in packets}
    )
    return frozenset(name for name in entries.entries if name.endswith(".pub") and name.rpartition("/")[0] in folders)


def _read_keys(entries: Entries, files: Iterable[str]) -> tuple[Keyring, list[Fault]]:
    """The keys of such files; also where others are trusted, nothing else may lie under their names."""
    known: list[KnownKey] = []
    faults: list[Fault] = []
    for name in sorted(files):
        try:
            known += parse_keys(read_bytes(entries, name, LARGEST_KEYS_BYTES), name)
        except EntryFault as error:
            faults.append(Fault(FaultKind.KEY, name, str(error)))
        except KeyFileError as error:
            faults.append(Fault(FaultKind.KEY, name, str(error).removeprefix(f"{name}: ")))
    return Keyring(known), faults


def _contradictions(found: list[Findings]) -> Iterable[Fault]:
    """Two packets of one worker and id with other content. An act is a worker's claim, and with it the id; another's is no contradiction."""
    first: dict[tuple[str | None, str], PacketReport] = {}
    for report in (one.report for one in found):
        if report.packet_id is None:
            continue
        other = first.setdefault((report.worker, report.packet_id), report)
        if other.manifest_sha256 != report.manifest_sha256:
            yield Fault(FaultKind.FIELD, f"{report.path} packet_id", f"is that of {other.path} too, whose manifest is another")
