"""Requests that nobody thought of, made from the published document: none breaks the server, and each answer is as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from jupyter_dataops.api import launch
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.service.operations import OPERATIONS
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook
from tests.support.servers import ServerProcess, server_process

EXAMPLES = 10
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
)
NOTEBOOK = notebook(cell("x = [1]\nprint(x)\nx", "node:a", "asset:x"), cell("1 / 0", "node:b", "after:a"))
REAL = {
    "run_id": "last",
    "node": "a",
    "name": "x",
    "asset": "x",
    "schedule": "nightly",
    "deployment": "etl",
    "version": "1",
}
SENT = {"path": "etl.ipynb", "notebook": NOTEBOOK, "trigger": "0 6 * * *", "since": "2026-01-01T00:00:00Z"}
"""What is there: put in the place of what was made up in every other request, where nothing is started for it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a run that failed, a schedule and a deployment."""
    folder = tmp_path_factory.mktemp("fuzzed")
    root, store = folder / "root", folder / "store"
    root.mkdir()
    path = root / "etl.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "make_executor", InProcessExecutor)
        pipeline = Pipeline(path, settings=Settings(store=str(store), jobs=1))
        pipeline.run(progress=False)
        deploy(pipeline, "dev")
        with Schedules(pipeline.settings) as schedules:
            schedules.add("nightly", path, parse_trigger("0 6 * * *"))
    with server_process(root, folder / "home", DATAOPS_STORE=str(store)) as started:
        yield started


@pytest.fixture(scope="module")
def schema(server: ServerProcess) -> Any:
    document = server.request("dataops/v1/openapi.json")
    # Requests without the token are all refused, which other tests see to.
    del document["security"], document["components"]["securitySchemes"]
    return schemathesis.openapi.from_dict(document)


def test_the_published_document_describes_every_operation(schema: Any, server: ServerProcess) -> None:
    found = {one.ok().definition.raw["operationId"] for one in schema.get_all_operations()}

    assert found == set(OPERATIONS)
    assert server.url.endswith(schema.raw_schema["servers"][0]["url"].removesuffix("dataops/v1").lstrip("/"))


def asked() -> Iterator[Any]:
    """Every operation, as described; and otherwise, where more is said than a text in the path, which may be any."""
    for name, row in OPERATIONS.items():
        yield pytest.param(name, GenerationMode.POSITIVE, id=f"{name} as described")
        if set(row.request.model_fields) - set(re.findall(r"\{(\w+)\}", row.route)):
            yield pytest.param(name, GenerationMode.NEGATIVE, id=f"{name} otherwise")


@pytest.mark.parametrize(("name", "mode"), list(asked()))
def test_no_request_breaks_the_server(schema: Any, server: ServerProcess, name: str, mode: GenerationMode) -> None:
    row = OPERATIONS[name]
    operation = schema.find_operation_by_id(name)
    numbers = count()
    answered: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if row.action == "read" or name == "restore":
            make_real(case, next(numbers), mode)
        response = case.call(base_url=f"{server.url}dataops/v1", headers={"Authorization": f"token {server.token}"})
        answered.append(response.status_code)
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            assert set(response.json()) == {"code", "message", "where", "hint"}
            assert "Traceback" not in response.text

    ask()

    assert answered, "nothing was asked"
    if mode is GenerationMode.NEGATIVE:
        assert min(answered) >= 400


def make_real(case: Any, number: int, mode: GenerationMode) -> None:
    if number % 2 or mode is GenerationMode.NEGATIVE:
        return
    for name in list(case.path_parameters or ()):
        case.path_parameters[name] = REAL[name]
    if isinstance(case.body, dict):
        case.body |= {name: value for name, value in SENT.items() if name in case.body}


def test_a_request_that_was_once_fuzzed_is_answered(server: ServerProcess) -> None:
    assert server.call("get_run", run_id=REAL["run_id"])["run"]["path"] == SENT["path"]
