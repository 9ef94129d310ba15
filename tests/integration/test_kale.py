"""A notebook written for Kale, on one machine, as it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.shell import Shell, node_of, open_shell
from tests.support.source_tree import REPOSITORY

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

NOTEBOOK = REPOSITORY / "tests" / "notebooks" / "kale" / "titanic.ipynb"
MODELS = {
    "decisiontree": "acc_decision_tree",
    "logisticregression": "acc_logistic",
    "naivebayes": "acc_naive_bayes",
    "randomforest": "acc_random_forest",
    "svm": "acc_svm",
}


@pytest.fixture(scope="module")
def titanic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, dict[str, Any]]]:
    with open_shell(tmp_path_factory.mktemp("kale")) as shell:
        shutil.copy(NOTEBOOK, shell.folder)
        yield shell, shell.run("run", "titanic.ipynb", "--jobs", str(len(MODELS)), "-o", "out.ipynb")


def test_it_runs_unchanged(titanic: tuple[Shell, dict[str, Any]]) -> None:
    shell, run = titanic
    assert run["state"] == "succeeded"
    assert (shell.folder / "titanic.ipynb").read_bytes() == NOTEBOOK.read_bytes()


def test_its_five_models_are_trained_at_the_same_time(titanic: tuple[Shell, dict[str, Any]]) -> None:
    nodes = [node_of(titanic[1], name) for name in MODELS]
    last_start = max(datetime.fromisoformat(node["started_at"]) for node in nodes)
    assert last_start < min(datetime.fromisoformat(node["finished_at"]) for node in nodes)


def test_its_results_are_those_of_running_it_from_top_to_bottom(titanic: tuple[Shell, dict[str, Any]]) -> None:
    shell, _ = titanic
    plain = nbformat.read(NOTEBOOK, as_version=4)
    table = len(plain.cells) - 1
    plain.cells.append(nbformat.v4.new_code_cell("import json\nprint(json.dumps(results))"))
    NotebookClient(plain, resources={"metadata": {"path": str(shell.folder)}}).execute()
    expected = json.loads(plain.cells[-1].outputs[0].text)
    run = shell.last()
    assert {model: run.load(model, name) for model, name in MODELS.items()} == expected
    ours = nbformat.reads(Path(shell.folder / "out.ipynb").read_text("utf-8"), as_version=4)
    assert ours.cells[table].outputs == plain.cells[table].outputs
