"""Coming to where a node failed: what it started with, in the kernel of whoever wants to mend it.

Parameters and setup are run as the run pinned them, then the node's inputs are loaded, those of the attempt in
question. The node's own cells are left to the user: they can be run, changed, and debugged, right there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from jupyter_dataops.api.attempts import attempts_at, chosen, no_such_attempt
from jupyter_dataops.api.executions import Executions
from jupyter_dataops.api.inputs import inputs_of
from jupyter_dataops.api.whole_notebook import read_executed
from jupyter_dataops.dataflow.source import parse
from jupyter_dataops.errors import EnvironmentRefused, UsageError
from jupyter_dataops.ids import Digest, NodeName, parts_of
from jupyter_dataops.kernels.protocol import INPUTS
from jupyter_dataops.records import AttemptRecord, Failure, NodeRunRecord
from jupyter_dataops.spec.models import Cell, Role

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.api.scopes import Scope
    from jupyter_dataops.interfaces import ArtifactStore

RunCode = Callable[[str, str], None]
"""Runs the source of a cell; takes what to call it, too."""


class Load(Struct, frozen=True):
    """A stored value, and the name that it gets."""

    variable: str
    name: str
    """By which it was stored."""
    digest: Digest


class Beginning(Struct, frozen=True):
    """What a node started with."""

    node: NodeName
    attempt: int
    """0: it has not run."""
    cells: tuple[Cell, ...]
    """Parameters and setup, in document order."""
    parameters: Mapping[str, Any]
    """Given values, which follow the ``parameters`` cell."""
    imports: tuple[str, ...]
    loads: tuple[Load, ...]
    names: tuple[str, ...]
    """All that is bound by these: parameters, inputs, and what setup makes."""
    failure: Failure | None
    """Of the attempt."""
    notebook: str
    """Path of its notebook from the run's own; empty: it is that one."""


class Restored(Struct, frozen=True):
    """What was restored, as it is told in a notebook."""

    run_id: str
    beginning: Beginning

    def __repr__(self) -> str:
        one = self.beginning
        loaded = ", ".join(load.variable for load in one.loads) or "no inputs"
        said = [f"`{one.node}` as in run {self.run_id}, attempt {one.attempt}: {loaded}; parameters and setup have run"]
        if one.failure is not None:
            where = f" (line {one.failure.line} of its cell)" if one.failure.line is not None else ""
            said.append(f"it failed with {one.failure.headline}{where}: run its cells, edit them; `%debug` works then")
        return "\n".join(said)


def beginning_of(run: Run, name: str, attempt: int | None = None) -> Beginning:
    """What the attempt at a node, by default the latest, started with; nothing is loaded.

    Raises
    ------
    NodeNotFound
    UsageError
        There is no such attempt, or its notebook is not known.
    """
    record = run[name].record
    with run.store() as store:
        past = Executions(store).run(run.run_id)
        scope = past.scope_of(record.node)
        if scope is None:
            raise UsageError(f"the notebook of `{name}` is not known in run {run.run_id}", hint="see `runs`")
        attempts = attempts_at(store, record)
    made = chosen(attempts, attempt)
    if made is None and attempt is not None:
        raise no_such_attempt(record, attempt)
    local, flow = parts_of(record.node).local, scope.analysed.flow
    outputs = {node: found.outputs for node, found in past.nodes.items() if found.state.has_outputs}
    given = inputs_of(flow, local, scope.outputs(outputs))
    loads = _loads_of_attempt(made) if made else None
    if loads is None:
        loads = (
            *(Load(name, one.output.name, one.output.artifact.digest) for name, one in given.values.items()),
            *_element(scope, record),
        )
    cells = scope.analysed.spec.cells_with(Role.PARAMETERS, Role.SETUP)
    bound = {name for cell in cells for name in flow.cell_names[cell.index].always_binds}
    return Beginning(
        node=record.node,
        attempt=made.attempt if made else 0,
        cells=cells,
        parameters=scope.parameters,
        imports=tuple(dict.fromkeys((*scope.flow_of(local).imports, *given.imports))),
        loads=loads,
        names=tuple(sorted({*bound, *scope.parameters, *(load.variable for load in loads)})),
        failure=made.failure if made else None,
        notebook=scope.path,
    )


