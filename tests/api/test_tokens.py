"""The first tokens, on disk and in the database."""

from __future__ import annotations

import stat

import pytest

from api import people, tokens
from api.errors import StartError
from api.moments import utc_now
from api.roles import Caller, Role
from api.schema import people as people_table
from api.service import opened
from api.settings import Settings
from api.shapes_people import PersonRequest


def test_they_are_made_at_the_first_start_and_kept(settings: Settings) -> None:
    with opened(settings) as api:
        first = api.first_tokens
    assert set(first) == {Role.REVIEWER, Role.ADMIN, Role.WORKER}
    for role, token in first.items():
        path = settings.tokens_dir / f"{role.value}.token"
        assert path.read_text().strip() == token
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(token) > 40
    with opened(settings) as api:
        assert api.first_tokens == first


def test_the_database_holds_no_token(settings: Settings) -> None:
    with opened(settings) as api:
        first = api.first_tokens
    data = b"".join(path.read_bytes() for path in settings.data_dir.glob("curbwatch.sqlite*"))
    assert all(token.encode() not in data for token in first.values())


def test_a_removed_file_makes_a_new_token_and_revokes_the_old(settings: Settings) -> None:
    with opened(settings) as api:
        old = api.first_tokens[Role.REVIEWER]
    (settings.tokens_dir / "reviewer.token").unlink()
    with opened(settings) as api:
        assert api.first_tokens[Role.REVIEWER] != old
        with api.database.read() as connection:
            assert tokens.caller_by_token(connection, old, utc_now()) is None
            caller = tokens.caller_by_token(connection, api.first_tokens[Role.REVIEWER], utc_now())
        assert caller is not None
        assert (caller.name, caller.role) == ("reviewer", Role.REVIEWER)


def test_a_first_token_that_was_revoked_does_not_keep_the_api_from_starting(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody revoked it once people existed, as is right; and a reboot comes at night."""
    with opened(settings) as api, api.database.write() as connection:
        row = next(row for row in tokens.all_tokens(connection) if row.name == "reviewer")
        tokens.revoke(connection, row.id, utc_now())
        old = api.first_tokens
    with opened(settings) as api:
        assert api.first_tokens == {role: token for role, token in old.items() if role is not Role.REVIEWER}
        assert "reviewer.token: holds a token that is not in force any more" in caplog.text
        with api.database.read() as connection:
            assert tokens.caller_by_token(connection, old[Role.REVIEWER], utc_now()) is None


@pytest.mark.parametrize(
    ("who", "made"), [("nobody", True), ("a person", False), ("a person who is disabled", True), ("a token", False), ("of a district", True)]
)
def test_another_first_token_is_made_only_where_nobody_else_could_do_it(settings: Settings, who: str, made: bool) -> None:
    with opened(settings) as api, api.database.write() as connection:
        now = utc_now()
        if who.startswith("a person"):
            told = PersonRequest(name="Li Na", role=Role.REVIEWER, districts=["*"])
            people.add(connection, told, "hash", Caller("ada", Role.ADMIN), now)
        if "disabled" in who:
            connection.execute(people_table.update().values(disabled_at=now))
        if who == "a token":
            tokens.new_token(connection, Role.REVIEWER, "Li Na", now)
        if who == "of a district":
            tokens.new_token(connection, Role.REVIEWER, "Li Na", now, districts=frozenset({"lixia"}))
    (settings.tokens_dir / "reviewer.token").unlink()
    with opened(settings) as api:
        assert (Role.REVIEWER in api.first_tokens) is made
        assert (settings.tokens_dir / "reviewer.token").exists() is made
        assert Role.ADMIN in api.first_tokens


def test_a_new_database_knows_the_tokens_of_the_files(settings: Settings) -> None:
    with opened(settings) as api:
        first = api.first_tokens
    for path in settings.data_dir.glob("curbwatch.sqlite*"):
        path.unlink()
    with opened(settings) as api:
        assert api.first_tokens == first
        with api.database.read() as connection:
            assert tokens.caller_by_token(connection, first[Role.ADMIN], utc_now()) is not None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe"], ids=["empty", "short", "no text"])
def test_a_file_that_holds_no_token(settings: Settings, content: bytes) -> None:
    settings.tokens_dir.mkdir(parents=True)
    (settings.tokens_dir / "admin.token").write_bytes(content)
    with pytest.raises(StartError, match=r"admin\.token.*remove it"), opened(settings):
        pass


def test_tokens_are_in_no_repr(settings: Settings) -> None:
    with opened(settings) as api:
        assert all(token not in repr(api) for token in api.first_tokens.values())
