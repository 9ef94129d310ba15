"""``python -m tests.airflow``: the DAG of the documentation, run by a real Airflow with a database of its own.

Airflow brings some 200 packages and pins of its own, so it is not part of ``make test``; its environment lies in
``.airflow``. This needs what the documentation says about it to be true: a DAG whose notebook succeeds does, one whose
notebook fails does not, and parameters, outputs and the run in the store are as they should be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

from tests.support.notebooks import cell, notebook
from tests.support.pages import blocks
from tests.support.source_tree import REPOSITORY

ENVIRONMENT = REPOSITORY / ".airflow"
WANTED = ("apache-airflow==3.3.2", "apache-airflow-providers-papermill==3.13.3")
PATIENCE_S = 600
CELLS = (
    cell('country = "fr"', "parameters"),
    cell('prices = {"de": [1, 2], "it": []}[country]', "node:load"),
    cell("assert prices", "check:load/some"),
    cell("print(country, sum(prices))", "node:total"),
)


def main() -> int:
    """0 if Airflow did as the page says."""
    python = made_environment()
    with tempfile.TemporaryDirectory(prefix="dataops-airflow-") as folder:
        work = Path(folder)
        environment = isolated(work)
        airflow(python, environment, "db", "migrate")

        good = run_dag(python, environment, work, country="de")
        assert good.returncode == 0, good.stdout + good.stderr
        (executed,) = (work / "etl" / "log").glob("*.ipynb")
        said = json.loads(executed.read_text("utf-8"))
        run = said["metadata"]["dataops"]["run"]
        assert (run["state"], run["parameters"]) == ("succeeded", {"country": "de"}), run
        assert said["cells"][-1]["outputs"][0]["text"] == ["de 3\n"], said["cells"][-1]
        print(f"succeeded: {[node['node'] for node in run['nodes']]}, run {run['run_id']}")

        bad = run_dag(python, environment, work, country="it")
        told = bad.stdout + bad.stderr
        assert bad.returncode != 0 or "state=failed" in told, told
        assert "AssertionError" in told, told
        states = {one["node"]: one["state"] for one in last_run(python, environment, work)["nodes"]}
        assert states == {"load": "succeeded", "total": "upstream_failed"}, states
        print(f"failed as it should: {states}")
    print("Airflow does as docs/headless.md says")
    return 0


def made_environment() -> Path:
    """The interpreter of the environment, which is made where it is not there, or wants something else now."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*WANTED, *project["dependencies"], "hatchling", "editables"]
    python, made = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "requirements.txt"
    if not made.exists() or made.read_text("utf-8") != "\n".join(wanted):
        print(f"Making {ENVIRONMENT.name}: this takes a few minutes, once.", flush=True)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(REPOSITORY)], check=True)
        made.write_text("\n".join(wanted), "utf-8")
    return python


def isolated(work: Path) -> dict[str, str]:
    """An environment in which Airflow finds the DAG of the page, and nothing of anybody else's."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DATAOPS_", "JUPYTER_"))
    }
    return own | {
        "HOME": str(work),
        "AIRFLOW_HOME": str(work / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(work / "dags"),
        "DATAOPS_STORE": str(work / "store"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }


def airflow(python: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What came of a command of Airflow's."""
    done = subprocess.run(
        [python, "-m", "airflow", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if arguments[0] == "db":
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def run_dag(python: Path, environment: dict[str, str], work: Path, *, country: str) -> subprocess.CompletedProcess[str]:
    """The DAG of the page, of a notebook in `work`, run to its end by ``airflow dags test``."""
    shown = next(
        text for _, text in blocks(REPOSITORY / "docs" / "headless.md", "python") if "PapermillOperator" in text
    )
    for name in ("dags", "etl"):
        (work / name).mkdir(exist_ok=True)
    (work / "etl" / "log").mkdir(exist_ok=True)
    (work / "etl" / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)), "utf-8")
    dag = shown.replace("/srv/etl", str(work / "etl")).replace('"country": "de"', f'"country": "{country}"')
    assert country in dag
    (work / "dags" / "etl.py").write_text(dag, "utf-8")
    return airflow(python, environment, "dags", "test", "etl", "2026-01-02")


def last_run(python: Path, environment: dict[str, str], work: Path) -> dict[str, Any]:
    """The latest run, as the command line tells it."""
    done = subprocess.run(
        [python, "-m", "jupyter_dataops", "show", "last", "--json"],
        cwd=work, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
