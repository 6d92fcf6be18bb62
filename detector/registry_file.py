"""The camera file of `watch`: read from YAML or CSV, written as either; whole or not at all.

CSV comes out of spreadsheets and other systems, so UTF-8 (with or without mark) and GB 18030 are read, with Chinese or English column names, and
commas, semicolons or tabs. The file holds passwords: it is written so that only its owner can read it, and no message quotes an address' secrets.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

from detector.camera_rows import ADDRESSES, FIELDS, REQUIRED, RegisteredCamera, Row, RowFault, check_rows, field_named
from detector.errors import DetectorError
from streams.resolver import runs_a_command

SCHEMA = "curbwatch.cameras/1"
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CAMERAS = 100_000
ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".yaml": "yaml", ".yml": "yaml"}
SHOWN_FAULTS = 20


class RegistryFileError(DetectorError):
    """A camera file is not usable; `faults` has every one, the message the first twenty."""

    def __init__(self, path: Path, faults: Sequence[RowFault]) -> None:
        shown = [f"{path}: {fault}" for fault in faults[:SHOWN_FAULTS]]
        if len(faults) > SHOWN_FAULTS:
            shown.append(f"{path}: and {len(faults) - SHOWN_FAULTS} more faults")
        super().__init__("; ".join(shown))
        self.faults = tuple(faults)
        self.lines = tuple(shown)


def read_cameras(path: Path, *, commands: bool = True, progress: Callable[[int], None] | None = None) -> list[RegisteredCamera]:
    """The cameras of a file, in its order; the ending tells the format (.csv, .yaml).

    `commands` says whether resolvers may run programs: then nobody but its owner (or root) may be able to write the file.

    Raises:
        RegistryFileError: anything about it is wrong; nothing of it is used.
    """
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise RegistryFileError(path, [RowFault(0, "", f"the ending {path.suffix!r} is not known; use .csv or .yaml")])
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise RegistryFileError(path, [RowFault(0, "", f"is larger than {MAX_FILE_BYTES >> 20} MiB, which no list of cameras is")])
        with path.open("rb") as file:
            data, about = file.read(), os.fstat(file.fileno())
    except OSError as error:
        raise RegistryFileError(path, [RowFault(0, "", f"cannot be read ({error.strerror})")]) from error
    cameras, faults = parse(data, kind, commands=commands, progress=progress)
    others_may_write = about.st_mode & 0o022 or about.st_uid not in (0, os.geteuid())
    if not faults and others_may_write and any(runs_a_command(camera.resolver) for camera in cameras):
        faults = [RowFault(0, "resolver", "runs commands, so only you may be able to write this file: chown it to yourself, chmod go-w")]
    if faults:
        raise RegistryFileError(path, faults)
    return cameras


def parse(data: bytes, kind: str, *, commands: bool = False, progress: Callable[[int], None] | None = None) -> tuple[list[RegisteredCamera], list[RowFault]]:
    """The sound cameras of a file's bytes (`kind` csv or yaml) and every fault; `commands` and `progress` as `check_rows` takes them."""
    text = _decoded(data)
    if text is None:
        return [], [RowFault(1, "", "is neither UTF-8 nor GB 18030 text")]
    rows, faults = _csv_rows(text) if kind == "csv" else _yaml_rows(text)
    cameras, wrong = check_rows(rows, commands=commands, progress=progress)
    faults = sorted([*faults, *wrong], key=lambda fault: fault.line)
    if not faults and not cameras:
        faults = [RowFault(1, "", "names no camera")]
    if len(cameras) > MAX_CAMERAS:
        faults = [RowFault(1, "", f"names more than {MAX_CAMERAS} cameras")]
    return cameras, faults


def write_cameras(path: Path, cameras: Sequence[RegisteredCamera]) -> None:
    """Writes a camera file that only its owner can read; the old one stays until the new one is whole.

    Raises:
        RegistryFileError: the ending is not known, or it cannot be written.
    """
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise RegistryFileError(path, [RowFault(0, "", f"the ending {path.suffix!r} is not known; use .csv or .yaml")])
    text = _to_csv(cameras) if kind == "csv" else _to_yaml(cameras)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise RegistryFileError(path, [RowFault(0, "", f"cannot be written ({error.strerror})")]) from error
    finally:
        partial.unlink(missing_ok=True)


