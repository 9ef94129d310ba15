"""Two runs of a node, compared. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from jupyter_dataops.plan.contents import ContentChange, compare_outputs
from jupyter_dataops.plan.differences import Difference, Kind
from jupyter_dataops.plan.executions import Execution
from jupyter_dataops.plan.fingerprint import UNKNOWN
from jupyter_dataops.records import OutputRecord

_MUCH: Final = 2.0
"""Times as long, or as much memory: less is noise."""
_LEAST_S: Final = 5.0
_LEAST_BYTES: Final = 64 << 20

_WHAT: Final[Mapping[Kind, str]] = {
    Kind.FILES: "file",
    Kind.MODULES: "module",
    Kind.ENVIRONMENT: "environment variable",
    Kind.ASSETS: "asset",
}

Open = Callable[[OutputRecord, OutputRecord], tuple[Any, Any] | None]
"""Both values, where they can be opened safely and are not too large."""


def never_open(_old: OutputRecord, _new: OutputRecord) -> None:
    """Compare descriptions alone."""


def compare(old: Execution, new: Execution, open_both: Open = never_open) -> list[Difference]:
    """Everything that differs, in the order of `Kind`."""
    return [
        *_code(old, new),
        *_setup(old, new),
        *_details(old, new, Kind.MODULES),
        *_parameters(old, new),
        *_sources(old, new),
        *_contents(old, new, open_both),
        *_details(old, new, Kind.ASSETS),
        *_packages(old, new),
        *_details(old, new, Kind.ENVIRONMENT),
        *_details(old, new, Kind.FILES),
        *_memory(old, new),
        *_duration(old, new),
    ]


def _code(old: Execution, new: Execution) -> Sequence[Difference]:
    node = new.record.node
    if old.forms == new.forms:
        return ()
    diff = unified_diff(old.code, new.code, f"run {old.run_id}", f"run {new.run_id}")
    sentence = "its code was edited" if diff else "its kernel, or the imports it takes from others, changed"
    return (Difference(Kind.CODE, node, node, sentence, diff=diff, edited_lines=_added(diff)),)


def _used(old: Execution, new: Execution, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names that tell something: those that only one of two versions of the code uses are told with the code."""
    return sorted({*then, *now} if old.forms == new.forms else then.keys() & now.keys())


def _setup(old: Execution, new: Execution) -> Sequence[Difference]:
    used = _used(old, new, old.setup, new.setup)
    names = [name for name in used if old.setup.get(name) != new.setup.get(name)]
    if not names:
        return ()
    diff = unified_diff(old.setup_code, new.setup_code, f"run {old.run_id}", f"run {new.run_id}")
    told = ", ".join(f"`{name}`" if name.isidentifier() else name for name in names)
    found = Difference(Kind.SETUP, new.record.node, "setup", f"setup that it uses was edited: {told}", diff=diff)
    return (replace(found, names=frozenset(names), edited_lines=_added(diff), facts={"names": names}),)


def unified_diff(old: str, new: str, old_name: str, new_name: str) -> str:
    r"""What was edited, with two lines around; empty if nothing was.

    Examples
    --------
    >>> print(unified_diff("x = 1\ny = 2", "x = 1\ny = 3", "then", "now"))
    --- then
    +++ now
    @@ -1,2 +1,2 @@
     x = 1
    -y = 2
    +y = 3
    """
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, n=2, lineterm=""))


def _added(diff: str) -> frozenset[str]:
    return frozenset(line[1:].strip() for line in diff.splitlines()[2:] if line.startswith("+") and line[1:].strip())


def _parameters(old: Execution, new: Execution) -> Sequence[Difference]:
    found = []
    for name in _used(old, new, old.parameters, new.parameters):
        then, now = old.parameters.get(name), new.parameters.get(name)
        if then != now:
            told = f"parameter `{name}` is {now or 'no longer there'} and was {then or 'not there'}"
            found.append(Difference(Kind.PARAMETERS, new.record.node, name, told, then, now, names=frozenset({name})))
    return found


def _sources(old: Execution, new: Execution) -> Sequence[Difference]:
    node, found = new.record.node, []
    for name in _used(old, new, old.reads, new.reads):
        then, now = old.reads.get(name), new.reads.get(name)
        if then == now:
            continue
        if then is None:
            told = f"it reads `{name}` of `{now}` now"
        elif now is None:
            told = f"it no longer reads `{name}` of `{then}`"
        else:
            told = f"`{name}` comes from `{now}` and came from `{then}`"
        found.append(Difference(Kind.INPUTS, node, name, told, then, now, names=frozenset({name})))
    if old.gates != new.gates:
        told = f"it runs by `{new.gates}` and ran by `{old.gates}`"
        found.append(Difference(Kind.INPUTS, node, "trigger", told, old.gates, new.gates))
    return found


def _contents(old: Execution, new: Execution, open_both: Open) -> Sequence[Difference]:
    found = []
    for name, now in new.inputs.items():
        then = old.inputs.get(name)
        if then is None or then.artifact.digest == now.artifact.digest:
            continue
        change = compare_outputs(then, now, open_both(then, now))
        if change is not None:
            found.append(_content(new, name, change, then, now))
    return found


def _content(
    execution: Execution, name: str, change: ContentChange, then: OutputRecord, now: OutputRecord
) -> Difference:
    source = execution.reads.get(name)
    told = f"{change.sentence} (from `{source}`)" if source else change.sentence
    return Difference(
        Kind.CONTENT,
        execution.record.node,
        name,
        told,
        then.artifact.digest,
        now.artifact.digest,
        lines=change.lines,
        facts=change.facts,
        names=change.names | {name},
        is_known=change.is_known,
    )


