"""``completion``: the script that a shell needs."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.group import COMPLETE_VARIABLE

SHELLS = ("bash", "zsh", "fish")


@verb()
@click.argument("shell", type=click.Choice(SHELLS))
def command(_face: Face, /, shell: str) -> None:
    """Print the script that completes verbs, options and runs in a shell.

    \b
    bash: jupyter-dataops completion bash >> ~/.bashrc
    zsh:  jupyter-dataops completion zsh >> ~/.zshrc
    fish: jupyter-dataops completion fish > ~/.config/fish/completions/jupyter-dataops.fish
    """  # noqa: D301 - click's mark for "as it is" is a backspace
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click cannot complete in {shell}")
    # The template, not `kind.source()`: that one asks the shell for its version, which need not be installed here.
    names = {"complete_func": "_jupyter_dataops_completion", "complete_var": COMPLETE_VARIABLE}
    click.echo(kind.source_template % {**names, "prog_name": "jupyter-dataops"})
