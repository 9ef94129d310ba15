"""Whether what a trigger waits for can be found: refused, or remarked, before a schedule is kept.

Nothing of the user's is imported or run for it: modules are looked for where they would be, and read.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from jupyter_dataops.api.reading import read_notebook
from jupyter_dataops.api.sub_notebooks import read_sub_notebooks
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import AssetNotFound, DataOpsError, DeploymentNotFound, InvalidSchedule, UsageError
from jupyter_dataops.interfaces import AssetStore, ScheduleStore
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.triggers import EPOCH, Asset, Condition, Trigger, signalled
from jupyter_dataops.scheduling.asked_code import live_notebook
from jupyter_dataops.scheduling.asking import cells_for
from jupyter_dataops.scheduling.cycles import Published, Waiting, loops
from jupyter_dataops.scheduling.deciding import understood
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.wiring import Stores


def require_targets(record: ScheduleRecord) -> None:
    """What its trigger asks can be found in the working copy; of a deployed one it is not known which version it is.

    Raises
    ------
    UsageError
    """
    if not record.deployed:
        require_conditions(understood(record).trigger, Path(record.notebook))


def require_conditions(trigger: Trigger, notebook: Path) -> None:
    """Return if all conditions of `trigger` can be found: cells of the notebook, callables of modules beside it.

    Raises
    ------
    UsageError
        One cannot, with the one that may be meant.
    """
    for leaf in signalled(trigger):
        if isinstance(leaf, Condition):
            place, _, name = (part.strip() for part in leaf.target.partition(":"))
            if place == "cell":
                _require_cell(leaf.target, name, notebook)
            else:
                _require_callable(leaf.target, place, name, notebook.parent)


def remarks(record: ScheduleRecord, stores: Stores, settings: Settings) -> list[str]:
    """What may keep the schedule from starting, or start it without end: a sentence each, without full stop.

    None is an error. The pipeline that will publish an asset may be another team's, and come later; so may the
    deployment of its notebook.
    """
    trigger = understood(record).trigger
    wanted = wanted_assets(trigger)
    said = unpublished(wanted, stores)
    if wanted:
        said += loops(Waiting(record.name, trigger), *_others(record, stores, settings))
    try:
        if record.deployed:
            live_notebook(record, stores.deployments, settings)
    except DeploymentNotFound as error:
        said.append(f"{error.message}: nothing of the schedule can start until that changes; {error.hint}")
    except DataOpsError:
        pass  # what cannot be read is refused elsewhere
    return said


def wanted_assets(trigger: Trigger) -> list[str]:
    """Names of the assets that it waits for."""
    return list(dict.fromkeys(leaf.name for leaf in signalled(trigger) if isinstance(leaf, Asset)))


def unpublished(assets: Sequence[str], stores: Stores) -> list[str]:
    """Which of them have no version yet, a sentence each, without full stop."""
    return [why for name in assets if (why := _why_unknown(name, stores.assets, stores.schedules))]


def _others(
    record: ScheduleRecord, stores: Stores, settings: Settings
) -> tuple[Sequence[Waiting], Callable[[Waiting], Published]]:
    """The other schedules that wait for assets, and what tells what runs of one publish."""
    records = {one.name: one for one in stores.schedules.get_schedules() if one.schedule_id != record.schedule_id}
    triggers = {name: trigger for name, one in records.items() if (trigger := _waits_for(one)) is not None}
    records[record.name] = record

    def published(schedule: Waiting) -> Published:
        of = records[schedule.name]
        try:
            return _published(live_notebook(of, stores.deployments, settings) if of.deployed else Path(of.notebook))
        except DataOpsError:
            return {}  # what cannot be read publishes nothing

    return [Waiting(name, trigger) for name, trigger in triggers.items()], published


def _waits_for(record: ScheduleRecord) -> Trigger | None:
    """The trigger, where it waits for an asset and can be understood here."""
    try:
        trigger = understood(record).trigger
    except InvalidSchedule:
        return None
    return trigger if any(isinstance(leaf, Asset) for leaf in signalled(trigger)) else None


def _published(notebook: Path) -> Published:
    """What a run of the notebook publishes: its own nodes, and those of notebooks that they run."""
    analysed = read_notebook(notebook)
    found = {asset: f"node '{name}'" for name, node in analysed.spec.nodes.items() for asset in node.options.assets}
    try:
        inside = read_sub_notebooks(analysed)
    except DataOpsError:
        return found  # such a notebook does not run
    for path, part in inside.items():
        told = {
            asset: f"node '{name}' of '{path}'"
            for name, node in part.spec.nodes.items()
            for asset in node.options.assets
        }
        found = {**told, **found}
    return found


def _why_unknown(name: str, assets: AssetStore, schedules: ScheduleStore) -> str:
    try:
        assets.get_asset(name)
    except AssetNotFound as error:
        if schedules.get_signals(f"asset:{name}", EPOCH, 1):
            return ""
        meant = f"; {error.hint}" if "did you mean" in error.hint else ""
        return f"no run has published an asset '{name}' yet{meant}; the schedule waits until one does"
    return ""


def _require_cell(target: str, name: str, notebook: Path) -> None:
    spec = read_notebook(notebook).spec
    try:
        cells_for(spec, name)
    except UsageError as error:
        known = {*spec.nodes, *(tag for cell in spec.cells for tag in cell.tags if ":" not in tag)}
        hint = suggestion(name, sorted(known)) or error.hint
        raise UsageError(f"condition {target}: {error.message}", where=str(notebook), hint=hint) from None


def _require_callable(target: str, module: str, name: str, folder: Path) -> None:
    spec = _find(module, [str(folder), *sys.path])
    if spec is None:
        hint = f"condition MODULE:CALLABLE, with MODULE.py in {folder}, or a module that is installed"
        raise UsageError(f"condition {target}: there is no module '{module}'", hint=hint)
    first = name.partition(".")[0]
    bound = _bound_in(spec)
    if bound is not None and first not in bound:
        hint = suggestion(first, sorted(bound)) or "name a callable of it: condition MODULE:CALLABLE"
        raise UsageError(f"condition {target}: '{module}' has no '{first}'", where=str(spec.origin), hint=hint)


def _find(module: str, path: list[str]) -> ModuleSpec | None:
    """Where a dotted module is."""
    first, _, rest = module.partition(".")
    if first in sys.builtin_module_names:
        return ModuleSpec(first, None)
    spec = PathFinder.find_spec(first, path)
    if not rest or spec is None:
        return spec
    return _find(rest, list(spec.submodule_search_locations or ()))


def _bound_in(spec: ModuleSpec) -> frozenset[str] | None:
    """Names that the module may bind at its top; `None`: that cannot be told from its text."""
    if spec.origin is None or not spec.origin.endswith(".py"):
        return None
    try:
        tree = ast.parse(Path(spec.origin).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    names = frozenset(_names_in(tree))
    return None if names & {"*", "__getattr__", "globals", "exec"} else names


def _names_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Name(id=name):
                yield name
