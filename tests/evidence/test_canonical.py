from __future__ import annotations

import json
import math
import struct
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import DEEPEST, canonical_json, manifest_sha256, read_json, sha256_hex
from evidence.errors import CanonicalError, EvidenceError

RFC_NUMBERS = [  # RFC 8785, Appendix B
    ("0000000000000000", "0"), ("8000000000000000", "0"), ("0000000000000001", "5e-324"), ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"), ("ffefffffffffffff", "-1.7976931348623157e+308"), ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"), ("4430000000000000", "295147905179352830000"), ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"), ("44b52d02c7e14af7", "1.0000000000000001e+23"), ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"), ("444b1ae4d6e2ef50", "1e+21"), ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"), ("41b3de4355555553", "333333333.3333332"), ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"), ("41b3de4355555556", "333333333.3333334"), ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"), ("43143ff3c1cb0959", "1424953923781206.2"),
]  # fmt: skip


@pytest.mark.parametrize(("bits", "text"), RFC_NUMBERS)
def test_numbers_of_the_rfc(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json(value).decode() == text


def test_example_of_the_rfc() -> None:
    """RFC 8785, 3.2.2 to 3.2.4."""
    source = (
        b'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        b' "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}'
    )
    expected = '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_json(read_json(source, "x")) == expected.encode()


def test_keys_are_sorted_by_utf_16_units() -> None:
    """RFC 8785, 3.2.3: U+1F600 (two surrogates) comes before U+FB33, though its code point is larger."""
    names = {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\U0001f600": "Emoji: Grinning Face",
             "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}  # fmt: skip
    found = list(json.loads(canonical_json(names)).values())
    assert found == ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
                     "Hebrew Letter Dalet With Dagesh"]  # fmt: skip


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ((1, 2.0, -0.0), "[1,2,0]"),
        (100, "100"),
        (1e2, "100"),
        (2**53, "9007199254740992"),
        (55599229174286870, "55599229174286870"),
        (5.559922917428687e16, "55599229174286870"),
        (-(10**20), "-100000000000000000000"),
        (True, "true"),
        ({"b": 1, "a": {"d": None, "c": "占道"}}, '{"a":{"c":"占道","d":null},"b":1}'),
        (Colour.RED, '"red"'),
        ("\x7f\u2028", '"\x7f\u2028"'),
        ("\b\f\t\x01", '"\\b\\f\\t\\u0001"'),
    ],
)
def test_forms(value: Any, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"a": [1, math.nan]}, "document.a.1: nan is no JSON number"),
        ({"a": math.inf}, "document.a: inf is no JSON number"),
        (2**53 + 1, "document: is a whole number that a double cannot hold; write it as text"),
        ({"a": -(10**21)}, "document.a: is a whole number that a double cannot hold; write it as text"),
        (10**400, "document: is a whole number that a double cannot hold; write it as text"),
        ({"a": {1: 2}}, "document.a: the key 1 is no text"),
        ({"a": b"raw"}, "document.a: bytes is no JSON value"),
        ({"a": "\ud800"}, "document: holds half a character ('\\ud800'), which is no text"),
        ({"\udc00": 1}, "document: holds half a character ('\\udc00'), which is no text"),
        ({"a": {3, 4}}, "document.a: set is no JSON value"),
    ],
)
def test_what_has_no_canonical_form(value: Any, what: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical_json(value)
    assert str(caught.value) == what
    assert isinstance(caught.value, EvidenceError)


def test_nesting_is_bounded() -> None:
    value: Any = 1
    for _ in range(DEEPEST + 2):
        value = [value]
    with pytest.raises(CanonicalError, match="nested more than 64 levels deep"):
        canonical_json(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_the_form_says_the_same_and_is_its_own_form(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text, parse_int=float) == json.loads(json.dumps(value), parse_int=float)
    assert canonical_json(read_json(text, "x")) == text


def test_order_of_keys_and_spelling_of_numbers_change_no_hash() -> None:
    one, other = read_json(b'{"a": 1.0, "b": [2e1]}', "x"), read_json(b'{ "b" : [20], "a":1}', "x")
    assert manifest_sha256(one) == manifest_sha256(other) == sha256_hex(b'{"a":1,"b":[20]}')


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"a": 1, "a": 2}', "x: the key 'a' is there twice in one object"),
        (b'{"a": NaN}', "x: NaN is no JSON number"),
        (b"[-Infinity]", "x: -Infinity is no JSON number"),
        (b'{"a": ', "x: is not JSON: Expecting value (line 1, column 7)"),
        (b"", "x: is not JSON: Expecting value (line 1, column 1)"),
        (b"\xff\xfe", "x: is not UTF-8 (byte 0)"),
        (b"[" * 100_000, "x: is nested too deep"),
        (b"9" * 5000, "x: holds a number too long to read"),
    ],
)
def test_json_that_others_would_read_otherwise_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        read_json(data, "x")
    assert str(caught.value) == what


def test_a_number_too_large_for_a_double_has_no_form() -> None:
    with pytest.raises(CanonicalError, match="inf is no JSON number"):
        canonical_json(read_json(b"[1e400]", "x"))
