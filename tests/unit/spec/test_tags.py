import pytest

from jupyter_dataops.spec.models import Condition, Role, Tolerance, TriggerRule
from jupyter_dataops.spec.tags import GRAMMAR, BadTag, Tag, format_tag, parse_tag
from jupyter_dataops.states import CheckSeverity

GOOD = [
    ("parameters", Tag("parameters")),
    ("setup", Tag("setup")),
    ("skip", Tag("skip")),
    ("node:Clean-data_2", Tag("node", "Clean-data_2")),
    (" node : load ", Tag("node", "load")),
    ("check:load", Tag("check", ("load", None))),
    ("check:load/not_empty", Tag("check", ("load", "not_empty"))),
    ("after:load", Tag("after", "load")),
    ("in:df", Tag("in", "df")),
    ("in:data/rows.csv", Tag("in", "data/rows.csv")),
    ("out:report.html", Tag("out", "report.html")),
    ("when:fresh", Tag("when", Condition("fresh", wanted=True))),
    ("unless:fresh", Tag("unless", Condition("fresh", wanted=False))),
    ("each:row=rows", Tag("each", ("row", "rows"))),
    ("trigger:one_failed", Tag("trigger", TriggerRule.ONE_FAILED)),
    ("retries:3", Tag("retries", 3)),
    ("retry_delay:2s", Tag("retry_delay", 2.0)),
    ("retry_backoff:1.5", Tag("retry_backoff", 1.5)),
    ("retry_max_delay:1m", Tag("retry_max_delay", 60.0)),
    ("retry_jitter:full", Tag("retry_jitter", "full")),
    ("retry_on:requests.ConnectionError", Tag("retry_on", "requests.ConnectionError")),
    ("give_up_on:ValueError", Tag("give_up_on", "ValueError")),
    ("infra_retries:0", Tag("infra_retries", 0)),
    ("timeout:500ms", Tag("timeout", 0.5)),
    ("timeout:90", Tag("timeout", 90.0)),
    ("cache:on", Tag("cache", "on")),
    ("cache:24h", Tag("cache", "1d")),
    ("env:REGION", Tag("env", "REGION")),
    ("secret:TOKEN", Tag("secret", "TOKEN")),
    ("kernel:python3", Tag("kernel", "python3")),
    ("pool:db", Tag("pool", ("db", 1))),
    ("pool:db=2", Tag("pool", ("db", 2))),
    ("resource:GPU=0.5", Tag("resource", ("GPU", 0.5))),
    ("notebook:sub/train.ipynb", Tag("notebook", "sub/train.ipynb")),
    ("asset:model", Tag("asset", ("model", "model"))),
    ("asset:churn-model=model", Tag("asset", ("churn-model", "model"))),
    ("description:loads: all of it", Tag("description", "loads: all of it")),
    ("owner:ada@example.org", Tag("owner", "ada@example.org")),
    ("severity:warn", Tag("severity", CheckSeverity.WARN)),
    ("on_crash:hold", Tag("on_crash", True)),
    ("tolerate:2", Tag("tolerate", Tolerance(count=2))),
    ("tolerate:12.5 %", Tag("tolerate", Tolerance(percent=12.5))),
]


@pytest.mark.parametrize(("text", "tag"), GOOD, ids=[text for text, _ in GOOD])
def test_a_tag_is_understood(text, tag):
    assert parse_tag(text) == tag


def test_every_tag_of_the_language_is_tried_above():
    assert {tag.key for _, tag in GOOD} == set(GRAMMAR)


