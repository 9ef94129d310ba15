"""Whether what a trigger waits for can be found: refused, or remarked, before a schedule is kept.

Nothing of the user's is imported or run for it: modules are looked for where they would be, and read.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from jupyter_dataops.api.reading import read_notebook
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import AssetNotFound, DataOpsError, DeploymentNotFound, UsageError
from jupyter_dataops.interfaces import AssetStore, ScheduleStore
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.triggers import EPOCH, AllOf, AnyOf, Asset, Condition, Trigger, signalled
from jupyter_dataops.scheduling.asked_code import live_notebook
from jupyter_dataops.scheduling.asking import cells_for
from jupyter_dataops.scheduling.deciding import understood
from jupyter_dataops.spec.models import PipelineSpec
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
    wanted = dict.fromkeys(leaf.name for leaf in signalled(trigger) if isinstance(leaf, Asset))
    said = [why for name in wanted if (why := _why_unknown(name, stores.assets, stores.schedules))]
    try:
        code = live_notebook(record, stores.deployments, settings) if record.deployed else Path(record.notebook)
        said += loops(record.name, trigger, read_notebook(code).spec) if wanted else ()
    except DeploymentNotFound as error:
        said.append(f"{error.message}: nothing of the schedule can start until that changes; {error.hint}")
    except DataOpsError:
        pass  # what cannot be read publishes nothing, and is refused elsewhere
    return said


def loops(schedule: str, trigger: Trigger, spec: PipelineSpec) -> list[str]:
    """A sentence about each asset that the pipeline publishes itself, where that alone makes the schedule fire."""
    publishers = {asset: name for name, node in spec.nodes.items() for asset in node.options.assets}
    return [
        f"asset '{asset}' is published by its own node '{publishers[asset]}': each run of the schedule starts the next "
        f"one (asset {asset} -> {schedule} -> asset {asset})"
        for asset in dict.fromkeys(_enough(trigger, publishers.keys()))
    ]


def _enough(trigger: Trigger, published: Collection[str]) -> list[str]:
    """Those of the assets by which the trigger fires, whatever else happens or does not."""
    match trigger:
        case Asset(name) if name in published:
            return [name]
        case AnyOf(members):
            return [name for member in members for name in _enough(member, published)]
        case AllOf(members):
            found = [_enough(member, published) for member in members]
            return [name for names in found for name in names] if all(found) else []
        case _:
            return []


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
