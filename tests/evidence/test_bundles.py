"""A packet in one body: what was written is read, and whatever is no such tar is one error."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.bundles import MOST_FILES, read_bundle, write_bundle
from evidence.errors import PacketError

FILES = {"a" * 64: b"picture", "b" * 64: b"", "c" * 64: bytes(100_000)}


def tar(change: Callable[[tarfile.TarInfo], None] = lambda entry: None, *, name: str = "a" * 64, form: int = tarfile.PAX_FORMAT, mode: str = "w") -> bytes:
    """A bundle whose one file is changed."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode=mode, format=form) as out:  # type: ignore[call-overload]
        first = tarfile.TarInfo("manifest.json")
        first.size = 2
        out.addfile(first, io.BytesIO(b"{}"))
        entry = tarfile.TarInfo(name)
        entry.size = 5
        change(entry)
        out.addfile(entry, io.BytesIO(b"12345"))
    return body.getvalue()


def test_what_was_written_is_read() -> None:
    bundle = read_bundle(write_bundle(b'{"manifest": {}}', FILES.items()))
    assert (bundle.manifest, bundle.files) == (b'{"manifest": {}}', FILES)


def of_type(kind: bytes) -> Callable[[tarfile.TarInfo], None]:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname, entry.size = kind, "/etc/passwd", 0

    return change


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "no tar", id="nothing"),
        pytest.param(b"{}" * 600, "no tar", id="JSON"),
        pytest.param(bytes(1024), "no manifest.json", id="an empty tar"),
        pytest.param(tar(mode="w:gz"), "no tar", id="packed"),
        pytest.param(tar(of_type(tarfile.SYMTYPE)), "no plain file", id="a link"),
        pytest.param(tar(of_type(tarfile.LNKTYPE)), "no plain file", id="a hard link"),
        pytest.param(tar(of_type(tarfile.FIFOTYPE)), "no plain file", id="a pipe"),
        pytest.param(tar(of_type(tarfile.DIRTYPE)), "no plain file", id="a folder"),
        pytest.param(tar(name="../../etc/cron.d/x"), "no SHA-256", id="a path"),
        pytest.param(tar(name="A" * 64), "no SHA-256", id="capitals"),
        pytest.param(tar(name="manifest.json"), "no SHA-256", id="two manifests"),
        pytest.param(tar()[: 1024 + 512 + 3], "ends before|no tar", id="cut off"),
        pytest.param(write_bundle(b"{}", [("a" * 64, b"x"), ("a" * 64, b"y")]), "twice", id="twice the same"),
        pytest.param(write_bundle(b"{}", ((f"{i:064x}", b"") for i in range(MOST_FILES + 1))), "more than 64", id="too many"),
    ],
)
def test_what_is_no_bundle_is_one_error(body: bytes, says: str) -> None:
    with pytest.raises(PacketError, match=says):
        read_bundle(body)


@given(st.binary(max_size=2000), st.integers(0, 3000), st.integers(0, 255))
def test_no_bytes_do_more_than_be_refused(noise: bytes, at: int, byte: int) -> None:
    whole = bytearray(write_bundle(b"{}", [("a" * 64, b"12345")]))
    whole[at % len(whole)] = byte
    for body in (noise, bytes(whole), bytes(whole)[: at % len(whole)]):
        with suppress(PacketError):
            read_bundle(body)
