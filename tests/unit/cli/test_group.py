from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from jupyter_dataops.cli.group import EXIT_CODES, VERBS, Program, Row, Verb, VerbTable, program
from jupyter_dataops.errors import EnvironmentRefused, UsageError
from jupyter_dataops.states import RunState
from tests.unit.cli.fakes import FakeFace, FakeRun, run_record


def listed(table: VerbTable = program, before: str = "") -> dict[str, tuple[Row, click.Command]]:
    """Every verb, those of verbs by both words, with its row."""
    found = {}
    for name, row in table.verbs.items():
        command = table.get_command(click.Context(table), name)
        assert isinstance(command, Verb | VerbTable)
        found[before + name] = row, command
        if isinstance(command, VerbTable):
            found |= listed(command, f"{name} ")
    return found


def program_that(error: Exception) -> Program:
    """A program whose one verb raises."""

    class Failing(Program):
        def resolve_command(self, ctx, args):
            @click.command(cls=Verb)
            def fail() -> None:
                raise error

            return "fail", fail, args[1:]

    return Failing("dataops", package="jupyter_dataops.cli.verbs", verbs=VERBS)


@pytest.mark.parametrize(("name", "row", "command"), [(name, *one) for name, one in listed().items()])
def test_every_verb_has_the_help_that_the_table_says(name: str, row: Row, command: click.Command) -> None:
    assert (command.help or "").splitlines()[0] == row.help


def test_help_names_every_visible_verb_and_every_exit_code() -> None:
    text = CliRunner().invoke(program, ["--help"]).output
    assert all((f"\n  {name} " in text) is not row.hidden for name, row in VERBS.items())
    joined = " ".join(text.split())
    assert all(f"{code} {meaning}" in joined for code, meaning in EXIT_CODES.items())


HEAVY = ("pydantic", "rich", "sqlalchemy", "networkx", "nbformat", "papermill", "traitlets", "jupyter_dataops.api")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["rnu"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    heavy = [name for name in HEAVY if name != "rich" or arguments != ["run", "--help"]]
    code = (
        "import atexit, sys\nfrom jupyter_dataops.cli import main\n"
        f"atexit.register(lambda: print([name for name in {heavy} if name in sys.modules], file=sys.stderr))\n"
        f"sys.argv[1:] = {arguments}\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_answers_within_300_ms() -> None:
    def measure() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "jupyter_dataops", "--help"], check=True, capture_output=True)
        return time.perf_counter() - start

    assert min(measure() for _ in range(5)) < 0.3


def test_an_unknown_verb_is_answered_with_a_close_one() -> None:
    result = CliRunner().invoke(program, ["rnus"])
    assert result.exit_code == 2
    assert "no verb 'rnus'; did you mean 'runs'?" in result.stderr


def test_a_wrong_option_exits_with_2() -> None:
    assert CliRunner().invoke(program, ["runs", "--limit", "none"]).exit_code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such thing", hint="look again"), 2),
        (EnvironmentRefused("disk full"), 3),
        (PermissionError(13, "Permission denied", "out.ipynb"), 3),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_code_without_a_traceback(error: Exception, code: int) -> None:
    result = CliRunner().invoke(program_that(error), ["fail"])
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("arguments", "environment"), [(["--debug"], {}), ([], {"DATAOPS_DEBUG": "1"})])
def test_debug_shows_the_traceback(arguments: list[str], environment: dict[str, str]) -> None:
    result = CliRunner(env=environment).invoke(program_that(UsageError("wrong")), ["fail", *arguments])
    assert "Traceback" in result.stderr
    assert result.exit_code == 2


def test_a_defect_is_told_with_its_traceback_and_never_looks_like_a_failed_run() -> None:
    result = CliRunner().invoke(program_that(KeyError("x")), ["fail"])
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "a defect" in result.stderr


def test_ctrl_c_exits_with_130() -> None:
    result = CliRunner().invoke(program_that(KeyboardInterrupt()), ["fail"])
    assert result.exit_code == 130
    assert "Traceback" not in result.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    code = (
        "import sys\nfrom jupyter_dataops.cli.group import program\n"
        "from tests.unit.cli.fakes import FakeFace, FakeRun, run_record\n"
        "face = FakeFace(*[FakeRun(run_record()) for _ in range(20_000)])\n"
        "program.main(['runs', '-q', '--limit', '20000'], obj=face)"
    )
    command = f'{sys.executable} -c "$CODE" | head -n 1; echo ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command], check=True, env={"CODE": code, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.stdout.split() == ["bcd2345678", "0"]
    assert done.stderr == ""


def test_the_store_option_reaches_the_settings(call) -> None:
    face = FakeFace(FakeRun(run_record(RunState.SUCCEEDED)))
    assert call(face, "runs", "--store", "elsewhere").exit_code == 0
    assert face.store == "elsewhere"


MAKE_A_STORE = {"run", "deploy", "schedule add", "schedule sync", "scheduler"}
NEED_NONE = {"check", "config", "tag", "convert", "completion", "graph", "doctor", "notify"}


@pytest.mark.parametrize(
    "name",
    [name for name, (_, one) in listed().items() if isinstance(one, Verb) and name not in MAKE_A_STORE | NEED_NONE],
)
def test_a_verb_about_what_is_there_makes_no_store_at_a_place_that_is_wrong(name: str, tmp_path: Path) -> None:
    command = listed()[name][1]
    needed = [one for one in command.params if isinstance(one, click.Argument) and one.required]
    words = [*name.split(), *("x" for _ in needed), "--store", str(tmp_path / "wrong")]
    done = CliRunner().invoke(program, [*words, "--from", "1h", "--to", "1h"] if name == "backfill" else words)
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"Error: there is no run store ({tmp_path / 'wrong'})")
    assert list(tmp_path.iterdir()) == []


def test_verbs_complete_without_being_imported() -> None:
    items = program.shell_complete(click.Context(program), "ret")
    assert [(item.value, item.help) for item in items] == [("retry", VERBS["retry"].help)]
    assert program.shell_complete(click.Context(program), "exec") == []


def test_every_verb_that_shows_something_has_json_and_says_what_it_prints() -> None:
    silent = {"cancel", "completion", "execute", "scheduler", "schedule pause", "schedule resume", "schedule remove"}
    for name, (_, command) in listed().items():
        if not isinstance(command, Verb):
            continue
        has_json = any("--json" in parameter.opts for parameter in command.params)
        assert has_json is (name not in silent), name
        assert bool(command.json_shape) is has_json, name
