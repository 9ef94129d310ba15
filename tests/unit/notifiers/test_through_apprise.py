"""apprise against a service on this machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from jupyter_dataops.errors import EnvironmentRefused, NotDelivered
from jupyter_dataops.extras import how_to_install
from jupyter_dataops.notices.text import Message, Tone
from jupyter_dataops.notifiers.through_apprise import AppriseNotifier, without_keys
from tests.support.notices import Sink, open_sink

MESSAGE = Message(
    "etl failed at load", "load: <b>KeyError</b>: 'a' & b\n\nmessage 0123456789abcdef", Tone.FAILURE, "0123"
)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


def test_the_message_arrives_as_it_was_written_with_its_id(sink: Sink) -> None:
    AppriseNotifier().send(sink.url, MESSAGE)
    (post,) = sink.posts
    assert (post.title, post.body, post.kind, post.key) == (MESSAGE.title, MESSAGE.body, "failure", "0123")


def test_what_the_url_says_itself_wins(sink: Sink) -> None:
    AppriseNotifier().send(f"{sink.url}?+idempotency-key=mine&rto=3", MESSAGE)
    assert [post.key for post in sink.posts] == ["mine"]


def test_a_service_that_refuses_is_told_of_with_what_it_said(sink: Sink) -> None:
    sink.status = 403
    with pytest.raises(NotDelivered, match="403"):
        AppriseNotifier().send(f"{sink.url}s3cr3t-token", MESSAGE)
    assert len(sink.posts) == 1


def test_a_service_that_does_not_answer_in_time_is_no_success(sink: Sink) -> None:
    sink.go.clear()
    with pytest.raises(NotDelivered):
        AppriseNotifier().send(f"{sink.url}?rto=0.2", MESSAGE)


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:9/s3cr3t-token", "nosuch://s3cr3t-token", "slack://s3cr3t-token", "json://"]
)
def test_no_error_has_a_key_in_it(url: str) -> None:
    with pytest.raises(NotDelivered) as caught:
        AppriseNotifier().send(url, MESSAGE)
    assert "s3cr3t" not in str(caught.value)


def test_parts_of_a_url_are_masked_however_they_are_spelled() -> None:
    assert (
        without_keys("json://ana:pass%2Fword@host.example/a/tok?x=abcd", "pass/word pass%2Fword abcd a")
        == "*** *** *** a"
    )


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(EnvironmentRefused, match=re.escape(how_to_install("notifications"))):
        AppriseNotifier().require()
