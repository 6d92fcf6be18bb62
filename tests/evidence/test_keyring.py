from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.errors import KeyFileError
from evidence.keyring import MOST_KEY_FILE_BYTES, Keyring, KnownKey, parse_keys, read_key_file
from evidence.signing import SigningKey

KEY = SigningKey.generate().public_key
WORD = KEY.to_base64()


@pytest.mark.parametrize(
    ("line", "role", "name"),
    [
        (WORD, None, None),
        (f"{WORD} worker", "worker", None),
        (f"  {WORD}   worker:street-1  # the north of the city", "worker", "street-1"),
        (f"{WORD} worker: 北区 一号", "worker", "北区 一号"),
        (f"\ufeff{WORD} api # key id {KEY.key_id}", "api", None),
        (f"# keys of the city\n\n{WORD} api\n", "api", None),
    ],
    ids=["the key alone", "a role", "a name", "a name with a space", "a byte order mark", "words before it"],
)
def test_a_line_tells_whose_key_it_is(line: str, role: str | None, name: str | None) -> None:
    (known,) = parse_keys(line.encode(), "k")
    assert (known.key, known.role, known.name) == (KEY, role, name)
    assert parse_keys(str(known).encode(), "k") == [known]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "k: holds no public key"),
        (b"# nothing yet\n", "k: holds no public key"),
        (b"abc", "k: line 1: a public key is base64 of 32 bytes"),
        (f"{WORD}\n{WORD} police".encode(), "k: line 2: after the key comes whose it is: worker, worker:NAME or api"),
        (b"-----BEGIN PRIVATE KEY-----", "k: holds a private key; give the public ones"),
        (b"\xff\xfe", "k: is no text file of public keys"),
        (b"#" * (MOST_KEY_FILE_BYTES + 1), "k: is larger than 1 MiB"),
    ],
    ids=["empty", "words alone", "no key", "another role", "a private key", "no text", "giant"],
)
def test_a_bad_key_file_is_one_line(text: bytes, what: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_keys(text, "k")
    assert str(caught.value).startswith(what)
    assert "\n" not in str(caught.value)


ANSWER = {"api": {"name": "api", "key_id": "x", "public_key": WORD}, "workers": [{"name": "w1", "key_id": "y", "public_key": WORD, "more": 1}]}


def test_what_the_case_api_answers_is_a_key_file() -> None:
    assert parse_keys(json.dumps(ANSWER).encode(), "k") == [KnownKey(KEY, "api"), KnownKey(KEY, "worker", "w1")]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("{", "k: is not JSON"),
        ('{"detail": "no such token"}', "k: api: is missing; a JSON file of keys is what the case API answers to GET /keys"),
        (json.dumps({**ANSWER, "workers": [{"public_key": "AA"}]}), "k: workers.0: a public key is base64 of 32 bytes"),
    ],
)
def test_an_answer_without_keys_is_one_line(answer: str, what: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_keys(answer.encode(), "k")
    assert str(caught.value).startswith(what)


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"city\.pub: cannot be read as a file of public keys \(No such file"):
        read_key_file(tmp_path / "city.pub")


def test_of_one_key_the_line_that_knows_more_counts() -> None:
    known = KnownKey(KEY, "worker", "w1")
    ring = Keyring([known, KnownKey(KEY), KnownKey(KEY, "worker"), KEY])
    assert len(ring) == 1
    assert ring.find(KEY.key_id) == known
    assert ring.find("0" * 16) is None
