"""Passwords: argon2id, what a new one must be, and no difference between a wrong one and nobody."""

from __future__ import annotations

import pytest

from api import passwords
from api.errors import Unusable


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    kept = passwords.hashed("vier Worte am Fluss")
    assert kept.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert passwords.hashed("vier Worte am Fluss") != kept
    assert passwords.fits("vier Worte am Fluss", kept)
    assert not passwords.fits("vier Worte am fluss", kept)
    assert not passwords.fits("vier Worte am Fluss", None)
    assert not passwords.fits("vier Worte am Fluss", "no hash")
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("kurz", "at least 12", id="short"),
        pytest.param("x" * 300, "at most 256", id="endless"),
        pytest.param("aaaaaaaaaaaaaa", "tries first", id="one key held down"),
        pytest.param("Password2026!!", "tries first", id="a word that all take, with digits"),
        pytest.param("Admin123Admin123", "tries first", id="the same twice"),
        pytest.param("qwertyuiop12", "tries first", id="a row of keys"),
        pytest.param("1234567890123", "tries first", id="digits in order"),
        pytest.param("dragon monkey 2026", "tries first", id="two words that all take"),
        pytest.param("PasswordPassw0rd", "tries first", id="the same in two spellings"),
        pytest.param("camera camera 12", "tries first here", id="a word of the trade twice"),
        pytest.param("my dahua dahua", "tries first here", id="a word of the trade after another"),
        pytest.param("Fluss H-i-k vision am Ufer", "tries first here", id="a word of the trade in pieces"),
        pytest.param("大华 单车 风筝 夜市 雨伞", "tries first here", id="a word of the trade in Chinese"),
        pytest.param("....----....----....1", "tries first", id="digits and signs alone"),
        pytest.param("li na is the best", "name or the unit", id="part of the unit"),
        pytest.param("李娜 walks by the river", "name or the unit", id="the name"),
    ],
)
def test_a_new_password_that_will_not_do(password: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as caught:
        passwords.check_new(password, "李娜", "best unit")
    assert password not in caught.value.detail


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Li Na", "Li Na reviews 2026", id="a name of short words"),
        pytest.param("Li Na", "the LINA of the river", id="without its space"),
        pytest.param("Li Na", "river l-i.n_a and boats", id="however it is spaced"),
        pytest.param("Li Na", "reviews by ｌｉ ｎａ 2026", id="in wide letters"),
        pytest.param("Ｌｉ Ｎａ", "Li Na reviews 2026", id="a name in wide letters"),
        pytest.param("Wang Wei", "wangs nine quiet roofs", id="a word of the name"),
        pytest.param("Wu", "Wu and nine quiet roofs", id="the shortest name, as a word"),
        pytest.param("Groß", "GROSS und neun Dächer", id="folded"),
        pytest.param("李 娜", "李娜 walks by the river", id="Chinese with a space"),
    ],
)
def test_no_password_holds_the_name(name: str, password: str) -> None:
    with pytest.raises(Unusable, match="name or the unit"):
        passwords.check_new(password, name, None)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Wu", "swung over nine roofs", id="a short name within another word"),
        pytest.param("Li Na", "nine lilies near a quiet roof", id="a short word of the name alone"),
    ],
)
def test_two_letters_alone_are_no_name(name: str, password: str) -> None:
    passwords.check_new(password, name, None)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "a dragon over nine quiet roofs", "街灯 河水 单车 风筝 夜市 雨伞", "x7#Kp!2mQz9w", passwords.new_password()],
    ids=["four words", "a sentence", "Chinese", "signs", "one of ours"],
)
def test_a_new_password_that_will_do(password: str) -> None:
    passwords.check_new(password, "Li Na", "Jing'an")


def test_first_passwords_are_long_and_differ() -> None:
    assert len({passwords.new_password() for _ in range(50)}) == 50
    assert len(passwords.new_password()) == 29
