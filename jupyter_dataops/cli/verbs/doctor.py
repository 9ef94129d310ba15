"""``doctor``: whether this machine is fit for it."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from jupyter_dataops.cli.face import Face, verb
from jupyter_dataops.cli.group import EXIT_ENVIRONMENT
from jupyter_dataops.cli.health import Finding, Status, examine
from jupyter_dataops.cli.options import json_option
from jupyter_dataops.cli.output import make_console, print_json

_STYLES: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}


@verb(json_shape='{"checks": [{"name", "status": "ok|warn|fail", "message", "cure"}]}')
@json_option()
def command(face: Face, /, *, as_json: bool) -> int:
    """Check that this machine can run pipelines.

    Python and packages, kernels, the run store, Graphviz. Exits with 3 if something required fails.
    """
    console = make_console(stderr=as_json)
    findings: list[Finding] = []
    for finding in examine(face.settings()):
        findings.append(finding)
        if not as_json:
            console.print(finding_text(finding))
    if as_json:
        print_json(
            {
                "checks": [
                    {"name": one.name, "status": one.status.value, "message": one.message, "cure": one.cure}
                    for one in findings
                ]
            }
        )
    return EXIT_ENVIRONMENT if any(finding.status is Status.FAIL for finding in findings) else 0


def finding_text(finding: Finding) -> Text:
    """One finding as a line, with its cure below."""
    view = Text.assemble(
        (f"{finding.status.value:<4}", _STYLES[finding.status]), f"  {finding.name}: {finding.message}"
    )
    if finding.cure:
        view.append(f"\n      -> {finding.cure}")
    return view
