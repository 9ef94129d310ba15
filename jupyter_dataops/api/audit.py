"""The audit trail of a store: who did what, and when, to which version of a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import AuditRecord
from jupyter_dataops.wiring import open_run_store

_WHERE: Final = ("environment", "deployment")
"""Options of a run that are told with all that is done to it."""


def list_audit(
    settings: Settings | None = None, run: str | None = None, since: datetime | None = None
) -> list[AuditRecord]:
    """What people did, oldest first; what was done to a run is told with the environment and version it was made with.

    Parameters
    ----------
    run
        Its id, a unique prefix of one, or ``last``; `None` stands for all. Of a run that is gone, only the whole id.
    since
        Aware; what was done earlier is left out.

    Raises
    ------
    RunNotFound

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.api.pipeline import Pipeline
    >>> settings = Settings(store=tempfile.mkdtemp(), jobs=2, actor="ada@here")
    >>> run = Pipeline("example_notebooks/flights.ipynb", settings=settings).create_run()
    >>> run.cancel("not today")
    >>> [(one.by, one.action, one.run_id == run.run_id) for one in list_audit(settings)]
    [('ada@here', 'run', True), ('ada@here', 'cancel', True)]
    """
    settings = settings or load_settings()
    with closing(open_run_store(settings)) as store:
        if run is None:
            records = store.get_audit()
        else:
            records = store.get_audit(RunId(run)) or store.get_audit(
                store.find_run(run, environment=settings.environment or None).run_id
            )
    return [record for record in _placed(records) if since is None or record.at >= since]


def _placed(records: Iterable[AuditRecord]) -> Iterator[AuditRecord]:
    """Where a run goes on was said when it was made, and stays so."""
    places: dict[RunId, Mapping[str, Any]] = {}
    for record in records:
        if record.run_id is None:
            yield record
        elif isinstance(options := record.details.get("options"), Mapping):
            places[record.run_id] = {key: options[key] for key in _WHERE if options.get(key)}
            yield record
        else:
            yield replace(record, details={**record.details, **places.get(record.run_id, {})})


def environment_of(record: AuditRecord) -> str | None:
    """The environment in which it was asked for; `None`: in none, or it was changed by just this."""
    # Of what was edited, the audit has values as they were and as they are.
    found = _said(record).get("environment")
    return found if isinstance(found, str) and found else None


def version_of(record: AuditRecord) -> str | None:
    """The version that was made or moved, or that the run is of, ``NAME@NUMBER``; `None`: none."""
    details = record.details
    if {"deployment", "version"} <= details.keys():
        return f"{details['deployment']}@{details['version']}"
    found = _said(record).get("deployment")
    return f"{found['name']}@{found['version']}" if isinstance(found, Mapping) and "version" in found else None


def _said(record: AuditRecord) -> Mapping[str, Any]:
    """What was asked for: of a run that was made, among its options."""
    options = record.details.get("options")
    return options if record.run_id is not None and isinstance(options, Mapping) else record.details


def describe_action(record: AuditRecord) -> dict[str, Any]:
    """The documented JSON object of one action.

    Examples
    --------
    >>> from datetime import UTC
    >>> from jupyter_dataops.ids import Digest
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = AuditRecord(1, at, "ada@here", "cancel", RunId("bcd"), None, "/a.ipynb", Digest("blake3:00"), {})
    >>> describe_action(record)["by"], describe_action(record)["at"]
    ('ada@here', '2026-01-01T00:00:00+00:00')
    """
    return {
        "seq": record.seq,
        "at": record.at.isoformat(),
        "by": record.by,
        "action": record.action,
        "run_id": record.run_id,
        "node": record.node,
        "notebook": record.notebook,
        "snapshot": record.snapshot,
        "schedule": record.schedule,
        "environment": environment_of(record),
        "deployment": version_of(record),
        "details": dict(record.details),
    }
