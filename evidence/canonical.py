"""Canonical JSON (RFC 8785, JCS): one document, one row of bytes, whoever writes it. What is hashed and signed is this form.

Keys are sorted by their UTF-16 code units, numbers are written as ECMAScript writes them, text is UTF-8 with only the escapes that JSON demands.
A whole number that a reader with doubles would see as another (2^53 + 1) is refused: such a value belongs into a text.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from evidence.errors import CanonicalError

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 64
"""Levels of nesting; a manifest has 8."""
Where = tuple[Any, str | int]
"""A place in a document: the place that holds it (None at the top), and its name or number there."""
_text = json.encoder.encode_basestring
"""A text with the escapes that JSON demands, and no others."""


def canonical_json(value: Any) -> bytes:
    """The canonical form of JSON data (mappings, lists or tuples, text, numbers, booleans, None).

    Raises:
        CanonicalError: names the place in the document and why it has no such form.
    """
    try:
        pieces: list[str] = []
        _write(value, (None, "document"), 0, pieces)
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError(f"document: holds half a character ({error.object[error.start]!a}), which is no text") from None


SHA256 = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 as it is written everywhere here; for `fullmatch`."""


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def manifest_sha256(manifest: Mapping[str, Any]) -> str:
    """The hash by which a manifest is known in chains and receipts: SHA-256 of its canonical JSON.

    Raises:
        CanonicalError: the manifest has no canonical form.
    """
    return sha256_hex(canonical_json(manifest))


def read_json(data: bytes, where: str) -> Any:
    """Reads JSON that means the same to every reader: UTF-8, no key twice in one object, no NaN or infinity, bounded nesting.

    Raises:
        CanonicalError: `where` and what is wrong, with the line where there is one.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise CanonicalError(f"{where}: the key {next(name for name in names if names.count(name) > 1)!a} is there twice in one object")
        return found

    def no_number(text: str) -> NoReturn:
        raise CanonicalError(f"{where}: {text} is no JSON number")

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise CanonicalError(f"{where}: is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError as error:
        raise CanonicalError(f"{where}: is not UTF-8 (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise CanonicalError(f"{where}: {'is nested too deep' if isinstance(error, RecursionError) else 'holds a number too long to read'}") from None


def _write(value: Any, where: Where, depth: int, out: list[str]) -> None:
    """Appends the form of a value. A manifest has thousands and a city sends fifty a second, so places are put into words only where they are told."""
    if type(value) is str:
        out.append(_text(value))
    elif type(value) is float or type(value) is int:
        out.append(_number(value, where))
    elif value is None or value is True or value is False:
        out.append("null" if value is None else "true" if value else "false")
    elif depth > DEEPEST:
        raise CanonicalError(f"{_place(where)}: is nested more than {DEEPEST} levels deep")
    elif isinstance(value, Mapping):
        before = "{"
        for name, written in _in_order(value, where):
            out.append(before)
            out.append(written)
            part = value[name]
            kind = type(part)
            if kind is str:
                out.append(_text(part))
            elif kind is float:
                out.append(_number(part, (where, name)))
            else:
                _write(part, (where, name), depth + 1, out)
            before = ","
        out.append("}" if before == "," else "{}")
    elif isinstance(value, list | tuple):
        before = "["
        for count, item in enumerate(value):
            out.append(before)
            _write(item, (where, count), depth + 1, out)
            before = ","
        out.append("]" if before == "," else "[]")
    elif isinstance(value, str):
        out.append(_text(value))
    elif isinstance(value, int | float):
        out.append(_number(value, where))
    else:
        raise CanonicalError(f"{_place(where)}: {type(value).__name__} is no JSON value")


def _place(where: Where) -> str:
    """A place as it is told: `document.stay.samples.3`."""
    before, name = where
    return str(name) if before is None else f"{_place(before)}.{name}"


def _in_order(value: Mapping[Any, Any], where: Where) -> Sequence[tuple[str, str]]:
    """The keys in their order, each with how it is written. Those of a sample come a hundred times in one manifest."""
    try:
        if len(value) <= FEW_KEYS and len("".join(value)) <= SHORT_KEYS:
            return _known_order(tuple(value))
    except TypeError:
        stranger = next(name for name in value if not isinstance(name, str))
        raise CanonicalError(f"{_place(where)}: the key {stranger!r} is no text") from None
    return _order(tuple(value))


def _order(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    ordered = sorted(names) if "".join(names).isascii() else sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return tuple((name, f"{_text(name)}:") for name in ordered)


FEW_KEYS, SHORT_KEYS = 64, 1024
_known_order = lru_cache(maxsize=1024)(_order)


def _number(value: float, where: Where) -> str:
    if isinstance(value, int):
        if abs(value) <= LARGEST_INTEGER or _is_double(value):
            return str(int(value))
        raise CanonicalError(f"{_place(where)}: is a whole number that a double cannot hold; write it as text")
    if not math.isfinite(value):
        raise CanonicalError(f"{_place(where)}: {value} is no JSON number")
    return _as_ecmascript(value)


def _is_double(value: int) -> bool:
    """Whether a large whole number is what a double's shortest form reads as, so that it comes back as it was signed."""
    return abs(value) < 10**21 and _as_ecmascript(float(value)) == str(value)


def _as_ecmascript(value: float) -> str:
    """Number.prototype.toString (ECMA-262, 6.1.6.1.20). Python's repr finds the same shortest digits; only where it sets the point differs."""
    if value == 0:
        return "0"
    plain = float.__repr__(value)
    if "e" not in plain:
        return plain.removesuffix(".0")
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = plain.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))  # the value is 0.digits × 10^point
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return f"{sign}{digits}{'0' * (point - count)}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"
