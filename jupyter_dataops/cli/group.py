"""The program: a table of verbs, each imported when it is used, and one place where errors become exit codes.

``--help`` imports nothing but click. A new verb is one file in `jupyter_dataops.cli.verbs` and one row in `VERBS`.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

import click
from click.shell_completion import CompletionItem
from msgspec import Struct

from jupyter_dataops.cli.follow_up import ENVIRONMENT, STORE, with_options
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.notices import DELIVERY

COMPLETE_VARIABLE: Final = "_JUPYTER_DATAOPS_COMPLETE"
DEBUG: Final = "jupyter_dataops.debug"

EXIT_USAGE: Final = 2
EXIT_ENVIRONMENT: Final = 3
EXIT_CANCELLED: Final = 130

EXIT_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "succeeded",
        1: "the run failed",
        EXIT_USAGE: "wrong usage, or an invalid pipeline; nothing was started",
        EXIT_ENVIRONMENT: "crashed, or refused by the environment",
        EXIT_CANCELLED: "cancelled (Ctrl-C once cancels cleanly, twice kills)",
    }
)


class Row(Struct, frozen=True):
    """One verb in the table."""

    help: str
    """The first sentence of the verb's own help."""
    hidden: bool = False


VERBS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "run": Row("Run a notebook as a pipeline."),
        "retry": Row("Run again what failed, and everything below it; reuse the rest."),
        "resume": Row("Go on with a run whose runner died."),
        "cancel": Row("Ask a run to stop."),
        "runs": Row("List the latest runs, newest first."),
        "show": Row("Show one run with its nodes."),
        "logs": Row("Print what a run's nodes printed."),
        "open": Row("Open an executed notebook."),
        "report": Row("Write a run's report as one HTML page."),
        "why": Row("Say why each node ran, was reused, skipped or failed."),
        "explain": Row("Say why a run failed: the likely cause first."),
        "check": Row("Find what is wrong in notebooks before they run."),
        "graph": Row("Draw the graph of a notebook."),
        "tag": Row("Propose nodes for an untagged notebook."),
        "convert": Row("Rewrite Kale's tags as ours."),
        "artifacts": Row("List what a run's nodes handed on."),
        "assets": Row("List what pipelines have published: the newest version of each asset."),
        "deploy": Row("Make a version of a notebook, and make it live in an environment."),
        "versions": Row("List versions of deployments, and where each is live."),
        "diff": Row("Show what differs between two versions of a deployment."),
        "promote": Row("Make the version that is live in one environment live in another."),
        "rollback": Row("Make an earlier version live again."),
        "config": Row("Show what is configured, and where each value comes from."),
        "schedule": Row("Run notebooks by themselves, at times or when something happens."),
        "backfill": Row("Run a schedule for times in the past, none of them twice."),
        "scheduler": Row("Start what is due, until stopped."),
        "notify": Row("Send what waits to be sent, or a test message."),
        "audit": Row("List who asked for what, when, and for which version of a notebook."),
        "doctor": Row("Check that this machine can run pipelines."),
        "completion": Row("Print the script that completes verbs, options and runs in a shell."),
        "execute": Row("Drive a queued run to its end, in this process.", hidden=True),
    }
)
"""Each verb is the function ``command`` in the module of `jupyter_dataops.cli.verbs` that has its name."""