@pytest.mark.parametrize(
    ("text", "part_of_message", "hint"),
    [
        ("node:", "node takes a node name", "correct or remove 'node:'"),
        ("node:2nd", "node takes a node name", "for example '_2nd'"),
        ("node:load data", "node takes", "for example 'load_data'"),
        ("node:🚀", "node takes", "correct or remove 'node:🚀'"),
        ("trigger:one_sucess", "one of all_success", "did you mean 'one_success'?"),
        ("retries:many", "a whole number, 0 or more", "correct or remove 'retries:many'"),
        ("retries:-1", "a whole number, 0 or more", "correct or remove 'retries:-1'"),
        ("retry_backoff:0.5", "a number, 1 or more", "correct or remove 'retry_backoff:0.5'"),
        ("retry_jitter:ful", "one of none, full, equal", "did you mean 'full'?"),
        ("timeout:soon", "a duration above zero", "correct or remove 'timeout:soon'"),
        ("timeout:0", "a duration above zero", "zero would end every attempt at once"),
        ("timeout:1e9d", "a duration above zero", "correct or remove 'timeout:1e9d'"),
        ("timeout:99999999d", "a duration above zero", "longer than a century"),
        ("timeout:٣s", "a duration above zero", "correct or remove 'timeout:٣s'"),
        ("cache:of", "on, off, or a duration", "correct or remove 'cache:of'"),
        ("in:a,b", "the name of a variable, or a path", "one tag for each name"),
        ("in:my file", "the name of a variable, or a path", "a file in the same folder is './my file'"),
        ("when:not x", "the name of a variable", "correct or remove 'when:not x'"),
        ("retry_on:A,B", "the name of an exception class", "one tag for each class"),
        ("each:rows", "ITEM=VARIABLE", "correct or remove 'each:rows'"),
        ("pool:db=0", "at least one slot", "correct or remove 'pool:db=0'"),
        ("resource:GPU", "NAME=AMOUNT", "correct or remove 'resource:GPU'"),
        ("severity:maybe", "one of error, warn", "correct or remove 'severity:maybe'"),
        ("severity:warning", "one of error, warn", "did you mean 'warn'?"),
        ("on_crash:holt", "retry or hold", "did you mean 'hold'?"),
        ("tolerate:half", "a whole number, or a percentage", "correct or remove 'tolerate:half'"),
        ("tolerate:101%", "a whole number, or a percentage", "more than all cannot fail"),
        ("setup:yes", "setup takes no value", "write the tag as 'setup'"),
        ("description:", "a text", "correct or remove 'description:'"),
    ],
)
def test_a_bad_value_is_explained(text, part_of_message, hint):
    bad = parse_tag(text)
    assert isinstance(bad, BadTag)
    assert bad.code == "DO003"
    assert f"'{text}'" in bad.message
    assert part_of_message in bad.message
    assert bad.hint == hint


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nodes:load", "node:load"),
        ("Node:load", "node:load"),
        ("retry:3", "retries:3"),
        ("retry:ValueError", "retry_on:ValueError"),
        ("time-out:3s", "timeout:3s"),
        ("retry-delay:3s", "retry_delay:3s"),
        ("afer:load", "after:load"),
        ("params:x", "parameters"),
    ],
)
def test_a_key_close_to_a_known_one_is_suggested(text, meant):
    bad = parse_tag(text)
    assert isinstance(bad, BadTag)
    assert bad.code == "DO010"
    assert bad.hint == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    "text",
    ["hide-input", "raises-exception", "node", "timeout", "", ":", "note:x", "code:x", "slideshow:skip", "🚀:🚀", "x"],
)
def test_tags_of_others_are_left_alone(text):
    assert parse_tag(text) is None


def test_equal_durations_have_one_spelling():
    assert {format_tag(parse_tag(f"timeout:{text}")) for text in ("60m", "3600", "3600s", "1h", "1.0h")} == {
        "timeout:1h"
    }


def test_every_row_says_where_its_value_goes_or_what_role_it_gives():
    for row in GRAMMAR.values():
        assert row.meaning
        assert not row.meaning.endswith(".")
        assert row.role is not None or row.field or row.key == "severity", row.key
        assert row.role is None or isinstance(row.role, Role)
