"""Every rule that a policy can ask for, in one table: what it means, how it is met. Pure.

To add one: a row here with its check function, and one in `jupyter_dataops.config.policy_forms`, which says how it is
written. The page ``docs/deployments.md`` lists them, and a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from jupyter_dataops.deploying.view import NodeView, PipelineView, Stage
from jupyter_dataops.spec.models import Problem, Severity
from jupyter_dataops.spec.suggestions import suggestion

Check = Callable[[PipelineView, str], Iterable[Problem]]
"""Takes what is looked at, and what stands behind ``=``, or the rule's default."""

OWN: Final = "DP100"
"""The code of what a user's own rule finds."""
ALWAYS: Final = (Stage.CHECK, Stage.DEPLOY, Stage.LAUNCH)


class PolicyRule(Struct, frozen=True):
    """One rule."""

    name: str
    code: str
    """``DPnnn``."""
    explanation: str
    cure: str
    check: Check
    stages: tuple[Stage, ...] = ALWAYS


def values_of(text: str) -> tuple[str, ...]:
    """What is written between bars.

    Examples
    --------
    >>> values_of("python3 | ir")
    ('python3', 'ir')
    """
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _at(code: str, node: NodeView, message: str, hint: str) -> Problem:
    place = f" of {node.within}" if node.within else ""
    # A cell of another notebook is none of this one.
    cell_id, index = (None, None) if node.within else (node.cell_id, node.cell_index)
    return Problem(code, f"node `{node.name}`{place} {message}", hint, cell_id, index, None)


def _owner(view: PipelineView, _value: str) -> Iterator[Problem]:
    without = [node for node in view.nodes if not node.owner]
    hint = "tag it `owner:NAME`, or set metadata.dataops.owner for all nodes"
    if without and len(without) == len(view.nodes):
        yield Problem("DP001", "nobody owns the pipeline: no node has an owner", hint)
        return
    yield from (_at("DP001", node, "has no owner", hint) for node in without)


def _no_absolute_paths(view: PipelineView, _value: str) -> Iterator[Problem]:
    for found in view.diagnostics:
        if found.code == "DO016":
            yield Problem("DP002", found.message, found.hint, found.cell_id, found.cell_index, found.node)


def _no_pickles(view: PipelineView, _value: str) -> Iterator[Problem]:
    nodes = {node.name: node for node in view.nodes if not node.within}
    for output in view.outputs:
        if output.serializer != "pickle":
            continue
        message = f"node `{output.node}` hands on `{output.name}`, a {output.type}, which only a pickle can hold"
        hint = "hand on a table, an array, text or JSON-able values instead"
        node = nodes.get(output.node)
        yield Problem("DP003", message, hint, node.cell_id if node else None, node.cell_index if node else None)


def _checks(view: PipelineView, value: str) -> Iterator[Problem]:
    count = sum(len(node.checks) for node in view.nodes)
    if count < int(value):
        yield Problem(
            "DP004",
            f"the pipeline has {count or 'no'} check{'' if count == 1 else 's'}; the policy asks for {value} at least",
            "test what a node hands on in a cell tagged `check:NODE`",
        )
    for node in view.nodes:
        if node.assets and not node.checks:
            yield _at("DP004", node, "publishes an asset that nothing checks", f"add a cell tagged `check:{node.name}`")


def _tested(view: PipelineView, _value: str) -> Iterator[Problem]:
    if not view.is_tested:
        yield Problem("DP005", "no test run of this version has succeeded", "deploy it with --test")


def _pinned_parameters(view: PipelineView, value: str) -> Iterator[Problem]:
    wanted = values_of(value) or tuple(view.parameters)
    by_schedule = [one.get("parameters", {}) for one in view.schedules.values() if isinstance(one, Mapping)]
    given = {*view.given, *(set.intersection(*map(set, by_schedule)) if by_schedule else ())}
    for name in wanted:
        if name not in view.parameters and (hint := suggestion(name, view.parameters)):
            yield Problem(
                "DP006",
                f"the policy asks for the parameter `{name}`, which the notebook does not have",
                f"{hint} Correct it in pinned_parameters, or in the cell `parameters`",
            )
        if name in view.parameters and name not in given:
            yield Problem(
                "DP006",
                f"parameter `{name}` has only its default in the notebook, {view.parameters[name]}",
                f"give it a value for this environment: parameters.{name} in [env.{view.environment or 'NAME'}]",
            )


