"""Pipelines of any shape, with checks, groups, pools and any trigger rules, and what each attempt in them does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from jupyter_dataops.engine.models import Expands, NodeWork
from jupyter_dataops.spec.models import Tolerance, TriggerRule
from jupyter_dataops.states import FailureCause
from tests.support.coordinated import check, children, members, node
from tests.support.executor import Does, dies, raises

EXAMPLES = int(os.environ.get("DATAOPS_EXAMPLES", "100"))
"""How many of them a test tries."""

UNHURRIED = pytest.mark.timeout(max(120, EXAMPLES))
"""For a test that tries them: it may take a second for each, on a busy machine."""

SECONDS = st.sampled_from([0.0, 1.0, 3.0])
CODE = (Does(), Does(), Does(), raises(), Does(failure=dies(FailureCause.UNSTORABLE_OUTPUT).failure))
ANY = (*CODE, dies())


@dataclass
class Made:
    """A pipeline and its script."""

    work: list[NodeWork] = field(default_factory=list)
    expansions: dict[str, Sequence[NodeWork]] = field(default_factory=dict)
    script: dict[str, list[Does]] = field(default_factory=dict)

    @property
    def everything(self) -> list[NodeWork]:
        """All work, also what groups expand to."""
        return [*self.work, *(item for made in self.expansions.values() for item in made)]


@st.composite
def made_up(draw: st.DrawFn, *, is_machine_sound: bool = False) -> Made:
    """Up to six nodes at the top; where the machine is sound, nothing but the code fails."""
    made = Made()
    made.work = _graph(draw, made, 6, depth=2, is_machine_sound=is_machine_sound)
    return made


def _graph(
    draw: st.DrawFn, made: Made, size: int, *, depth: int, is_machine_sound: bool, group: str = ""
) -> list[NodeWork]:
    items: list[NodeWork] = []
    names: list[str] = []
    for index in range(draw(st.integers(0 if depth == 2 else 1, size))):
        name = f"n{index}"
        above = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
        names.append(name)
        items.append(
            node(
                name,
                *above,
                trigger=draw(st.sampled_from(TriggerRule)),
                pools=draw(st.sampled_from([{}, {}, {"gpu": 1}, {"gpu": 2, "db": 1}])),
                **_options(draw, is_machine_sound),
            )
        )
        items += [
            check(name, f"c{number}", warn=draw(st.booleans()), **_options(draw, is_machine_sound))
            for number in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
        ]
    items = members(group, *items) if group else items
    return [_grown(draw, made, item, depth, is_machine_sound=is_machine_sound) for item in items]


def _grown(draw: st.DrawFn, made: Made, item: NodeWork, depth: int, *, is_machine_sound: bool) -> NodeWork:
    """`item`, with what it does, or expands to."""
    attempt = st.builds(
        lambda kind, took, obeys: Does(took, failure=kind.failure, obeys_after_s=obeys),
        st.sampled_from(CODE if is_machine_sound else ANY),
        SECONDS,
        st.sampled_from([0.0, 2.0, None]),
    )
    made.script[item.node] = draw(st.lists(attempt, min_size=1, max_size=3))
    kind = None if item.severity is not None or not depth else draw(st.sampled_from([None, None, *Expands]))
    if kind is Expands.FIRST:
        keys = draw(st.sampled_from(["", "a", "a b", "a b c"]))
        below = children(item.node, keys, **_options(draw, is_machine_sound))
        # A child runs, or runs a notebook; it never is a list itself.
        made.expansions[item.node] = [
            _grown(
                draw,
                made,
                replace(child, trigger=TriggerRule.ALL_SUCCESS),
                depth - 1,
                is_machine_sound=is_machine_sound,
            )
            for child in below
        ]
        return replace(item, expands=kind, tolerance=Tolerance(count=draw(st.integers(0, 1))))
    if kind is Expands.AFTER_ITS_ATTEMPT:
        made.expansions[item.node] = _graph(
            draw, made, 3, depth=depth - 1, is_machine_sound=is_machine_sound, group=item.node
        )
    return replace(item, expands=kind)


def _options(draw: st.DrawFn, is_machine_sound: bool) -> dict[str, float | int | None]:
    return {
        "timeout_s": draw(st.sampled_from([None, None, 2.0])),
        "retries": draw(st.integers(0, 2)),
        "retry_delay_s": draw(SECONDS),
        "infra_retries": 99 if is_machine_sound else draw(st.integers(0, 1)),
    }
