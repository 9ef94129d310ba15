"""The audit trail of a store: who did what, and when, to which version of a notebook."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import AuditRecord
from jupyter_dataops.wiring import open_run_store


def list_audit(
    settings: Settings | None = None, run: str | None = None, since: datetime | None = None
) -> list[AuditRecord]:
    """What people did, oldest first.

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
    return [record for record in records if since is None or record.at >= since]


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
        "details": dict(record.details),
    }
