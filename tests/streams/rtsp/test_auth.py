from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtsp.auth import Challenge, Credentials, digest, parse_challenges, parse_parameters, verify


@pytest.mark.parametrize(
    ("algorithm", "answer"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, answer: str) -> None:
    asked = {"realm": "http-auth@example.org", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "algorithm": algorithm}
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    assert digest("Mufasa", "Circle of Life", "GET", "/dir/index.html", asked, qop="auth", count="00000001", cnonce=cnonce) == answer


@pytest.mark.parametrize(("algorithm", "name"), [("MD5-sess", "md5"), ("SHA-256-sess", "sha256")])
def test_the_session_form_binds_the_password_to_both_nonces(algorithm: str, name: str) -> None:
    def h(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    expected = h(h(h("u:r:p") + ":n:c") + ":n:00000001:c:auth:" + h("PLAY:rtsp://h/1"))
    assert digest("u", "p", "PLAY", "rtsp://h/1", {"realm": "r", "nonce": "n", "algorithm": algorithm}, qop="auth", count="00000001", cnonce="c") == expected


def test_without_qop_the_form_of_rfc_2069_is_used() -> None:
    asked = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    assert digest("Mufasa", "Circle Of Life", "GET", "/dir/index.html", asked) == "670fd8c2df070c60b045671b8b24ff02"


@pytest.mark.parametrize(
    ("fields", "schemes"),
    [
        (('Basic realm="a"',), ["basic"]),
        (('Basic realm="a"', 'Digest realm="a", nonce="n"'), ["MD5", "basic"]),
        (('Digest realm="a", nonce="m", algorithm=MD5', 'Digest realm="a", nonce="n", algorithm=SHA-256'), ["SHA-256", "MD5"]),
        (('Digest realm="a", nonce="n", Basic realm="b"',), ["MD5", "basic"]),
        (('Basic realm="b", Digest realm="a", nonce="n"',), ["MD5", "basic"]),
        (('Digest realm="a, Basic realm=x", nonce="n"',), ["MD5"]),
        (('digest realm="a",nonce="n",qop="auth,auth-int"',), ["MD5"]),
        (('Digest realm="a", nonce="n", qop="auth-int"',), []),
        (('Digest realm="a", nonce="n", algorithm=MD5-sess',), []),
        (('Digest realm="a", nonce="n", qop="auth", algorithm=SHA-256-sess', 'Digest realm="a", nonce="n"'), ["SHA-256-SESS", "MD5"]),
        (('Digest realm="a"',), []),
        (("Bearer realm=x",), []),
        (("",), []),
    ],
    ids=["basic", "digest first", "SHA-256 first", "two in one field", "two in one field, turned", "a realm like a scheme", "no spaces", "auth-int only",
         "session form without qop", "session form", "no nonce", "unknown", "empty"],
)  # fmt: skip
def test_the_strongest_challenge_that_can_be_answered_comes_first(fields: tuple[str, ...], schemes: list[str]) -> None:
    found = [one.algorithm if one.scheme == "digest" else "basic" for one in parse_challenges(fields)]
    assert found == schemes


def test_several_challenges_in_one_field_keep_their_own_realms() -> None:
    strong, weak = parse_challenges(('Digest realm="a", nonce="n", Basic realm="b"',))
    assert (strong.parameters["realm"], weak.parameters["realm"]) == ("a", "b")


@pytest.mark.parametrize(
    ("algorithm", "qop"),
    [
        *((algorithm, qop) for algorithm in ("", ", algorithm=MD5", ", algorithm=SHA-256") for qop in ("", ', qop="auth"')),
        (", algorithm=MD5-sess", ', qop="auth"'), (", algorithm=SHA-256-sess", ', qop="auth,auth-int"'),
    ],
)  # fmt: skip
def test_both_sides_agree(qop: str, algorithm: str) -> None:
    credentials = Credentials('in"spec\\tor', "p@ss:w/rd 密码")
    (credentials.challenge,) = parse_challenges((f'Digest realm="摄像机 \\"1\\"", nonce="n1"{qop}{algorithm}, opaque="o"',))
    answer = credentials.header("DESCRIBE", "rtsp://h/1")
    assert answer is not None
    asked = {"username": 'in"spec\\tor', "realm": '摄像机 "1"', "nonce": "n1"}
    assert verify(answer, "DESCRIBE", password="p@ss:w/rd 密码", **asked)
    assert not verify(answer, "DESCRIBE", password="p@ss:w/rd", **asked)
    assert not verify(answer, "SETUP", password="p@ss:w/rd 密码", **asked)
    assert 'opaque="o"' in answer


def test_answers_are_counted_for_each_nonce_and_never_the_same() -> None:
    credentials = Credentials("u", "p", Challenge("digest", {"realm": "r", "nonce": "n1", "qop": "auth"}))
    seen = [parse_parameters(credentials.header("OPTIONS", "rtsp://h/1") or "") for _ in range(3)]
    credentials.challenge = Challenge("digest", {"realm": "r", "nonce": "n2", "qop": "auth", "stale": "true"})
    seen.append(parse_parameters(credentials.header("OPTIONS", "rtsp://h/1") or ""))
    assert [one["nc"] for one in seen] == ["00000001", "00000002", "00000003", "00000001"]
    assert len({one["cnonce"] for one in seen}) == 4


def test_a_realm_in_another_encoding_goes_back_byte_for_byte() -> None:
    realm = "摄像机".encode("gb18030").decode("utf-8", "surrogateescape")
    credentials = Credentials("u", "p")
    (credentials.challenge,) = parse_challenges((f'Digest realm="{realm}", nonce="n"',))
    answer = credentials.header("OPTIONS", "rtsp://h/1")
    assert answer is not None
    assert "摄像机".encode("gb18030") in answer.encode("utf-8", "surrogateescape")


def test_a_password_is_in_no_repr() -> None:
    assert "secret" not in repr(Credentials("u", "secret"))


@pytest.mark.parametrize(
    "field",
    ["Digest " + "a" * 65536, "Digest " + 'a="' * 20000, "Digest " + "a=" * 30000, 'Digest a="' + "\\" * 65536, "," * 65536, "Digest " + " " * 65536],
    ids=["one long name", "open quotes", "names without values", "escapes", "commas", "spaces"],
)
def test_a_hostile_field_costs_no_time(field: str) -> None:
    began = time.process_time()
    parse_challenges((field,) * 20)
    assert time.process_time() - began < 0.5


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_field_is_taken_quietly(challenge: str, answer: str) -> None:
    for value in (challenge, f"Digest {challenge}", f'Digest nonce="n", {challenge}'):
        for one in parse_challenges((value,)):
            Credentials("u", "p", one).header("OPTIONS", "rtsp://h/1")
    for header in (answer, f"Basic {answer}", f'Digest username="u", nonce="n", {answer}'):
        verify(header, "OPTIONS", username="u", password="p", realm="r", nonce="n")
