"""Whether a failed attempt is followed by another, and when. Pure.

There are two budgets: ``retries`` for what the code did, ``infra_retries`` for what the machine did to it. Jitter is
hashed from run, node and attempt instead of drawn, so that a recovered run computes the same instant again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.encoding import encode
from jupyter_dataops.records import Failure
from jupyter_dataops.spec.models import RetryPolicy
from jupyter_dataops.states import FailureCause

_CODE_CAUSES: Final = frozenset({FailureCause.EXCEPTION, FailureCause.CHECK_FAILED, FailureCause.TIMEOUT})
_LONGEST_DELAY_S: Final = 366 * 86_400.0  # Far below what a datetime can hold.


class TryAgain(Struct, frozen=True):
    """Another attempt starts, not before the given instant."""

    not_before: datetime
    reason: str


class GiveUp(Struct, frozen=True):
    """The node has failed."""

    reason: str


def next_attempt(
    policy: RetryPolicy,
    failure: Failure,
    *,
    run_id: RunId,
    node: NodeName,
    attempt: int,
    infra_failures: int,
    now: datetime,
    opened_after: int = 0,
) -> TryAgain | GiveUp:
    """What follows the failure of attempt number `attempt`.

    Parameters
    ----------
    infra_failures
        How many earlier attempts the machine cost; the present failure is not among them.
    opened_after
        Number of the attempt after which somebody opened the node again; budgets count from there.
    """
    if failure.cause.is_infrastructure:
        if policy.hold_on_crash:
            return GiveUp(f"{failure.headline}; not tried again: on_crash:hold")
        used, budget, name = infra_failures + 1, policy.infra_retries, "infra_retries"
    elif failure.cause in _CODE_CAUSES:
        used, budget, name = attempt - opened_after - infra_failures, policy.retries, "retries"
        if (refusal := _refusal(policy, failure)) is not None:
            return GiveUp(f"{failure.headline}; not tried again: {refusal}")
    else:
        return GiveUp(f"{failure.headline}; another attempt would end alike")
    if used > budget:
        exhausted = f"; all {used} attempts failed ({name}:{budget})" if budget else ""
        return GiveUp(failure.headline + exhausted)
    wait_s = delay_s(policy, used, run_id=run_id, node=node, attempt=attempt)
    after = f" in {wait_s:.3g} s" if wait_s else ""
    return TryAgain(now + timedelta(seconds=wait_s), f"{failure.headline}; retry {used} of {budget}{after}")


def delay_s(policy: RetryPolicy, n: int, *, run_id: RunId, node: NodeName, attempt: int) -> float:
    """Seconds before the `n`-th retry (from 1): ``min(max_delay, delay * backoff ** (n - 1))``, with jitter.

    ``full`` jitter spreads it over 0 to that delay, ``equal`` over its upper half.

    Examples
    --------
    >>> policy = RetryPolicy(retries=9, retry_delay_s=2, retry_backoff=3, retry_max_delay_s=60.0)
    >>> [delay_s(policy, n, run_id=RunId("r"), node=NodeName("a"), attempt=n) for n in (1, 2, 3, 4, 5)]
    [2.0, 6.0, 18.0, 54.0, 60.0]
    """
    longest = max(0.0, min(policy.retry_max_delay_s, _LONGEST_DELAY_S))
    if policy.retry_delay_s <= 0:
        return 0.0
    try:
        grown = policy.retry_delay_s * float(policy.retry_backoff) ** (n - 1)
    except OverflowError:
        grown = longest
    delay = min(longest, grown)
    share = _share(run_id, node, attempt)
    match policy.retry_jitter:
        case "full":
            return delay * share
        case "equal":
            return delay * (1 + share) / 2
        case _:
            return delay


def _share(run_id: RunId, node: NodeName, attempt: int) -> float:
    """A number in [0, 1), the same in every process."""
    hashed = hashlib.sha256(encode([run_id, node, attempt])).digest()
    return int.from_bytes(hashed[:6], "big") / 2**48


def _refusal(policy: RetryPolicy, failure: Failure) -> str | None:
    for wanted in policy.give_up_on:
        if _is_a(failure, wanted):
            return f"give_up_on:{wanted}"
    if policy.retries and policy.retry_on and not any(_is_a(failure, wanted) for wanted in policy.retry_on):
        return "only " + ", ".join(f"retry_on:{wanted}" for wanted in policy.retry_on)
    return None


def _is_a(failure: Failure, wanted: str) -> bool:
    return any(_names(known, wanted) for known in _classes(failure))


def _classes(failure: Failure) -> Iterable[str]:
    return (failure.ename, *failure.mro)


def _names(known: str, wanted: str) -> bool:
    """Whether both name one class, as far as they say: ``errors.HTTPError`` and ``HTTPError`` do."""
    shorter, longer = sorted((known.split("."), wanted.split(".")), key=len)
    return longer[-len(shorter) :] == shorter
