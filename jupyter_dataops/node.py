"""What runs inside a node's kernel: takes its inputs from the artifact store and puts its outputs there.

Node notebooks call it; a node's own code may use `attempt_token`. Kept light, because every kernel imports it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import DataOpsError, UndeclaredMutation, UnstorableValue
from jupyter_dataops.ids import Digest, parts_of
from jupyter_dataops.kernels.protocol import (
    IMPORTED_MIMETYPE,
    OUTPUTS_MIMETYPE,
    PARAMETERS_MIMETYPE,
    SECRETS_VARIABLE,
    VERDICT_MIMETYPE,
    describe_output,
    outputs_to_json,
)
from jupyter_dataops.kernels.usage import imported
from jupyter_dataops.records import OutputRecord
from jupyter_dataops.wiring import open_artifact_store

if TYPE_CHECKING:
    from jupyter_dataops.artifacts.watch import Watch
    from jupyter_dataops.interfaces import ArtifactStore

__all__ = ["NodeContext", "attempt_token", "begin"]


def attempt_token() -> str | None:
    """A token that no other attempt has, to make effects outside the pipeline idempotent; `None` when run by hand."""
    return os.environ.get("DATAOPS_ATTEMPT_TOKEN")


def begin(namespace: dict[str, Any], *, store: str, run: str, node: str, attempt: int) -> NodeContext:
    """The node's context; called once setup has run.

    Parameters
    ----------
    namespace
        The notebook's globals.
    store
        Address of the artifact store.
    """
    _report_crashes()
    artifacts = open_artifact_store(store, _secrets())
    return NodeContext(namespace, artifacts, node=node, where=f"run {run}, attempt {attempt}")


def _secrets() -> dict[str, str]:
    """What no output may hold; empty when run by hand."""
    names = os.environ.get(SECRETS_VARIABLE, "").split()
    return {name: os.environ[name] for name in names if name in os.environ}


def _report_crashes() -> None:
    """Have a crash in compiled code tell where it was, past ipykernel, whose capture of stderr dies with it."""
    try:
        beneath = sys.stderr.fileno()
    except (OSError, ValueError):  # nothing is captured
        beneath = 2
    faulthandler.enable(file=beneath, all_threads=False)


class NodeContext:
    """One node at work: `load`, `watch`, the node's own cells, `save`."""

    def __init__(
        self,
        namespace: dict[str, Any],
        store: ArtifactStore,
        *,
        node: str,
        where: str,
        publish: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._namespace = namespace
        self._store = store
        self._node = node
        self._where = where
        self._publish = publish or _display
        self._watched: dict[str, Watch] = {}
        self._bound_by_setup = frozenset(namespace)
        self._given = {
            (name, ""): _reference(value) for name, value in namespace.items() if _may_be_shared(name, value)
        }
        self._apart: list[tuple[str, str, Any, Watch]] = []
        self._definitions = {name: value for name, value in namespace.items() if isinstance(value, FunctionType | type)}

    def load(self, name: str, digest: str) -> Any:
        """The value stored as `name`.

        Raises
        ------
        ArtifactMissing, ArtifactCorrupt
        """
        with _WithoutOurTraceback():
            value = self._store.get(Digest(digest), name, self._namespace)
        self._given.pop((name, ""), None)  # setup's, which a node has replaced
        self._given[name, digest] = _reference(value)
        return value

    def watch(self, *names: str) -> None:
        """Remember the content of `names`, which others read too; `save` refuses if the node has changed it.

        A class may be named that is here only inside values.
        """
        for name in names:
            value = self._named(name)
            if _can_change(value):
                with suppress(Exception):  # what cannot be pickled cannot be compared
                    self._watched[name] = self._watch(value, self._loader(name, value))

    def keep_apart(self, **others: str) -> None:
        """Remember the content of each name, which shares an object with the other it is given, but came without it.

        `save` refuses if the node has changed it: in one kernel both would have changed.
        """
        for name, other in others.items():
            value = self._namespace.get(name)
            if _can_change(value):
                with suppress(Exception):  # as in `watch`
                    self._apart.append((name, other, value, self._watch(value)))

    def save(
        self,
        *names: str,
        readers: Mapping[str, Sequence[str]] | None = None,
        each: Collection[str] = (),
        abroad: Collection[str] = (),
    ) -> None:
        """Store the values of `names` and display their records; a name that is not bound is left out.

        Parameters
        ----------
        readers
            The nodes that read each name, for messages.
        each
            Names over which ``each:`` nodes run: their elements are stored one by one, too.
        abroad
            Names that the notebook which runs this one gets.

        Raises
        ------
        UndeclaredMutation
            A watched value was changed in place. Nothing is stored.
        UnstorableValue
            Of the first value that cannot be stored; the others are stored and displayed.
        EnvironmentRefused
            The store cannot be written.
        """
        with _WithoutOurTraceback():
            self._refuse_mutation()
            self._refuse_removal(names)
            values = {name: self._namespace[name] for name in names if name in self._namespace}
            outputs, refusal = self._put(values, frozenset(each), frozenset(abroad))
            self._publish(_bundle(outputs))
            reach("outputs shown")
            if refusal is not None:
                raise _said_to_readers(refusal, (readers or {}).get(refusal.variable, ()))

    def give(self, *names: str, to: str) -> None:
        """Display the values of `names`, for the parameters of the notebook `to`; a name that is not bound is left out.

        Raises
        ------
        UnstorableValue
            A value is none that parameters can have.
        """
        with _WithoutOurTraceback():
            values = {name: self._namespace[name] for name in names if name in self._namespace}
            for name, value in values.items():
                _require_plain(name, value, to)
            said = "\n".join(f"{name} = {value!r}" for name, value in values.items())
            self._publish({PARAMETERS_MIMETYPE: values, "text/plain": said or f"no parameters for {to}"})

    def verdict(self) -> None:
        """Display what the check, whose cells have run, has found.

        Raises
        ------
        UndeclaredMutation
            It changed a watched value: what it looked at is not what others get.
        """
        from jupyter_dataops.checking.verdict import judge  # noqa: PLC0415 - nodes need it not

        with _WithoutOurTraceback():
            self._refuse_mutation()
            found = judge(self._namespace)
            self._publish({VERDICT_MIMETYPE: asdict(found), "text/plain": found.sentence})

    def _put(
        self, values: Mapping[str, Any], each: frozenset[str], abroad: frozenset[str]
    ) -> tuple[dict[str, OutputRecord], UnstorableValue | None]:
        by_reference, loaded = self._still_defined(), self._still_given()
        refusal: UnstorableValue | None = None
        while True:
            try:
                outputs = self._store.put(
                    values, self._namespace, by_reference=by_reference, loaded=loaded, each=each, abroad=abroad
                )
            except UnstorableValue as error:
                refusal = refusal or error
                values = {name: value for name, value in values.items() if name != error.variable}
            else:
                return dict(outputs), refusal

    def _still_given(self) -> dict[str, Any]:
        """The inputs that are alive; an element, which has the name of the value that it is from, beside that value."""
        alive: dict[str, Any] = {}
        for (name, _), reference in self._given.items():
            value = reference()
            if value is not None:
                alive[name] = (alive[name], value) if name in alive else value
        return alive

    def _still_defined(self) -> frozenset[str]:
        """Setup's functions and classes, except those that the node has put something else in the place of."""
        return frozenset(name for name, value in self._definitions.items() if self._namespace.get(name) is value)

    def _changed_definition(self, name: str, value: object) -> UndeclaredMutation:
        kind = "class" if isinstance(value, type) else "function"
        return UndeclaredMutation(
            f"node '{self._node}' changed what the {kind} '{name}' remembers, which other nodes also use; each of them "
            "has it as it was defined",
            where=self._where,
            hint="keep what changes in a variable or in instances, and hand that on",
            variable=name,
        )

    def _named(self, name: str) -> Any:
        """What `name` means here; `None` where it means nothing."""
        from jupyter_dataops.artifacts.memory import travelled_class  # noqa: PLC0415 - rarely needed

        return self._namespace[name] if name in self._namespace else travelled_class(name)

    def _watch(self, value: Any, load: Callable[[dict[str, Any]], Any] | None = None) -> Watch:
        from jupyter_dataops.artifacts.watch import Watch  # noqa: PLC0415 - rarely needed

        return Watch(value, self._namespace, self._still_defined(), load)

    def _loader(self, name: str, value: object) -> Callable[[dict[str, Any]], Any] | None:
        """What gives `value`, if it was loaded as `name`, once more and into another namespace."""
        found = (digest for (given, digest), alive in self._given.items() if given == name and alive() is value)
        digest = next(found, "")
        return partial(self._store.get, Digest(digest), name) if digest else None

    def _refuse_removal(self, names: Sequence[str]) -> None:
        """A name that the node left unbound is bound by setup in the kernel of whoever reads it."""
        for name in self._bound_by_setup.intersection(names) - self._namespace.keys():
            message = f"node '{self._node}' removed '{name}', which setup binds again in every node that reads it"
            raise UndeclaredMutation(message, where=self._where, hint=f"bind '{name}' anew", variable=name)

    def _refuse_mutation(self) -> None:
        for name, watched in self._watched.items():
            value = self._named(name)
            if watched.is_changed(value, self._still_defined()):
                if isinstance(value, FunctionType | type):
                    raise self._changed_definition(name, value)
                is_check = parts_of(self._node).local.startswith("check:")
                declare = "" if is_check else f"tag one of its cells 'out:{name}' to hand the changed value on, or "
                raise UndeclaredMutation(
                    f"{'check' if is_check else 'node'} '{self._node}' changed '{name}' in place, which other nodes "
                    "also read, without saying so",
                    where=self._where,
                    hint=f"{declare}change a copy: {name}_copy = copy.deepcopy({name})",
                    variable=name,
                )
        for name, other, value, watched in self._apart:
            if watched.is_changed(value, self._still_defined()):
                raise UndeclaredMutation(
                    f"node '{self._node}' changed '{name}' in place, which shares an object with '{other}' of another "
                    "node: in one kernel both would have changed",
                    where=self._where,
                    hint=f"change a copy: {name} = copy.deepcopy({name}); or make both names in one node",
                    variable=name,
                )


def _can_change(value: Any) -> bool:
    from jupyter_dataops.artifacts.mutation import is_immutable  # noqa: PLC0415 - rarely needed

    return isinstance(value, type) or not is_immutable(value)


def _require_plain(name: str, value: Any, to: str) -> None:
    from jupyter_dataops.artifacts.serializers.json_values import is_exact  # noqa: PLC0415 - rarely needed

    try:
        # The text that travels: a number that is none (NaN), or a lone surrogate, would not arrive.
        if is_exact(value) and json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode()) == value:
            return
    except ValueError:
        pass
    raise UnstorableValue(
        f"{name!r}, a {type(value).__name__}, cannot be a parameter of {to}: parameters are text, numbers, true and "
        "false, None, and lists and dicts of these",
        where=f"variable {name}",
        hint="convert it, or write it to a file and give the path",
        variable=name,
        type=type(value).__name__,
        path=name,
    )


