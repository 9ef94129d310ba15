from __future__ import annotations

import json
import re
from typing import Any

import pytest

from jupyter_dataops.service.openapi import openapi
from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.operations import OPERATIONS

DOCUMENT = openapi()
DESCRIBED = {
    described["operationId"]: (path, method, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}


def test_every_operation_is_described_and_nothing_else() -> None:
    assert {name: (path, method) for name, (path, method, _) in DESCRIBED.items()} == {
        row.name: (f"/{row.route}", row.method.lower()) for row in OPERATIONS.values()
    }


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=lambda row: row.name)
def test_every_field_of_a_request_travels_in_one_place(row: Operation) -> None:
    described = DESCRIBED[row.name][2]
    parameters = described.get("parameters", [])
    in_path = [one["name"] for one in parameters if one["in"] == "path"]
    in_query = [one["name"] for one in parameters if one["in"] == "query"]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})

    assert sorted([*in_path, *in_query, *body.get("properties", {})]) == sorted(row.request.model_fields)
    assert in_path == re.findall(r"\{(\w+)\}", row.route)
    assert (not in_query) or row.method == "GET"
    assert body.get("additionalProperties") in (None, False)


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to() -> None:
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))

    assert referred == set(DOCUMENT["components"]["schemas"])


def test_every_operation_may_be_refused_in_the_same_words() -> None:
    for _, _, described in DESCRIBED.values():
        refused = {status: answer for status, answer in described["responses"].items() if status != "200"}
        assert set(refused) >= {"400", "403", "404", "409", "413", "422", "503"}
        for answer in refused.values():
            assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Refusal"}


def test_a_url_says_no_null() -> None:
    parameters: list[dict[str, Any]] = [
        one for _, _, described in DESCRIBED.values() for one in described.get("parameters", [])
    ]

    assert len(parameters) > 10
    assert [one["name"] for one in parameters if "null" in json.dumps(one["schema"])] == []
