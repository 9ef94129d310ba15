"""Sending what waits: with a notifier that remembers, and a clock that is moved."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.api.notifying import Sender, address_of, note_late, receivers_in, settings_finder
from jupyter_dataops.api.trials import send_trials
from jupyter_dataops.config import Notification, Settings
from jupyter_dataops.errors import ConfigError, EnvironmentRefused
from jupyter_dataops.events import RunFinished
from jupyter_dataops.notices import trying
from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.states import NoticeState, Notified, RunState
from tests.support.notices import FakeNotifier, LaterClock, a_receiver, a_run_for, told
from tests.support.stores import RUN, TOKEN, a_start, at, keep, stores_in_memory

ONE, TWO = "json://one/token", "json://two/token"


class Post:
    """A store with a run that failed, and somebody who sends."""

    def __init__(self, *urls: str, **receiver: Any) -> None:
        self.stores, self.notifier, self.clock = stores_in_memory(), FakeNotifier(), LaterClock()
        self.settings = Settings(store="s", jobs=1, notifications={"team": Notification(urls, link="https://h")})
        self.run = a_run_for(a_receiver(places=len(urls), **receiver))
        keep(self.stores.runs, self.run)
        self.stores.runs.apply(a_start(), None)

    def fail(self) -> None:
        self.clock.at = at(10)
        self.stores.runs.apply(RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), TOKEN)

    def settings_for(self, _notice: NoticeRecord) -> Settings:
        return self.settings

    def send(self, *, early: bool = False, within_s: float = 20) -> list[NoticeRecord]:
        sender = Sender(self.stores, self.settings_for, self.notifier, self.clock, within_s)
        return sender.send_all(early=early)

    @property
    def states(self) -> list[str]:
        return [one.state.value for one in self.stores.notices.get_notices(RUN)]


@pytest.fixture
def post() -> Post:
    made = Post(ONE, TWO)
    made.fail()
    return made


def test_every_address_has_the_message_once(post: Post) -> None:
    assert len(post.send()) == 2
    assert post.send() == []
    assert sorted(url for url, _ in post.notifier.sent) == [ONE, TWO]
    assert {message.title for _, message in post.notifier.sent} == {"etl failed"}
    assert all(f"https://h/{RUN}" in message.body for _, message in post.notifier.sent)
    assert post.states == ["sent", "sent"]


def test_an_address_that_refuses_is_tried_again_and_the_other_is_not(post: Post) -> None:
    post.notifier.refuse(ONE, "404")
    post.send()
    assert post.states == ["waiting", "sent"]
    post.notifier.raises.clear()
    assert post.send() == []  # not yet
    post.clock.pass_time(seconds=trying.PAUSES[0].total_seconds())
    post.send()
    assert [url for url, _ in post.notifier.sent] == [TWO, ONE]
    assert post.states == ["sent", "sent"]


def test_an_address_that_always_refuses_is_given_up_with_its_reason(post: Post) -> None:
    post.notifier.refuse(ONE, "404")
    for _ in range(trying.MOST_TRIES):
        post.send()
        post.clock.pass_time(hours=5)
    assert post.states == ["given_up", "sent"]
    first = post.stores.notices.get_notices(RUN)[0]
    assert (first.attempts, first.error) == (trying.MOST_TRIES, "404")
    assert post.send() == []


def test_one_that_does_not_answer_holds_up_no_other_and_counts_as_failed(post: Post) -> None:
    post.notifier.waits[ONE] = threading.Event()
    outcomes = {one.place: one for one in post.send(within_s=0.2)}
    post.notifier.waits[ONE].set()
    assert (outcomes[0].state, outcomes[0].error) == (NoticeState.WAITING, "no answer within 0.2 s")
    assert outcomes[1].state is NoticeState.SENT
    assert post.states == ["waiting", "sent"]


def test_a_defect_of_a_service_is_a_failed_try(post: Post) -> None:
    post.notifier.raises[ONE] = ZeroDivisionError("token")
    post.send()
    assert post.stores.notices.get_notices(RUN)[0].error == "ZeroDivisionError inside jupyter-dataops"


def test_without_apprise_messages_wait_and_say_why(post: Post) -> None:
    post.notifier.missing = EnvironmentRefused("no apprise", hint="pip install it")
    post.send()
    first = post.stores.notices.get_notices(RUN)[0]
    assert (first.state, first.attempts, first.error) == (NoticeState.WAITING, 0, "no apprise; pip install it")


def test_an_address_that_is_elsewhere_or_gone_waits_for_somebody_who_has_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEAM_URL", raising=False)
    post.settings = replace(post.settings, notifications={"team": Notification(("env:TEAM_URL",))})
    post.send()
    errors = [one.error for one in post.stores.notices.get_notices(RUN)]
    assert "no URL is at env:TEAM_URL" in errors[0]
    assert "has no such address any more" in errors[1]
    monkeypatch.setenv("TEAM_URL", ONE)
    post.clock.pass_time(minutes=5)
    post.send()
    assert [url for url, _ in post.notifier.sent] == [ONE]


def test_early_tries_again_at_once_but_not_for_ever(post: Post) -> None:
    post.notifier.refuse(ONE)
    post.send()
    assert [one.attempts for one in post.send(early=True)] == [2]


def test_settings_that_cannot_be_read_are_no_try(post: Post) -> None:
    def broken(_notice: NoticeRecord) -> Settings:
        raise ConfigError("no such key")

    outcomes = Sender(post.stores, broken, post.notifier, post.clock).send_all()
    assert {(one.state, one.attempts, one.error) for one in outcomes} == {(NoticeState.WAITING, 0, "no such key")}


def test_lateness_is_noted_once() -> None:
    post = Post(ONE, late_after_s=5)
    post.clock.at = at(6)
    for _ in range(2):
        note_late(post.stores, post.clock)
    assert told(post.stores.notices.get_notices(RUN)) == ["late team/0"]
    post.send()
    (sent,) = post.notifier.sent
    assert sent[1].title == "etl is late"


def test_settings_are_those_beside_the_notebook_but_for_ones_own_run(tmp_path: Path) -> None:
    (tmp_path / "dataops.toml").write_text('[env.prod.notifications.boss]\nurls = "json://boss"\n')
    own = Settings(store=str(tmp_path / "s"), jobs=1)
    run = a_run_for()
    find = settings_finder(own, run)
    notice = NoticeRecord("k", "boss", 0, Notified.FAILED, at(), at(), str(tmp_path / "etl.ipynb"), "prod", run.run_id)
    assert find(notice) is own
    found = find(replace(notice, run_id=None))
    assert (found.notifications["boss"].urls, found.store) == (("json://boss",), own.store)


def test_whom_settings_tell() -> None:
    settings = Settings(store="s", jobs=1, notifications={"team": Notification((ONE, TWO), ("late",), 60.0)})
    assert receivers_in(settings) == [a_receiver(Notified.LATE, places=2, late_after_s=60.0)]


def test_a_url_may_stand_in_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_URL", ONE)
    (tmp_path / "url").write_text(f"{TWO}\n")
    (tmp_path / "url").chmod(0o600)
    assert [address_of(url) for url in (ONE, "env:TEAM_URL", f"file:{tmp_path / 'url'}")] == [ONE, ONE, TWO]


# -- trials


def test_a_trial_goes_to_every_address_and_says_what_came_of_each() -> None:
    notifier = FakeNotifier(waits={"json://slow": threading.Event()})
    notifier.refuse(TWO, "404")
    settings = Settings(
        store="s", jobs=1, environment="prod", notifications={
            "team": Notification((ONE, TWO)), "boss": Notification(("json://slow", "env:NO_SUCH_URL")),
        },
    )  # fmt: skip
    trials = send_trials(settings, notifier, within_s=0.3)
    notifier.waits["json://slow"].set()
    assert [(one.receiver, one.place) for one in trials] == [("team", 0), ("team", 1), ("boss", 0), ("boss", 1)]
    assert [one.error for one in trials][:3] == [None, "404", "no answer within 0.3 s"]
    assert "no URL is at env:NO_SUCH_URL" in str(trials[3].error)
    assert "[notifications.team] in environment 'prod'" in notifier.sent[0][1].body


def test_without_apprise_nothing_is_tried() -> None:
    with pytest.raises(EnvironmentRefused):
        send_trials(Settings(store="s", jobs=1), FakeNotifier(missing=EnvironmentRefused("no apprise")))
