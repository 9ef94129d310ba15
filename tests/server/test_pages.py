"""What is served besides the operations: the report as a page, and the description of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dataops.service.openapi import openapi
from tests.support.api import Api
from tests.support.notebooks import cell


@pytest.fixture
def run_id(save: Callable[..., Path], run: Callable[..., str]) -> str:
    source = "from IPython.display import HTML\nHTML('<script>alert(1)</script><b>bold</b>')"
    return run(save(cell(source, "node:a")))


async def test_the_report_is_a_page_that_runs_nothing(api: Api, run_id: str) -> None:
    page = await api.fetch(f"runs/{run_id}/report.html")

    assert (page.code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert "script-src" not in policy
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    text = page.body.decode()
    assert "<script" not in text
    assert run_id in text


async def test_a_report_that_is_not_there_is_refused_in_json(api: Api) -> None:
    page = await api.fetch("runs/zzzz/report.html")

    assert page.code == 404
    assert page.headers["Content-Type"].startswith("application/json")
    assert json.loads(page.body)["code"] == "run_not_found"


async def test_the_description_is_that_of_the_table_and_says_where_it_is(api: Api, jp_base_url: str) -> None:
    document = json.loads((await api.fetch("openapi.json")).body)

    assert document == openapi(server=f"{jp_base_url}dataops/v1")
