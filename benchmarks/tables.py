"""Markdown tables of what was found, each with its targets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measuring import Figures, Found


@dataclass(frozen=True, slots=True)
class Target:
    """Our figure should be at most `at_most` times that of `reference`."""

    ours: str
    reference: str
    at_most: float

    def told(self, medians: Mapping[str, float]) -> str:
        """The target, what was found, and whether it is met."""
        wanted = f"Target: {self.ours} at most {self.at_most:g} x {self.reference}"
        ours, reference = (medians.get(name, 0) for name in (self.ours, self.reference))
        if ours <= 0 or reference <= 0:  # a difference of two noisy figures may be less than nothing
            return f"{wanted}: no figure."
        ratio = ours / reference
        return f"{wanted}: {ratio:.2g}, **{'met' if ratio <= self.at_most else 'missed'}**."


def at_most(what: str, figure: float, limit: float, unit: str) -> str:
    """A target that is no ratio: what it says, what was found, and whether it is met."""
    found = f"{figure:.3g}"
    return f"Target: {what} at most {limit:g} {unit}: {found}, **{'met' if figure <= limit else 'missed'}**."


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured several times, or once."""

    what: str
    values: Sequence[float]
    unit: str
    limit: float | None = None
    """What `of` the values should be at most."""
    of: Callable[[Sequence[float]], float] = statistics.median


def figures_table(found: Sequence[Figure]) -> str:
    """A row for each, and what became of the targets."""
    header = ("what", "measured", "median", "p95", "least-most")
    told = table(header, [_figure(one) for one in found])
    targets = [at_most(one.what, one.of(one.values), one.limit, one.unit) for one in found if one.limit is not None]
    return "\n\n".join([told, *targets])


def _figure(one: Figure) -> Sequence[object]:
    values, unit = one.values, f" {one.unit}".rstrip()
    middle = f"{_short(statistics.median(values))}{unit}"
    if len(values) == 1:
        return one.what, 1, middle, "", ""
    return one.what, len(values), middle, _short(p95(values)), f"{_short(min(values))}-{_short(max(values))}"


def _short(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"


def p95(values: Sequence[float]) -> float:
    """Of twenty, one is larger."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def contest_table(found: Mapping[str, Found], reference: str, *targets: Target) -> str:
    """Medians and spread of every contestant, as ratios to `reference`, too; and what became of the targets."""
    walls = medians(found, lambda figures: figures.wall_s)
    base = walls.get(reference)
    header = ("tool", "runs", "wall s, median (min-max)", "ratio", "CPU s", "peak MB")
    told = table(header, [_contestant(name, one, base) for name, one in found.items()])
    return "\n\n".join([told, *(target.told(walls) for target in targets)])


def _contestant(name: str, found: Found, base: float | None) -> Sequence[object]:
    if found.missing:
        return name, 0, found.missing.replace("|", "/"), "", "", ""
    walls = [figures.wall_s for figures in found.runs]
    cpu = statistics.median(figures.cpu_s for figures in found.runs)
    peak = statistics.median(figures.peak_mb for figures in found.runs)
    ratio = f"{statistics.median(walls) / base:.3f}" if base else ""
    # A process may end before anybody has looked at its memory.
    return name, len(walls), spread(walls), ratio, f"{cpu:.1f}", f"{peak:.0f}" if peak else "-"


def medians(found: Mapping[str, Found], figure: Callable[[Figures], float]) -> dict[str, float]:
    """Contestant to the median of one figure; without those that have none."""
    return {name: statistics.median(map(figure, one.runs)) for name, one in found.items() if one.runs}


def table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    return "\n".join([_row(*header), _rule(len(header)), *(_row(*row) for row in rows)])


def spread(values: Sequence[float], digits: int = 2) -> str:
    """``median (min-max)``."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
