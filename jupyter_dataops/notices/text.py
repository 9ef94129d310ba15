"""A notification in words. Pure: what it says of the run comes in, masked as it is stored."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

from jupyter_dataops.records import NoticeRecord, RunRecord
from jupyter_dataops.states import Notified, RunState

MOST_NODES: Final = 5
MOST_LOG_LINES: Final = 10
_LONGEST_LINE: Final = 200
_LONGEST_ERROR: Final = 500


class Tone(StrEnum):
    """How a service may colour it."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


_TONES: Final[Mapping[Notified, Tone]] = {
    Notified.FAILED: Tone.FAILURE,
    Notified.CRASHED: Tone.FAILURE,
    Notified.SUCCEEDED: Tone.SUCCESS,
    Notified.RECOVERED: Tone.SUCCESS,
    Notified.MISSED: Tone.WARNING,
    Notified.LATE: Tone.WARNING,
}


class Message(Struct, frozen=True):
    """What is sent."""

    title: str
    body: str
    """Plain text."""
    tone: Tone
    message_id: str
    """The same with each try."""


class Findings(Struct, frozen=True):
    """What a message says of a run besides its record."""

    run: RunRecord
    counts: str = ""
    """How its nodes ended, one sentence."""
    troubles: Sequence[tuple[str, str]] = ()
    """Nodes that failed themselves, the first that did first, each with its error."""
    log: Sequence[str] = ()
    """The last lines that the first of them printed."""
    running: Sequence[str] = field(default=())
    """Nodes that are at work."""


def message_of(notice: NoticeRecord, findings: Findings | None, link: str | None = None) -> Message:
    """The message of `notice`.

    Parameters
    ----------
    findings
        Of its run; `None` where there is none, or none any more.
    link
        As configured; see `link_to`.
    """
    pipeline = PurePath(notice.notebook).stem
    of_environment = f" ({notice.environment})" if notice.environment else ""
    headline = _headline(notice, findings)
    lines = [*(_of_fire(notice) if notice.run_id is None else _of_run(notice, findings))]
    if notice.run_id is not None:
        lines += ["", *_onwards(notice, findings)]
    if link:
        lines.append(link_to(link, notice))
    lines += ["", f"message {notice.message_id}"]
    title = f"{pipeline}{of_environment} {headline}"
    return Message(title, "\n".join(lines).strip(), _TONES[notice.event], notice.message_id)


def trial_message(receiver: str, environment: str, message_id: str) -> Message:
    """What ``notify --test`` sends."""
    of_environment = f" in environment '{environment}'" if environment else ""
    body = f"It works: [notifications.{receiver}]{of_environment} reaches you.\n\nmessage {message_id}"
    return Message("jupyter dataops: a test", body, Tone.INFO, message_id)


def link_to(link: str, notice: NoticeRecord) -> str:
    """Where to look: `link` with its placeholders filled; one without any has the run's id behind a slash.

    Examples
    --------
    >>> at = datetime(2026, 1, 31)
    >>> one = NoticeRecord("failed bcd", "team", 0, Notified.FAILED, at, at, "/a b/etl.ipynb", run_id="bcd")
    >>> link_to("https://hub/user/ada/", one), link_to("https://hub/lab?run={run_id}&of={name}", one)
    ('https://hub/user/ada/bcd', 'https://hub/lab?run=bcd&of=etl')
    """
    name = PurePath(notice.notebook).name
    values = {
        "{run_id}": notice.run_id or "",
        "{name}": quote(PurePath(name).stem),
        "{notebook}": quote(name),
        "{environment}": quote(notice.environment),
    }
    if not any(placeholder in link for placeholder in values):
        return f"{link.rstrip('/')}/{notice.run_id}" if notice.run_id else link
    for placeholder, value in values.items():
        link = link.replace(placeholder, value)
    return link


def _headline(notice: NoticeRecord, findings: Findings | None) -> str:
    match notice.event:
        case Notified.FAILED:
            nodes = [node for node, _ in findings.troubles] if findings else []
            return f"failed at {_listed(nodes)}" if nodes else "failed"
        case Notified.MISSED:
            count = int(notice.facts.get("count", 1))
            least = "at least " if notice.facts.get("at_least") else ""
            return "missed a run" if count == 1 else f"missed {least}{count} runs"
        case Notified.LATE:
            return "is late"
        case Notified.RECOVERED:
            return "has recovered"
        case _:
            return notice.event.value


def _listed(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - MOST_NODES} more" if len(nodes) > MOST_NODES else ""
    return ", ".join(nodes[:MOST_NODES]) + more


def _of_fire(notice: NoticeRecord) -> list[str]:
    facts = notice.facts
    at, first = _minute(facts["fire_time"]), facts.get("first_time")
    lines = [f"schedule {facts['schedule']}: " + (f"from {_minute(first)} to {at}" if first else at)]
    if facts.get("reason"):
        lines.append(str(facts["reason"]))
    return [*lines, "", _command(notice, "schedule", "show", facts["schedule"])]


def _minute(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"


def _of_run(notice: NoticeRecord, findings: Findings | None) -> list[str]:
    if findings is None:
        return [f"run {notice.run_id}, which is no longer in the store"]
    run = findings.run
    lines = [f"run {run.run_id}" + (f": {findings.counts}" if findings.counts else "")]
    origin = run.options.get("schedule")
    if origin:
        lines.append(f"schedule {origin['name']}, {_minute(origin['fire_time'])}")
    if notice.event is Notified.LATE:
        lines += _of_lateness(notice, findings)
    elif notice.event is Notified.CRASHED and run.reason:
        lines.append(run.reason)
    elif notice.event is Notified.FAILED:
        lines += _of_failure(findings)
    return lines


def _of_lateness(notice: NoticeRecord, findings: Findings) -> list[str]:
    due = f"it was due at {_minute(notice.facts['due_at'])}, and is expected to end within "
    lines = [due + _span(float(notice.facts["late_after_s"]))]
    if findings.run.state.is_terminal:
        return [*lines, f"it has ended since: {findings.run.state}"]
    if findings.run.state is RunState.QUEUED:
        return [*lines, "it has not begun"]
    return [*lines, f"at work: {_listed(findings.running)}"] if findings.running else lines


def _span(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


def _of_failure(findings: Findings) -> list[str]:
    lines = []
    for node, error in findings.troubles[:MOST_NODES]:
        lines += ["", f"{node}: {_cut(error.strip(), _LONGEST_ERROR)}"]
    printed = [line.rstrip() for line in findings.log if line.strip()][-MOST_LOG_LINES:]
    if printed:
        first = findings.troubles[0][0] if findings.troubles else "it"
        lines += ["", f"the last that {first} printed:", *(f"  {_cut(line, _LONGEST_LINE)}" for line in printed)]
    return lines


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _onwards(notice: NoticeRecord, findings: Findings | None) -> list[str]:
    commands = [_command(notice, "show", str(notice.run_id))]
    state = findings.run.state if findings else None
    if notice.event is Notified.FAILED:
        commands.append(_command(notice, "retry", str(notice.run_id)))
    elif notice.event is Notified.CRASHED and state is RunState.CRASHED:
        commands.append(_command(notice, "resume", str(notice.run_id)))
    return commands


def _command(notice: NoticeRecord, *words: str) -> str:
    # Where an environment has a store of its own, no other one finds the run.
    environment = ("--env", notice.environment) if notice.environment else ()
    return f"jupyter dataops {shlex.join((*words, *environment))}"