def _packages(old: Execution, new: Execution) -> Sequence[Difference]:
    used = _used_packages(old, new)
    return [*used, *_planned_packages(old, new, known={one.name for one in used})]


def _planned_packages(old: Execution, new: Execution, known: set[str]) -> Sequence[Difference]:
    """What the fingerprints tell, which count what the code imports by itself, before it runs."""
    node, found = new.record.node, []
    then, now = (_things(side, Kind.PACKAGES) for side in (old, new))
    for name in sorted((then.keys() & now.keys()) - known):
        if then[name] == now[name]:
            continue
        is_version = {
            "python": f"Python is {now[name]} and was {then[name]}",
            "kernelspec": "its kernelspec was edited",
        }
        told = is_version.get(name, f"package {name} is {now[name]} and was {then[name]}")
        imported_as = frozenset({name, name.replace("-", "_")})
        found.append(Difference(Kind.PACKAGES, node, name, told, then[name], now[name], names=imported_as))
    return found


def _things(execution: Execution, kind: Kind) -> dict[str, str]:
    """Digests of single things, as the fingerprint has them."""
    prefix = f"{kind.value}:"
    prints = execution.record.fingerprint
    return {key.removeprefix(prefix): found for key, found in prints.items() if key.startswith(prefix)}


def _used_packages(old: Execution, new: Execution) -> list[Difference]:
    if old.usage is None or new.usage is None:
        return []
    node, found = new.record.node, []
    if old.usage.python and new.usage.python and old.usage.python != new.usage.python:
        told = f"Python is {new.usage.python} and was {old.usage.python}"
        found.append(Difference(Kind.PACKAGES, node, "python", told, old.usage.python, new.usage.python))
    for name, now in sorted(new.usage.packages.items()):
        # A failed attempt has imported less than one that went on: what is missing tells nothing.
        then = old.usage.packages.get(name)
        if then is not None and then != now:
            told = f"package {name} is {now} and was {then}"
            imported_as = frozenset({name, name.replace("-", "_")})
            found.append(Difference(Kind.PACKAGES, node, name, told, then, now, names=imported_as))
    return found


def _details(old: Execution, new: Execution, kind: Kind) -> Sequence[Difference]:
    """Files, modules, environment variables or assets, by the digests that the fingerprints keep of each."""
    node, what = new.record.node, _WHAT[kind]
    old_things, new_things = (_things(side, kind) for side in (old, new))
    found = []
    for name in sorted({*old_things, *new_things}):
        if old_things.get(name) == new_things.get(name):
            continue
        old_shown, new_shown = (_detail(kind, side.get(name)) for side in (old_things, new_things))
        told = f"{what} `{name}` {_change_of(kind, old_shown, new_shown)}"
        if kind is Kind.ASSETS:
            labels = old.loaded.get(name), new.loaded.get(name)
            old_shown, new_shown = labels[0] or old_shown, labels[1] or new_shown
            told += f": {labels[0]} -> {labels[1]}" if None not in labels else ""
        found.append(Difference(kind, node, name, told, old_shown, new_shown, names=frozenset({name})))
    then, now = old.record.fingerprint, new.record.fingerprint
    if not found and then and now and _component_differs(then.get(kind.value), now.get(kind.value)):
        told = f"{'an' if what[0] in 'aeiou' else 'a'} {what} that it depends on changed"
        found.append(Difference(kind, node, what, told, is_known=False))
    return found


def _detail(kind: Kind, value: str | None) -> str | None:
    """What may be shown: never anything made from the value of an environment variable."""
    return "set" if kind is Kind.ENVIRONMENT and value is not None else value


def _change_of(kind: Kind, then: str | None, now: str | None) -> str:
    if kind is Kind.ASSETS and then is not None:  # what is published stays
        return "is not loaded any more" if now is None else "has a newer version, with other content"
    if then is None:
        return "is set now" if kind is Kind.ENVIRONMENT else "is there now"
    if now is None:
        return "is not set now" if kind is Kind.ENVIRONMENT else "is missing now"
    return "has another value" if kind is Kind.ENVIRONMENT else f"changed: {then} -> {now}"


def _component_differs(then: str | None, now: str | None) -> bool:
    return None not in (then, now) and UNKNOWN not in (then, now) and then != now


def _memory(old: Execution, new: Execution) -> Sequence[Difference]:
    then = old.usage.peak_memory_bytes if old.usage else None
    now = new.usage.peak_memory_bytes if new.usage else None
    if then is None or now is None or now < then * _MUCH or now - then < _LEAST_BYTES:
        return ()
    told = f"it took {now / then:.1f} times the memory: {now >> 20:,} MiB, and {then >> 20:,} MiB then"
    return (Difference(Kind.MEMORY, new.record.node, "memory", told, then, now),)


def _duration(old: Execution, new: Execution) -> Sequence[Difference]:
    then, now = old.record.duration_s, new.record.duration_s
    if then is None or now is None or now < then * _MUCH or now - then < _LEAST_S:
        return ()
    times = f"{now / then:.1f} times as long" if then else "longer"
    told = f"it took {times}: {now:.1f} s, and {then:.1f} s then"
    return (Difference(Kind.DURATION, new.record.node, "duration", told, then, now),)
