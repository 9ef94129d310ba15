from __future__ import annotations

import sys

import pytest

from jupyter_dataops.artifacts.memory import travelled_class
from jupyter_dataops.artifacts.mutation import content_digest
from tests.support.one_kernel import main_module

DEFINED = """
def plain(x):
    return x

def seen(x, seen=[]):
    seen.append(x)

def by_key(x, *, cache={}):
    cache[x] = 1

def attributed():
    attributed.calls.append(1)
attributed.calls = []

def make():
    count = 0
    def inner():
        nonlocal count
        count += 1
    return inner
tally = make()

class Base:
    made = 0

    def tick(self):
        type(self).made += 1

class Counter(Base):
    rows = []
    kept = {"a": [1]}

    class Inner:
        size = 1

    def __init__(self):
        self.own = 0

    def put(self):
        self.rows.append(self)

    def base(self):
        Base.made += 1

    @staticmethod
    def remember(seen=[]):
        seen.append(1)

    @classmethod
    def restart(cls):
        cls.new = 1
"""

DEFINITIONS = frozenset({"plain", "seen", "by_key", "attributed", "make", "tally", "Base", "Counter"})


@pytest.fixture
def home():
    with main_module() as namespace:
        exec(DEFINED, namespace)
        yield namespace


def changed(home, name, code) -> bool:
    before = content_digest(home[name], home, DEFINITIONS)
    assert content_digest(home[name], home, DEFINITIONS) == before
    exec(code, home)
    return content_digest(home[name], home, DEFINITIONS) != before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("seen", "seen(1)"),
        ("by_key", "by_key(1)"),
        ("attributed", "attributed()"),
        ("tally", "tally()"),
        ("Counter", "Counter().tick()"),
        ("Counter", "Counter().put()"),
        ("Counter", "Counter().kept['a'].append(2)"),
        ("Counter", "Counter().base()"),
        ("Counter", "Counter.remember()"),
        ("Counter", "Counter.restart()"),
        ("Counter", "Counter.Inner.size = 2"),
        ("Base", "Base().tick()"),
    ],
)
def test_what_a_definition_remembers_counts(home, name, code):
    assert changed(home, name, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("plain", "plain([1])"),
        ("seen", "seen(1, [])"),
        ("Counter", "counter = Counter(); counter.own = 5; str(counter)"),
        ("Base", "Counter().tick()"),
        ("make", "make()()"),
    ],
)
def test_what_calling_it_leaves_elsewhere_does_not(home, name, code):
    assert not changed(home, name, code)


MAPPED = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class B(DeclarativeBase):
    pass
class C(B):
    __tablename__ = 't'
    n: Mapped[int] = mapped_column(primary_key=True)
"""


@pytest.mark.parametrize(
    ("defined", "used"),
    [
        ("import abc\nclass C(abc.ABC):\n    n = 0\nclass D(C):\n    pass", "isinstance(3, C), D()"),
        ("from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 0", "C(1) == C(2), repr(C())"),
        ("import enum\nclass C(enum.Enum):\n    A = 1", "C(1), C['A'], list(C)"),
        ("from functools import cached_property\nclass C:\n    @cached_property\n    def n(self): return 1", "C().n"),
        ("from typing import NamedTuple\nclass C(NamedTuple):\n    n: int = 0", "C(1)"),
        (
            "from pydantic import BaseModel\nclass C(BaseModel):\n    n: list[int] = []",
            "C(n=[1]), C.model_json_schema()",
        ),
        (MAPPED, "C(n=1)"),
    ],
)
def test_merely_using_a_class_does_not_change_it(defined, used):
    with main_module() as namespace:
        exec(defined, namespace)
        before = content_digest(namespace["C"], namespace, frozenset({"B", "C", "D"}))
        exec(used, namespace)
        assert content_digest(namespace["C"], namespace, frozenset({"B", "C", "D"})) == before


def test_a_class_that_came_inside_a_value_is_found_by_its_name():
    from cloudpickle import dumps, loads

    with main_module() as namespace:
        exec(DEFINED, namespace)
        assert travelled_class("Counter") is None
        exec("del Counter.rows", namespace)
        value = loads(dumps(eval("Counter()", namespace)))
        assert travelled_class("Counter") is type(value)
        assert travelled_class("Unknown") is None
    assert "cloudpickle.cloudpickle" in sys.modules