def _loads_of_attempt(attempt: AttemptRecord) -> tuple[Load, ...] | None:
    """What the attempt itself loaded: what is above it may have run again since. `None` where it left no notebook."""
    try:
        executed = read_executed(attempt.notebook)
    except (OSError, ValueError):
        return None
    cells = executed["cells"] if executed else ()
    source = next(("".join(cell["source"]) for cell in cells if cell.get("id") == INPUTS), None)
    return None if source is None else tuple(loads_in(source))


def loads_in(source: str) -> Iterator[Load]:
    """The values that the first generated cell of a node notebook loads.

    Examples
    --------
    >>> list(loads_in('df = __dataops__.load("df", "blake3:00")  # from clean'))
    [Load(variable='df', name='df', digest='blake3:00')]
    """
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=variable)],
                value=ast.Call(
                    func=ast.Attribute(attr="load"),
                    args=[ast.Constant(value=str(name)), ast.Constant(value=str(digest))],
                ),
            ):
                yield Load(variable, name, Digest(digest))


def _element(scope: Scope, record: NodeRunRecord) -> Iterator[Load]:
    each = scope.analysed.spec.nodes[parts_of(record.node).local].options.each if record.item else None
    if record.item is not None and each is not None:
        yield Load(each[0], record.item.name, record.item.artifact.digest)


def restore(beginning: Beginning, artifacts: ArtifactStore, namespace: dict[str, Any], run_code: RunCode) -> None:
    """`namespace` is as the node found it: what it had of other names stays.

    Parameters
    ----------
    run_code
        Runs cells in `namespace`.

    Raises
    ------
    ArtifactMissing, ArtifactCorrupt, ArtifactError
        An input cannot be loaded.
    EnvironmentRefused
        A cell of setup failed.
    """
    *_, last = [index for index, cell in enumerate(beginning.cells) if cell.role is Role.PARAMETERS] or [-1]
    if last < 0:
        namespace.update(beginning.parameters)
    for index, cell in enumerate(beginning.cells):
        run_code(cell.source, f"cell {cell.index + 1} ({cell.role})")
        if index == last:
            namespace.update(beginning.parameters)
    for statement in beginning.imports:
        run_code(statement, "an import")
    for load in beginning.loads:
        namespace[load.variable] = artifacts.get(load.digest, load.name, namespace)


def restore_node(run: Run, name: str, attempt: int | None, namespace: dict[str, Any] | None) -> Restored:
    """As `restore`, in the namespace of the notebook that this is called in, unless another is given."""
    beginning = beginning_of(run, name, attempt)
    shell = _shell()
    if shell is not None and (namespace is None or namespace is shell.user_ns):
        restore(beginning, run.artifacts, shell.user_ns, lambda source, what: _run_in_shell(shell, source, what))
    else:
        target = vars(sys.modules["__main__"]) if namespace is None else namespace
        restore(beginning, run.artifacts, target, lambda source, what: _run_plainly(source, what, target))
    return Restored(run.run_id, beginning)


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython  # noqa: PLC0415 - there already, where there is a shell

    return get_ipython()


def _run_in_shell(shell: Any, source: str, what: str) -> None:
    from IPython.utils.capture import capture_output  # noqa: PLC0415 - as `_shell`

    with capture_output():  # what setup shows is no news
        done = shell.run_cell(source, store_history=False, silent=True)
    _require_done(done.error_before_exec or done.error_in_exec, what)


def _run_plainly(source: str, what: str, namespace: dict[str, Any]) -> None:
    try:
        exec(compile(parse(source), f"<{what}>", "exec", dont_inherit=True), namespace)  # noqa: S102
    except Exception as error:  # noqa: BLE001 - whatever the user's setup raises
        _require_done(error, what)


def _require_done(error: BaseException | None, what: str) -> None:
    if error is not None:
        raise EnvironmentRefused(
            f"what every node starts with cannot be run here: {type(error).__name__}: {error}",
            where=what,
            hint="run the notebook's setup and parameters cells by hand to see why",
        ) from error


def restore_code(run: Run, beginning: Beginning) -> str:
    """Python that restores it in any kernel which has this package, and binds no other name there."""
    which = f"{run.run_id!r}, {beginning.node!r}, attempt={beginning.attempt or None}"
    return f"__import__('jupyter_dataops').restore({which}, store={run.settings.store!r})"