def _said_to_readers(refusal: UnstorableValue, readers: Sequence[str]) -> UnstorableValue:
    if not readers:
        return refusal
    named = ", ".join(f"'{node}'" for node in readers)
    message = f"{refusal.message}; {'node' if len(readers) == 1 else 'nodes'} {named} would read it"
    return UnstorableValue(message, where=refusal.where, hint=refusal.hint, **refusal.facts)


def _may_be_shared(name: str, value: Any) -> bool:
    """Whether `name`, which setup or the parameters bound, may be an object that somebody changes in place."""
    if name.startswith("_") or name in ("In", "Out", "exit", "quit", "get_ipython"):
        return False
    return not isinstance(value, str | int | float | FunctionType | ModuleType | type | None)


def _reference(value: Any) -> Callable[[], Any]:
    """Does not keep a large input alive that the node has let go, where the type allows that."""
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _bundle(outputs: Mapping[str, OutputRecord]) -> dict[str, Any]:
    summary = "\n".join(describe_output(output) for output in outputs.values())
    return {OUTPUTS_MIMETYPE: outputs_to_json(outputs), "text/plain": summary or "nothing to hand on"}


def _display(bundle: dict[str, Any]) -> None:
    from IPython.display import publish_display_data  # noqa: PLC0415 - there already, where there is a kernel

    publish_display_data({**bundle, IMPORTED_MIMETYPE: imported()})  # type: ignore[no-untyped-call]


class _WithoutOurTraceback:
    """Errors of ours show their message alone: the user's code is not in their traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, DataOpsError):
            lines = [f"{type(error).__name__}: {error}"]
            error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]  # IPython's protocol
