from __future__ import annotations

import pytest

from streams.errors import LoginPaused
from streams.logins import PROOF_SECONDS, Logins, account

KEY = account(("h", 554), ("admin", "p"))


def test_an_account_is_a_place_a_user_and_a_password_that_cannot_be_read() -> None:
    assert account(("h", 554), ("admin", "p")) == KEY
    assert len({KEY, account(("h", 555), ("admin", "p")), account(("h", 554), ("viewer", "p")), account(("h", 554), ("admin", "q"))}) == 4
    assert "secret" not in repr(account(("h", 554), ("admin", "secret")))


def test_one_login_at_a_time_until_one_succeeds() -> None:
    logins = Logins()
    assert logins.claim(KEY, "a", 0.0)
    assert logins.claim(KEY, "a", 0.1), "a stale nonce is answered by the same camera"
    assert not logins.claim(KEY, "b", 0.1)
    logins.accepted(KEY, "a", 0.2)
    assert logins.claim(KEY, "b", 0.3)
    assert logins.claim(KEY, "c", 0.3)


def test_a_success_speaks_for_a_minute() -> None:
    logins = Logins()
    logins.claim(KEY, "a", 0.0)
    logins.accepted(KEY, "a", 0.0)
    assert logins.claim(KEY, "b", PROOF_SECONDS + 1)
    assert not logins.claim(KEY, "c", PROOF_SECONDS + 1), "the password may have been changed since"


def test_a_login_that_ends_without_an_answer_lets_the_next_one_try() -> None:
    logins = Logins()
    logins.claim(KEY, "a", 0.0)
    logins.release(KEY, "b")
    assert not logins.claim(KEY, "b", 1.0)
    logins.release(KEY, "a")
    assert logins.claim(KEY, "b", 1.0)


def test_after_a_refusal_nobody_tries_until_the_pause_is_over() -> None:
    logins = Logins()
    logins.claim(KEY, "a", 0.0)
    logins.refused(KEY, "a", 0.0, 1.0)
    for who in ("a", "b"):
        with pytest.raises(LoginPaused, match="tried again in 20 s"):
            logins.claim(KEY, who, 100.0)
    assert logins.claim(account(("h", 554), ("admin", "other")), "b", 100.0), "another password is another matter"
    assert logins.claim(KEY, "b", 120.0, path="/b")


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("worked_before", [False, True])
def test_wrong_logins_in_a_day_are_few_however_many_cameras_try(chance: float, worked_before: bool) -> None:
    logins = Logins()
    if worked_before:
        logins.accepted(KEY, "before", -100.0, path="0")
    tried: list[int] = []
    for second in range(0, 24 * 3600, 20):
        for who in range(16):
            try:
                if logins.claim(KEY, who, second, path=str(who)):
                    tried.append(second)
                    logins.refused(KEY, who, second, chance, path=str(who))
            except LoginPaused:
                pass
    assert max(sum(1 for second in tried if start <= second < start + 1800) for start in tried) <= 5
    assert len(tried) < 110, "86,400 s in pauses of at least 900"


def test_a_success_ends_the_pauses() -> None:
    logins = Logins()
    for at in (0.0, 1000.0):
        assert logins.claim(KEY, "a", at)
        logins.refused(KEY, "a", at, 1.0)
    assert logins.claim(KEY, "a", 1270.0)
    logins.accepted(KEY, "a", 1270.0)
    logins.claim(KEY, "a", 5000.0)
    logins.refused(KEY, "a", 5000.0, 1.0)
    assert logins.claim(KEY, "a", 5120.0)


class TestAPathThatIsRefused:
    def test_it_leaves_the_account_to_the_others(self) -> None:
        logins = Logins()
        logins.accepted(KEY, "good", 0.0, path="/1")
        assert logins.claim(KEY, "bad", 1.0, path="/2")
        logins.refused(KEY, "bad", 1.0, 1.0, path="/2")
        assert logins.claim(KEY, "other", 2.0, path="/3")
        assert not logins.claim(KEY, "third", 2.0, path="/4"), "the next one goes alone: the password may have been changed"
        logins.accepted(KEY, "other", 2.0, path="/3")
        assert logins.claim(KEY, "third", 3.0, path="/4")
        with pytest.raises(LoginPaused, match="for this path") as paused:
            logins.claim(KEY, "bad again", 3.0, path="/2")
        assert paused.value.seconds == 118.0

    def test_it_is_known_the_next_time_however_late(self) -> None:
        logins = Logins()
        logins.accepted(KEY, "good", 0.0, path="/1")
        for second in (1000.0, 2000.0, 4000.0):
            assert logins.claim(KEY, second, second, path="/2")
            logins.refused(KEY, second, second, 1.0, path="/2")
            assert logins.claim(KEY, "good", second, path="/1")
            logins.accepted(KEY, "good", second, path="/1")

    def test_where_it_came_first_another_one_goes_first_after_the_pause(self) -> None:
        logins = Logins()
        logins.claim(KEY, "bad", 0.0, path="/2")
        logins.refused(KEY, "bad", 0.0, 1.0, path="/2")
        with pytest.raises(LoginPaused):
            logins.claim(KEY, "bad", 120.0, path="/2")
        assert logins.claim(KEY, "good", 120.0, path="/1")
        logins.accepted(KEY, "good", 120.1, path="/1")
        assert logins.claim(KEY, "bad", 133.0, path="/2")
        logins.refused(KEY, "bad", 133.0, 1.0, path="/2")
        assert logins.claim(KEY, "third", 134.0, path="/3")

    def test_a_second_one_is_a_changed_password(self) -> None:
        logins = Logins()
        logins.accepted(KEY, "a", 0.0, path="/1")
        logins.refused(KEY, "a", 10.0, 0.0, path="/1")
        assert logins.claim(KEY, "b", 10.0, path="/2")
        logins.refused(KEY, "b", 10.0, 0.0, path="/2")
        with pytest.raises(LoginPaused):
            logins.claim(KEY, "c", 200.0, path="/3")

    def test_addresses_that_are_new_each_time_are_forgotten(self) -> None:
        logins = Logins()
        for number in range(1000):
            logins.refused(KEY, "a", 0.0, 0.0, path=f"/{number}")
        assert len(logins._accounts[KEY].paths) == 256
