from __future__ import annotations

import click
import pytest

from jupyter_dataops.cli.follow_up import ENVIRONMENT, STORE, command_line, with_options
from jupyter_dataops.cli.group import program
from jupyter_dataops.states import NodeState, RunState
from tests.unit.cli.fakes import FakeFace, FakePipeline, FakeRun, a_failure, node_record, run_record

HERE = ["--env", "prod", "--store", "my runs"]
SAID = " --env prod --store 'my runs'"


def a_failed_run() -> FakeRun:
    failed = node_record("clean", NodeState.FAILED, attempt=1, failure=a_failure())
    return FakeRun(run_record(RunState.FAILED), [failed])


@pytest.mark.parametrize("verb", ["show", "why"])
def test_what_is_suggested_of_a_run_looks_where_this_call_did(call, verb: str) -> None:
    shown = call(FakeFace(a_failed_run()), verb, "last", *HERE).stdout
    suggested = [line.partition("-> ")[2].partition("   ")[0] for line in shown.splitlines() if "-> " in line]
    assert f"jupyter dataops logs bcd2345678 clean{SAID}" in suggested
    assert all(command.endswith(SAID) for command in suggested)


def test_a_run_in_the_background_is_followed_where_it_is(call) -> None:
    run = FakeRun(run_record())
    face = FakeFace(pipeline=FakePipeline(click.Path, run))  # type: ignore[arg-type] - set when it is opened
    done = call(face, "run", "etl.ipynb", "--detach", *HERE)
    assert f"follow it with: jupyter dataops logs bcd2345678 -f{SAID}\n" in done.stderr


def test_the_hint_of_an_error_has_the_options_of_the_call(call) -> None:
    done = call(FakeFace(), "show", "nope", *HERE)
    assert done.stderr == f"Error: no run 'nope'\n  -> see `jupyter dataops runs{SAID}`\n"


def test_nothing_is_added_where_nothing_was_said() -> None:
    assert command_line("runs", "-q") == "jupyter dataops runs -q"
    assert with_options("see `jupyter dataops runs`") == "see `jupyter dataops runs`"


def test_an_environment_that_a_command_names_stays() -> None:
    with click.Context(program) as ctx:
        ctx.meta.update({ENVIRONMENT: "dev", STORE: None})
        assert command_line("run", "etl", environment="prod") == "jupyter dataops run etl --env prod"
        assert with_options("`jupyter dataops deploy X --env ENV`") == "`jupyter dataops deploy X --env ENV`"
        assert (
            with_options("either `jupyter dataops runs` or `ls`") == "either `jupyter dataops runs --env dev` or `ls`"
        )