def _decoded(data: bytes) -> str | None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # a spreadsheet's "Unicode text"
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _csv_rows(text: str) -> tuple[list[Row], list[RowFault]]:
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=([,;\t|])"?\s*', first)  # a line of its own by which a spreadsheet is told the delimiter
    delimiter = told[1] if told else max(",;\t", key=first.count)
    skipped = 1 if told else 0
    reader = csv.reader(io.StringIO(rest if told else text, newline=""), delimiter=delimiter, strict=True)
    faults: list[RowFault] = []
    rows: list[Row] = []
    try:
        header = next(reader, None)
        if header is None or not any(cell.strip() for cell in header):
            return [], [RowFault(1 + skipped, "", "is empty; the first line names the columns, at least id and url")]
        names = [field_named(cell) for cell in header]
        faults += [
            RowFault(1 + skipped, _column(cell, n), f"is not a known column; there are {', '.join(FIELDS)}")
            for n, (cell, name) in enumerate(zip(header, names, strict=True), 1)
            if name is None
        ]
        missing = [name for name in REQUIRED if name not in names] + ([] if set(ADDRESSES) & set(names) else ["url"])
        faults += [RowFault(1 + skipped, name, "is missing among the columns") for name in missing]
        faults += [RowFault(1 + skipped, name, "is there twice among the columns") for name in FIELDS if names.count(name) > 1]
        if faults:
            return [], faults
        line = reader.line_num + 1 + skipped
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                    faults.append(
                        RowFault(line, "", f"has {len(cells)} fields where the first line names {len(names)}; quote a field that holds a {delimiter!r}")
                    )
                else:
                    rows.append(Row(line, {name: cell for name, cell in zip(names, cells, strict=False) if name is not None}))
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        faults.append(RowFault(reader.line_num + skipped, "", f"is no CSV ({error})"))
    return rows, faults


def _column(cell: str, number: int) -> str:
    """A column's name as a message may show it: a file without a first line of names has addresses there."""
    return f"column {number}" if not cell.strip() or "://" in cell or "@" in cell else cell.strip()[:80]


def _yaml_rows(text: str) -> tuple[list[Row], list[RowFault]]:
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return [], [RowFault(1 if mark is None else mark.line + 1, "", f"is no YAML ({getattr(error, 'problem', None) or 'unreadable'})")]
    except RecursionError:
        return [], [RowFault(1, "", "is nested too deeply")]
    faults: list[RowFault] = []
    if not isinstance(root, yaml.MappingNode):
        return [], [RowFault(1, "", f"is no camera file; it begins with `schema: {SCHEMA}` and a list `cameras`")]
    entries: yaml.SequenceNode | None = None
    schema = ""
    for key, value, name in _pairs(root):
        if name == "schema" and isinstance(value, yaml.ScalarNode):
            schema = value.value
        elif name == "cameras" and isinstance(value, yaml.SequenceNode):
            entries = value
        else:
            faults.append(RowFault(key.start_mark.line + 1, name, "is not a known key here; there are schema and cameras (a list)"))
    if schema != SCHEMA:
        faults.append(RowFault(1, "schema", f"is {schema!r}; this version reads {SCHEMA}" if schema else f"is missing; write `schema: {SCHEMA}`"))
    if entries is None and not faults:
        faults.append(RowFault(1, "cameras", "is missing"))
    rows = []
    for node in entries.value if entries is not None else ():
        row = _yaml_row(node, faults)
        if row is not None:
            rows.append(row)
    return rows, faults


def _yaml_row(node: yaml.Node, faults: list[RowFault]) -> Row | None:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        faults.append(RowFault(line, "", "a camera is a mapping with at least id and url"))
        return None
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    sound = True
    for key, value, name in _pairs(node):
        at = key.start_mark.line + 1
        known = field_named(name)
        if name == "name" and isinstance(value, yaml.MappingNode):  # name: {zh: …, en: …}
            for _, text, language in _pairs(value):
                if language in ("zh", "en") and isinstance(text, yaml.ScalarNode):
                    values[f"name_{language}"], lines[f"name_{language}"] = text.value, at
                else:
                    faults.append(RowFault(at, f"name.{language}", "is not known; a name has zh and en"))
                    sound = False
        elif known is None:
            faults.append(RowFault(at, name, f"is not a known field; there are {', '.join(FIELDS)}"))
            sound = False
        elif not isinstance(value, yaml.ScalarNode):
            faults.append(RowFault(at, name, "must be one value"))
            sound = False
        elif known in values:
            faults.append(RowFault(at, name, "is there twice"))
            sound = False
        else:
            values[known], lines[known] = "" if value.tag == "tag:yaml.org,2002:null" else value.value, at
    return Row(line, values, lines) if sound else None


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node, str]]:
    for key, value in node.value:
        yield key, value, key.value if isinstance(key, yaml.ScalarNode) else "(a key that is no text)"


def _texts(camera: RegisteredCamera) -> dict[str, str | float]:
    values: dict[str, str | float | None] = {
        "id": camera.camera_id, "url": camera.url, "transport": camera.transport, "name_zh": camera.name_zh, "name_en": camera.name_en,
        "look_interval_seconds": camera.look_interval_seconds, "gb28181_id": camera.gb28181_id, "latitude": camera.latitude,
        "longitude": camera.longitude, "crs": camera.crs, "address": camera.address, "sub_url": camera.sub_url, "resolver": camera.resolver,
        "tls_verify": "yes" if camera.tls_verify else None,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None and (value or name != "url")}


def _to_csv(cameras: Sequence[RegisteredCamera]) -> str:
    rows = [_texts(camera) for camera in cameras]
    columns = [name for name in FIELDS if name in (*REQUIRED, "url") or any(name in row for row in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _to_yaml(cameras: Sequence[RegisteredCamera]) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body = {"schema": SCHEMA, "cameras": [_texts(camera) for camera in cameras]}
    return str(yaml.dump(body, Dumper=dumper, allow_unicode=True, sort_keys=False, width=200))
