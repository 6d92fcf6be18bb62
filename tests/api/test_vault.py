"""Logins are sealed under a key from the environment, for one camera each."""

from __future__ import annotations

import base64

import pytest

from api.errors import Conflict, StartError
from api.vault import VARIABLE, Vault

OLD, NEW = (base64.b64encode(bytes([byte]) * 32).decode() for byte in (1, 2))


def vault(*keys: str) -> Vault:
    return Vault.of({VARIABLE: ", ".join(keys)})


def test_what_is_sealed_opens_for_its_camera_only() -> None:
    sealed = vault(OLD).seal("secret 密码", "gate-1")
    assert "secret" not in sealed
    assert sealed != vault(OLD).seal("secret 密码", "gate-1")
    assert vault(OLD).open(sealed, "gate-1") == "secret 密码"
    for other, camera in ((vault(OLD), "gate-2"), (vault(NEW), "gate-1"), (vault(), "gate-1")):
        with pytest.raises(Conflict, match="cannot be opened") as caught:
            other.open(sealed, camera)
        assert "secret" not in str(caught.value)


def test_a_changed_byte_is_found() -> None:
    key_id, _, data = vault(OLD).seal("secret", "gate-1").partition(":")
    raw = bytearray(base64.b64decode(data))
    raw[-1] ^= 1
    with pytest.raises(Conflict, match="cannot be opened"):
        vault(OLD).open(f"{key_id}:{base64.b64encode(raw).decode()}", "gate-1")


def test_a_key_is_changed() -> None:
    sealed = vault(OLD).seal("secret", "gate-1")
    both = vault(NEW, OLD)
    assert both.open(sealed, "gate-1") == "secret"
    assert vault(NEW).open(both.seal("secret", "gate-1"), "gate-1") == "secret"


def test_without_a_key_nothing_is_kept() -> None:
    with pytest.raises(Conflict, match=VARIABLE):
        vault().seal("secret", "gate-1")


@pytest.mark.parametrize("text", ["short", base64.b64encode(bytes(16)).decode(), "!" * 44, f"{OLD},x"], ids=["short", "128 bits", "no base64", "one of two"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(StartError, match=VARIABLE) as caught:
        vault(text)
    assert text not in str(caught.value)


def test_keys_are_in_no_repr() -> None:
    assert OLD not in repr(vault(OLD))
    assert str(bytes([1]) * 32) not in repr(vault(OLD))
