"""Where an environment is chosen, ``runs`` and ``last`` are about its runs; with a store, since that finds them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_dataops.cli.face import Face
from jupyter_dataops.config import Settings
from jupyter_dataops.wiring import open_run_store
from tests.unit.cli.fakes import START, run_record


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a store that two environments share; the latest run is of neither."""
    (tmp_path / "dataops.toml").write_text("[env.dev]\n[env.prod]\n")
    with closing(open_run_store(Settings(store=str(tmp_path / "runs"), jobs=1))) as store:
        for name, environment in (("bcd2345678", "prod"), ("fgh2345678", "dev"), ("jkm2345678", "")):
            record = run_record(run_id=name, options={"actions": {}, "environment": environment})
            store.create_run(record, [], {record.snapshot: "{}"}, START)
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("said", "variable", "meant"),
    [
        ([], "", "jkm2345678"),
        (["--env", "prod"], "", "bcd2345678"),
        ([], "dev", "fgh2345678"),
        (["--env", "prod"], "dev", "bcd2345678"),
    ],
)
def test_last_is_the_latest_run_of_the_chosen_environment(
    call, folder: Path, monkeypatch: pytest.MonkeyPatch, said: list[str], variable: str, meant: str
) -> None:
    monkeypatch.setenv("DATAOPS_ENV", variable)
    shown = call(Face(), "show", "last", "--json", *said)
    assert not shown.stderr
    assert json.loads(shown.stdout)["run_id"] == meant
    listed = call(Face(), "runs", "-q", *said).stdout.split()
    assert listed == ([meant] if said or variable else ["jkm2345678", "fgh2345678", "bcd2345678"])
    audited = call(Face(), "audit", "last", "--json", *said).stdout.splitlines()
    assert [json.loads(line)["run_id"] for line in audited] == [meant]
