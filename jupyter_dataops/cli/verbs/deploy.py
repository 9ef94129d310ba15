"""``deploy``: from a notebook to a version that is live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from jupyter_dataops.cli.deployment_view import move_line, print_foreseen, print_remarks
from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.follow_up import command_line
from jupyter_dataops.cli.options import json_option, notebook_argument
from jupyter_dataops.cli.output import make_console, print_json
from jupyter_dataops.cli.parameters import collect_parameters, parameter_options
from jupyter_dataops.cli.schedule_difference import print_told

if TYPE_CHECKING:
    from jupyter_dataops.deploying.deploy import Outcome
    from jupyter_dataops.deploying.pointing import Foreseen


@verb(
    json_shape='{"name", "version", "environment", "digest", "is_new", "is_live", "previous", '
    '"test": {"run_id", "state"}, "schedules": [{"name", "change": "added|changed|removed|left", "trigger", '
    '"changes": [{"key", "old", "new"}], "because"}], "remarks": [...]}'
)
@notebook_argument()
@click.option("--name", metavar="NAME", help="Of the deployment; by default that of the pipeline.")
@click.option(
    "--takeover",
    is_flag=True,
    help="The deployment was of another notebook so far, or of this one elsewhere; it is of this one.",
)
@click.option("--test", is_flag=True, help="Run the version first, with the given parameters; it must succeed.")
@click.option("--dry-run", is_flag=True, help="Show what would be live, and what becomes of schedules; do nothing.")
@parameter_options
@json_option()
def command(  # one for each option
    face: Face,
    /,
    notebook: Path,
    name: str | None,
    *,
    takeover: bool,
    test: bool,
    dry_run: bool,
    as_json: bool,
    **parameters: Any,
) -> int:
    """Make a version of a notebook, and make it live in an environment.

    A version is a copy, which never changes, of all that the pipeline runs from: the notebook, the notebooks that it
    runs, the modules beside it that it imports, its parameters and schedules in dataops.toml. What has not changed
    makes no new version.

    The notebook is checked, then the policy of the environment is asked, then, with --test, the version runs in the
    environment's store. Only after all of that it is live: `run NAME --env ENV` and schedules use it from then on. Runs
    that are going on keep the version that they have.

    The schedules of the version are there from then on, in place of those of the version before; what was added by
    hand is left alone.

    A deployment is of the notebook that it was made from. One of the same name in another folder is refused: give it
    another --name, or, where the project has moved or this is another checkout of it, add --takeover. With
    `project = "NAME"` in dataops.toml, the same path in any checkout is the same notebook.
    """
    from jupyter_dataops.cli.running import execute_shown, warn_of_parameters  # noqa: PLC0415 - `--help` is fast
    from jupyter_dataops.cli.summary import exit_code  # noqa: PLC0415 - as above
    from jupyter_dataops.deploying.deploy import create_test, finish, foresee_deploy, prepare  # noqa: PLC0415 - as above
    from jupyter_dataops.deploying.description import describe_outcome  # noqa: PLC0415 - as above

    given = collect_parameters(parameters)
    if given and not test:
        raise click.UsageError("parameters are for a test: add --test, or set them in dataops.toml, [env.NAME]")
    if dry_run and test:
        raise click.UsageError("--dry-run does nothing, and --test runs the version: give one of them")
    environment = face.require_environment()
    pipeline = face.open_deployable(notebook)
    warn_of_parameters(pipeline)
    console = make_console(stderr=as_json)
    if dry_run:
        _print_foreseen(foresee_deploy(pipeline, environment, name=name, takeover=takeover), console, as_json=as_json)
        return 0
    prepared = prepare(pipeline, environment, name=name, tests=test, parameters=given, takeover=takeover)
    print_remarks(prepared.remarks)
    run = None
    if test:
        run = create_test(prepared, given)
        execute_shown(run, face, console)
    outcome = finish(prepared, run)
    if as_json:
        print_json(describe_outcome(outcome))
    else:
        _print(outcome, console)
    return 0 if outcome.has_passed or run is None else exit_code(run.state)


def _print_foreseen(foreseen: Foreseen, console: Console, *, as_json: bool) -> None:
    print_foreseen(foreseen, console, as_json=as_json)
    if not (as_json or foreseen.is_new or foreseen.is_live):
        console.print(Text("  there is a version with these contents: no new one would be made", style="dim"))


def _print(outcome: Outcome, console: Console) -> None:
    from jupyter_dataops.cli.summary import print_summary  # noqa: PLC0415 - as above

    version, environment = outcome.version, outcome.environment
    if outcome.test is not None and not outcome.has_passed:
        print_summary(outcome.test, console, outcome.test.run_id)
        stays = f"version {outcome.previous} stays live" if outcome.previous else "nothing is live"
        line = f"{version.label} is not live: its test {outcome.test.state}; {stays} in {environment}"
        console.print(Text.assemble(("✘ ", "red"), line))
        return
    if outcome.move is not None:
        console.print(move_line(outcome.move, is_tested=outcome.test is not None))
        print_told(outcome.schedules, version.name, environment, console)
    else:
        console.print(Text(f"{version.label} is live in {environment} already: nothing has changed"))
    if outcome.move is not None and not outcome.is_new and outcome.previous != version.number:
        console.print(Text("  there was a version with these contents: no new one was made", style="dim"))
    commands = [(command_line("run", version.name, environment=environment), "run what is live")]
    if outcome.previous is not None and outcome.previous != version.number:
        numbers = (str(outcome.previous), str(version.number))
        commands += [
            (command_line("diff", version.name, *numbers, environment=environment), "what has changed"),
            (command_line("rollback", version.name, environment=environment), "go back"),
        ]
    for one, purpose in commands:
        console.print(Text.assemble((f"  -> {one}", "cyan"), (f"   {purpose}", "dim")))
