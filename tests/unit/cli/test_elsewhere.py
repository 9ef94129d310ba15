"""What is not in this store may be in that of another environment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from jupyter_dataops.cli.face import Face
from jupyter_dataops.config import Settings
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import NewVersion
from jupyter_dataops.wiring import open_deployment_store, open_run_store
from tests.unit.cli.fakes import START, run_record

RUN = "bcd2345678"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With an environment that has a store, a run and a deployment of its own, and one whose store nobody has made."""
    (tmp_path / "dataops.toml").write_text("store = 'here'\n[env.prod]\nstore = 'prod'\n[env.new]\nstore = 'new'\n")
    settings = Settings(store=str(tmp_path / "prod"), jobs=1)
    with closing(open_run_store(settings)) as store:
        record = run_record(run_id=RUN, options={"actions": {}, "environment": "prod"})
        store.create_run(record, [], {record.snapshot: "{}"}, START)
    with closing(open_deployment_store(settings)) as store:
        store.add_version(NewVersion("sales", Digest("sha256:aa"), "/sales.ipynb", "ana"), START)
    monkeypatch.delenv("DATAOPS_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [("show", RUN), ("why", RUN[:5]), ("run", "sales"), ("versions", "sales")])
def test_the_environment_that_has_it_is_named(call: Callable[..., Result], folder: Path, command: tuple[str, ...]):
    said = call(Face(), *command)
    assert (said.exit_code, "the store of prod has one: add --env prod" in said.stderr) == (2, True), said.stderr
    assert not (folder / "new").exists(), "looking makes nothing"


@pytest.mark.parametrize("command", [("show", "xyz"), ("show", "last"), ("versions", "salse"), ("run", "salse")])
@pytest.mark.usefixtures("folder")
def test_where_nobody_has_it_nothing_is_added(call: Callable[..., Result], command: tuple[str, ...]):
    said = call(Face(), *command)
    assert (said.exit_code, "--env prod" in said.stderr) == (2, False), said.stderr
