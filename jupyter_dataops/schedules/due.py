"""What a service has to do about a schedule now. Pure: the store says what is, the clock is an argument.

In order: which fires are due (`window`), which of them are too late (here), and what overlap makes of the rest
(`turns`). The cost is bounded, however long nobody looked: what is missed is counted, not walked over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from jupyter_dataops.schedules.facts import Decision, Facts, Verdict
from jupyter_dataops.schedules.fires import Survey
from jupyter_dataops.schedules.policies import Catchup
from jupyter_dataops.schedules.triggers import signalled
from jupyter_dataops.schedules.turns import DueFire, Turns
from jupyter_dataops.schedules.window import MOST_LISTED, Due, Window, due_fires
from jupyter_dataops.schedules.wording import duration_in_words
from jupyter_dataops.states import FireFate

_NONE_UNCOUNTED = Survey(0, None, ())


def decide(facts: Facts, now: datetime) -> Decision:
    """The fates that are due now, and when to look again. Asked twice with the same facts, it says the same.

    No fire at or before `considered_until` is ever decided anew, wherever the clock is set. A paused schedule has no
    verdicts; `resume` says what becomes of its fires.

    Examples
    --------
    >>> from jupyter_dataops.schedules.triggers import Cron
    >>> yesterday = datetime(2026, 1, 30, 12, tzinfo=UTC)
    >>> facts = Facts("nightly", Cron("0 6 * * *"), considered_until=yesterday)
    >>> decision = decide(facts, now=datetime(2026, 1, 31, 6, 30, tzinfo=UTC))
    >>> [f"{verdict.fate} {verdict.nominal:%d %H:%M}" for verdict in decision.verdicts]
    ['started 31 06:00']
    >>> f"{decision.look_again:%d %H:%M}"
    '01 06:00'
    """
    if facts.paused:
        return Decision((), facts.considered_until, None)
    window = Window(facts, now.astimezone(UTC))
    due = due_fires(window)
    turns = Turns(facts)
    verdicts = [*turns.of_buffered(), *_of_due(window, due, turns)]
    considered = max(facts.considered_until, due.latest or facts.considered_until)
    following = None if turns.is_over else window.next(considered, due.latest)
    return Decision(
        tuple(verdicts),
        considered,
        None if following is None else window.start_of(following),
        finished=not turns.waiting and (turns.is_over or (following is None and not _may_be_signalled(window))),
    )


def resume(facts: Facts, now: datetime) -> Decision:
    """What becomes of the fires of a pause that ends now: to be recorded in the transaction that ends it.

    They are skipped, unless ``catchup = all``: then `decide` runs them, if `watched_since` is the end of the pause.
    """
    window = Window(facts, now.astimezone(UTC))
    if facts.policy.catchup is Catchup.ALL:
        return Decision((), facts.considered_until, window.now)
    seen = window.survey(window.after, window.now, MOST_LISTED + 1)
    uncounted = Survey(seen.count - len(seen.newest), seen.first, (), seen.at_least)
    verdicts = _together(seen.newest, FireFate.SKIPPED, "the schedule was paused", uncounted)
    return Decision(tuple(verdicts), max(facts.considered_until, window.now), window.now)


def _of_due(window: Window, due: Due, turns: Turns) -> Iterator[Verdict]:
    policy, now = window.facts.policy, window.now
    too_late = f"it was found later than the misfire grace of {duration_in_words(policy.misfire_grace)}"
    match policy.catchup:
        case Catchup.NONE:
            kept, reason = 0, "no service was running when it was due, and `catchup` is `none`"
        case Catchup.LATEST:
            kept, reason = 1, "no service was running when it was due, and a later fire takes its place"
        case Catchup.ALL:
            kept, reason = policy.catchup_max, f"more fires were missed than `catchup_max`, {policy.catchup_max}"
    at = max(len(due.unseen) - kept, 0)
    spared = [DueFire(nominal, window.start_of(nominal), is_caught_up=True) for nominal in due.unseen[at:]]
    fires = [*spared, *due.live]
    late = [] if policy.catchup is Catchup.ALL else [fire for fire in fires if now - fire.start > policy.misfire_grace]
    if spared and late:
        # One after the other, so that what is summed up is a stretch of time.
        reason = too_late
    yield from _together(due.unseen[:at], FireFate.MISSED, reason, due.uncounted)
    yield from _together([fire.nominal for fire in late], FireFate.MISSED, too_late)
    in_time = fires[len(late) :]
    for index, fire in enumerate(in_time):
        # Found late and run all the same, because all are: it waits its turn like those of a downtime.
        is_caught_up = fire.is_caught_up or now - fire.start > policy.misfire_grace
        following = in_time[index + 1] if index + 1 < len(in_time) else None
        yield from turns.of_fire(DueFire(fire.nominal, fire.start, is_caught_up), following)


def _together(
    nominals: Sequence[datetime], fate: FireFate, reason: str, uncounted: Survey = _NONE_UNCOUNTED
) -> list[Verdict]:
    """A verdict for each, or one for all if they are many; `uncounted` are before them."""
    count = uncounted.count + len(nominals)
    if not nominals:
        return []
    if count <= MOST_LISTED:
        return [Verdict(nominal, fate, reason) for nominal in nominals]
    first = uncounted.first if uncounted.count else nominals[0]
    return [Verdict(nominals[-1], fate, reason, count=count, first=first, at_least=uncounted.at_least)]


def _may_be_signalled(window: Window) -> bool:
    end = window.facts.policy.ends_at
    return bool(signalled(window.facts.trigger)) and (end is None or window.now < end)
