"""Deployments as the front end shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.deploying.diff import CellChange, FileChange, ValueChange, VersionDiff, line_changes
from jupyter_dataops.deploying.schedules import Told, told_of
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.refusals import shown_text
from jupyter_dataops.service.wire.deployments import (
    CellDiff,
    FileDiff,
    FileView,
    LiveView,
    MoveView,
    ScheduleMoveView,
    ValueChangeView,
    ValueDiff,
    VersionDetail,
    VersionDiffView,
    VersionView,
)

_LONGEST: Final = 200_000
"""Characters of a text whose lines are compared."""


def version_view(version: VersionRecord, live: Sequence[MoveRecord], places: Places) -> VersionView:
    """One version, and where it is live."""
    details = version.details
    return VersionView(
        deployment=version.name,
        version=version.number,
        label=version.label,
        digest=version.digest,
        path=places.shown(Path(version.notebook)),
        notebook=Path(version.notebook).name,
        created_at=version.created_at,
        created_by=version.created_by,
        nodes=details.get("nodes"),
        files=list(details.get("files", ())),
        remarks=[shown_text(remark, places) for remark in details.get("remarks", ())],
        live=[one.environment for one in live if (one.name, one.number) == (version.name, version.number)],
    )


def move_view(move: MoveRecord, places: Places) -> MoveView:
    """One move of a live pointer."""
    return MoveView(
        deployment=move.name,
        environment=move.environment,
        version=move.number,
        previous=move.previous,
        kind=move.kind,
        at=move.at,
        by=move.by,
        test_run_id=move.details.get("test_run_id"),
        promoted_from=move.details.get("promoted_from"),
        schedules=schedule_moves(told_of(move.details), places),
        remarks=[shown_text(remark, places) for remark in move.details.get("remarks", ())],
    )


def live_view(move: MoveRecord, back_to: int | None, places: Places) -> LiveView:
    """What is live in an environment, and where a rollback goes from there."""
    return LiveView(**dict(move_view(move, places)), back_to=back_to)


def schedule_moves(told: Iterable[Told], places: Places) -> list[ScheduleMoveView]:
    """What became of schedules."""
    return [
        ScheduleMoveView(
            name=one.name,
            change=one.fate,
            trigger=one.trigger,
            changes=[
                ValueChangeView(key=change.key, old=_shown(change.old, places), new=_shown(change.new, places))
                for change in one.changes
            ],
            because=shown_text(one.because, places),
        )
        for one in told
    ]


def _shown(value: Any, places: Places) -> Any:
    return shown_text(value, places) if isinstance(value, str) else value


def version_detail(version: VersionView, contents: Contents) -> VersionDetail:
    """One version, and what it is made of."""
    return VersionDetail(
        version=version,
        notebook=contents.notebook,
        files=[FileView(path=path, size_bytes=len(data)) for path, data in sorted(contents.files.items())],
        packages=dict(contents.packages),
        python=contents.python,
        settings=dict(contents.settings),
        schedules=dict(contents.schedules),
    )


def diff_view(before: VersionView, after: VersionView, found: VersionDiff) -> VersionDiffView:
    """What differs between two versions."""
    return VersionDiffView(
        before=before,
        after=after,
        is_same=not found,
        cells=list(map(_cell, found.cells)),
        files=list(map(_file, found.files)),
        packages=_values(found.packages),
        settings=_values(found.settings),
        schedules=_values(found.schedules),
    )


def _cell(change: CellChange) -> CellDiff:
    return CellDiff(
        notebook=change.notebook,
        change=change.change,
        index=change.index,
        node=change.node,
        kind=change.kind,
        lines=_lines(change.before, change.after),
        tags_before=list(change.tags_before),
        tags_after=list(change.tags_after),
    )


def _file(change: FileChange) -> FileDiff:
    is_text = change.before is not None or change.after is not None
    lines = _lines(change.before or "", change.after or "") if is_text else []
    return FileDiff(path=change.path, change=change.change, lines=lines)


def _lines(before: str, after: str) -> list[str]:
    return line_changes(before, after) if len(before) + len(after) <= _LONGEST else []


def _values(changes: Iterable[ValueChange]) -> list[ValueDiff]:
    return [ValueDiff(name=one.name, before=one.before, after=one.after) for one in changes]
