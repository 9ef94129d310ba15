"""Tags round-trip: the writer and the parser know the same language."""

from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.spec.models import Condition, Tolerance, TriggerRule
from jupyter_dataops.spec.tags import GRAMMAR, Tag, format_tag, parse_tag
from jupyter_dataops.spec.values import format_duration, parse_duration
from jupyter_dataops.states import CheckSeverity

NODE = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_-]{0,20}\Z")
VARIABLE = st.text("abcxyzé_", min_size=1, max_size=8)
CLASS = st.lists(VARIABLE, min_size=1, max_size=3).map(".".join)
PATH = st.text("ab /._-:", min_size=1).map(lambda text: f"data/{text}".strip())
SECONDS = st.one_of(
    st.integers(0, 10**8).map(float), st.floats(0, 10**9), st.sampled_from([0.5, 60.0, 3600.0, 86400.0, 1e-7])
)
POSITIVE = SECONDS.filter(bool)
COUNT = st.integers(0, 10**9 - 1)
FRACTIONS = st.decimals(0, 10**9, places=6, allow_nan=False).map(float)
TEXT = st.text(min_size=1).map(str.strip).filter(bool)

VALUES = {
    "node": NODE,
    "check": st.tuples(NODE, st.none() | NODE),
    "after": NODE,
    "in": VARIABLE | PATH,
    "out": VARIABLE | PATH,
    "when": VARIABLE.map(lambda name: Condition(name, True)),
    "unless": VARIABLE.map(lambda name: Condition(name, False)),
    "each": st.tuples(VARIABLE, VARIABLE),
    "trigger": st.sampled_from(TriggerRule),
    "retries": COUNT,
    "retry_delay": SECONDS,
    "retry_backoff": FRACTIONS.map(lambda number: number + 1.0).map(lambda number: round(number, 6)),
    "retry_max_delay": SECONDS,
    "retry_jitter": st.sampled_from(["none", "full", "equal"]),
    "retry_on": CLASS,
    "give_up_on": CLASS,
    "infra_retries": COUNT,
    "on_crash": st.booleans(),
    "tolerate": st.one_of(
        st.builds(Tolerance, count=COUNT),
        st.builds(Tolerance, percent=st.decimals(0, 100, places=6, allow_nan=False).map(float)),
    ),
    "timeout": POSITIVE,
    "cache": st.sampled_from(["on", "off"]) | POSITIVE.map(format_duration),
    "env": VARIABLE,
    "secret": VARIABLE,
    "kernel": TEXT,
    "pool": st.tuples(NODE, st.integers(1, 10**6)),
    "resource": st.tuples(NODE, FRACTIONS),
    "notebook": TEXT,
    "asset": st.tuples(VARIABLE, VARIABLE).map(lambda pair: (pair[0] if pair[0].isascii() else "a", pair[1])),
    "description": TEXT,
    "owner": TEXT,
    "severity": st.sampled_from(CheckSeverity),
}
TAGS = st.sampled_from(sorted(GRAMMAR)).flatmap(
    lambda key: VALUES.get(key, st.none()).map(lambda value: Tag(key, value))
)


def test_every_tag_with_a_value_has_a_strategy_here():
    assert set(VALUES) == {key for key, row in GRAMMAR.items() if row.form is not None}


@given(TAGS)
def test_parsing_gives_back_what_was_written(tag):
    assert parse_tag(format_tag(tag)) == tag


@given(st.builds("{}:{}".format, st.sampled_from(sorted(GRAMMAR)), st.text() | TEXT) | st.text() | TAGS.map(format_tag))
def test_any_text_is_understood_in_one_normal_form(text):
    tag = parse_tag(text)
    if isinstance(tag, Tag):
        normal = format_tag(tag)
        assert parse_tag(normal) == tag
        assert format_tag(parse_tag(normal)) == normal


@given(SECONDS)
def test_durations_round_trip_exactly(seconds):
    assert parse_duration(format_duration(seconds)) == seconds
