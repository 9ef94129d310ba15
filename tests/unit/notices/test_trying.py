"""What follows a try to send a message."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from jupyter_dataops.ids import Token
from jupyter_dataops.notices import trying
from jupyter_dataops.states import NoticeState
from tests.support.notices import a_notice
from tests.support.stores import at

ME = Token("me")


def test_what_fails_is_tried_again_later_each_time_and_then_given_up() -> None:
    notice, now, pauses = a_notice(), at(), []
    while True:
        notice = trying.failed(trying.taken(notice, ME, now + timedelta(seconds=60)), now, "no")
        if notice.state is NoticeState.GIVEN_UP:
            break
        pauses.append(notice.next_at - now)
        now = notice.next_at
    assert (notice.state, notice.attempts, notice.error) == (NoticeState.GIVEN_UP, trying.MOST_TRIES, "no")
    assert pauses == sorted(pauses) == list(trying.PAUSES)
    assert (notice.claimed_by, notice.lease_until, notice.ended_at) == (None, None, now)


def test_what_was_sent_says_when_and_forgets_its_trouble() -> None:
    claim = trying.taken(a_notice(error="no", attempts=1), ME, at(60))
    sent = trying.sent(claim, at(5))
    assert (sent.state, sent.ended_at, sent.error, sent.attempts, sent.claimed_by) == (
        NoticeState.SENT, at(5), "", 2, None,
    )  # fmt: skip


def test_what_could_not_even_be_tried_here_costs_no_try_and_is_given_up_after_days() -> None:
    claim = trying.taken(a_notice(), ME, at(60))
    later = trying.not_here(claim, at(5), "no URL")
    assert (later.state, later.attempts, later.next_at) == (NoticeState.WAITING, 0, at(5) + trying.NOT_HERE)
    assert trying.not_here(claim, at() + trying.TOO_OLD, "no URL").state is NoticeState.GIVEN_UP


def test_a_claim_counts_as_a_try_so_what_kills_whoever_sends_it_ends() -> None:
    assert trying.exhausted(a_notice(attempts=trying.MOST_TRIES - 1), at()) is None
    given_up = trying.exhausted(replace(a_notice(), attempts=trying.MOST_TRIES, claimed_by=ME), at(1))
    assert given_up is not None
    assert (given_up.state, given_up.claimed_by) == (NoticeState.GIVEN_UP, None)
    assert "died" in given_up.error


def test_while_it_is_claimed_it_is_due_again_when_the_claim_ends() -> None:
    assert trying.taken(a_notice(), ME, at(60)).next_at == at(60)