def _max_retries(view: PipelineView, value: str) -> Iterator[Problem]:
    for node in view.nodes:
        if node.retries > int(value):
            yield _at(
                "DP007", node, f"tries {node.retries} times again, and {value} is the most", "lower its `retries:`"
            )


def _kernels(view: PipelineView, value: str) -> Iterator[Problem]:
    allowed = values_of(value)
    for node in view.nodes:
        if node.kernel not in allowed:
            hint = f"use {' or '.join(allowed)}"
            yield _at("DP008", node, f"runs in the kernel '{node.kernel}', which is not allowed", hint)


def _timeouts(view: PipelineView, _value: str) -> Iterator[Problem]:
    for node in view.nodes:
        if node.timeout_s is None and node.notebook is None:
            yield _at("DP009", node, "may run for ever", "tag it `timeout:1h`, say")


def _no_warnings(view: PipelineView, _value: str) -> Iterator[Problem]:
    for found in view.diagnostics:
        if found.severity is Severity.WARNING:
            message = f"{found.code}: {found.message}"
            yield Problem("DP010", message, found.hint, found.cell_id, found.cell_index, found.node)


def _complete(view: PipelineView, _value: str) -> Iterator[Problem]:
    for remark in view.remarks:
        yield Problem("DP011", remark, "name modules and files in the code as they are, beside the notebook")


def _same_packages(view: PipelineView, _value: str) -> Iterator[Problem]:
    for name, version in view.packages.items():
        here = view.installed.get(name)
        if here != version:
            yield Problem(
                "DP012",
                f"{name} is {here or 'not installed'} here, and was {version} when the version was made",
                f"install {name}=={version}, or deploy again with what is installed",
            )


_ROWS: Final = (
    PolicyRule("owner", "DP001", "Every node has an owner.", "Tag nodes `owner:NAME`.", _owner),
    PolicyRule(
        "no_absolute_paths",
        "DP002",
        "No cell names an absolute path or a secret ([`DO016`](diagnostics.md#do016)).",
        "Use relative paths and parameters.",
        _no_absolute_paths,
    ),
    PolicyRule(
        "no_pickles",
        "DP003",
        "No value handed on is a pickle, as far as the latest run of these cells tells.",
        "Hand on tables, arrays, text and JSON-able values.",
        _no_pickles,
    ),
    PolicyRule(
        "checks",
        "DP004",
        "The pipeline has that many checks, and what publishes an asset has one.",
        "Add cells tagged `check:NODE`.",
        _checks,
    ),
    PolicyRule(
        "tested",
        "DP005",
        "A test run of the version has succeeded.",
        "Deploy with `--test`.",
        _tested,
        stages=(Stage.DEPLOY, Stage.LAUNCH),
    ),
    PolicyRule(
        "pinned_parameters",
        "DP006",
        "These parameters (or all) get a value from the environment, the schedule or the caller.",
        "Give them values in `[env.NAME]`.",
        _pinned_parameters,
    ),
    PolicyRule(
        "max_retries",
        "DP007",
        "No node tries more often again.",
        "Lower `retries:`.",
        _max_retries,
    ),
    PolicyRule(
        "kernels",
        "DP008",
        "Nodes run in these kernels only.",
        "Choose one of them.",
        _kernels,
    ),
    PolicyRule("timeouts", "DP009", "Every node has a timeout.", "Tag nodes `timeout:DURATION`.", _timeouts),
    PolicyRule("no_warnings", "DP010", "`check` warns of nothing.", "Do what the diagnostic says.", _no_warnings),
    PolicyRule(
        "complete",
        "DP011",
        "The version has all that its code is seen to import and read.",
        "Name modules and files as they are, beside the notebook.",
        _complete,
    ),
    PolicyRule(
        "same_packages",
        "DP012",
        "The packages that the code imports are installed as they were when the version was made.",
        "Install those versions, or deploy again.",
        _same_packages,
        stages=(Stage.LAUNCH,),
    ),
)

POLICY_RULES: Final[Mapping[str, PolicyRule]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every rule, by its name."""