class Verb(click.Command):
    """One verb: a command with the options that all verbs have, and what its ``--json`` prints."""

    def __init__(self, *args: Any, json_shape: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += _common_options()
        self.json_shape = json_shape
        """The documented object; empty where there is none."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what ``--json`` prints."""
        if self.json_shape:
            with formatter.section("--json prints"):
                formatter.write_text(self.json_shape)
        super().format_epilog(ctx, formatter)


def _complete_environment(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from jupyter_dataops.config.loading import environments_here  # noqa: PLC0415 - when asked for

    return [CompletionItem(name) for name in environments_here() if name.startswith(incomplete)]


def _common_options() -> list[click.Parameter]:
    def remember(key: str) -> Any:
        return lambda ctx, _option, value: ctx.meta.__setitem__(key, value)

    return [
        click.Option(
            ["--store"],
            metavar="PATH",
            expose_value=False,
            callback=remember(STORE),
            help="Folder of the run store, instead of the configured one.",
        ),
        click.Option(
            ["--env"],
            metavar="NAME",
            expose_value=False,
            callback=remember(ENVIRONMENT),
            shell_complete=_complete_environment,
            help="Environment, [env.NAME] in dataops.toml, instead of what DATAOPS_ENV says.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            envvar="DATAOPS_DEBUG",
            show_envvar=True,
            callback=remember(DEBUG),
            help="Show the traceback of an error.",
        ),
    ]


class VerbTable(click.Group):
    """A group of verbs, each imported when it is used.

    Parameters
    ----------
    package
        Of whose modules each has the verb of its name, as ``command``.
    verbs
        Name to row, in the order of the help.
    """

    def __init__(self, *args: Any, package: str, verbs: Mapping[str, Row], **more: Any) -> None:
        super().__init__(*args, **more)
        self.package = package
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Verbs in the table's order."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The verb, imported now."""
        if cmd_name not in self.verbs:
            return None
        module = importlib.import_module(f"{self.package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        command.name, command.hidden = cmd_name, self.verbs[cmd_name].hidden
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the table, without importing a verb."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, row.help) for name, row in self.verbs.items() if not row.hidden])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that `args` begin with. Raises `click.UsageError`, with a suggestion."""
        if args[0] not in self.verbs:
            close = difflib.get_close_matches(args[0], [name for name, row in self.verbs.items() if not row.hidden], 1)
            raise click.UsageError(f"no verb '{args[0]}'" + (f"; did you mean '{close[0]}'?" if close else ""), ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a verb's name, without importing one."""
        visible = {name: row for name, row in self.verbs.items() if not row.hidden and name.startswith(incomplete)}
        return [
            *(CompletionItem(name, help=row.help) for name, row in visible.items()),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]


class Program(VerbTable):
    """The group of all verbs."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run, and always exit: with the verb's code, or the one that its error asks for."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except click.ClickException as error:
            error.show()
            code = EXIT_USAGE
        except click.Abort:
            click.echo("cancelled", err=True)
            code = EXIT_CANCELLED
        _wait_for_notifications()
        sys.exit(code or 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; what goes wrong is told on stderr, without a traceback of ours for a mistake of the user's."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()  # here, so that a closed pipe is noticed while it is still handled
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            # Whoever read our output has seen enough. Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except DataOpsError as error:
            return _tell(ctx, with_options(f"Error: {error}"), error.exit_code)
        except OSError as error:
            place = f" ({error.filename})" if error.filename else ""
            return _tell(ctx, f"Error: {error.strerror or error}{place}", EXIT_ENVIRONMENT)
        except Exception as error:  # noqa: BLE001 - the last resort: a defect must not look like a failed run
            traceback.print_exc()
            sentence = (
                f"Error: {type(error).__name__} inside jupyter-dataops: a defect; please report it with the above"
            )
            return _tell(ctx, sentence, EXIT_ENVIRONMENT)
        return code


def _wait_for_notifications() -> None:
    """What is on its way is sent: here, since a thread can do less once the main one has ended."""
    for thread in threading.enumerate():
        if thread.name == DELIVERY:
            thread.join()


def _tell(ctx: click.Context, sentence: str, code: int) -> int:
    if ctx.meta.get(DEBUG):
        traceback.print_exc()
    click.echo(sentence, err=True)
    return code


program = Program(
    "dataops",
    package="jupyter_dataops.cli.verbs",
    verbs=VERBS,
    help="Interactive data pipelines in ordinary Jupyter notebooks: tag cells, run them as a graph.",
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(package_name="jupyter-dataops", prog_name="jupyter-dataops")(program)
