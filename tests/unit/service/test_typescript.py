"""What is generated for TypeScript is what the package says; `npm test` sees to the types made of the schemas."""

from __future__ import annotations

import json
import re

from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.typescript import operations_typescript, wire_json, wire_schemas
from tests.support.source_tree import REPOSITORY

API = REPOSITORY / "labextension" / "src" / "api"


def test_the_table_of_operations_is_as_generated() -> None:
    assert (API / "operations.generated.ts").read_text("utf-8") == operations_typescript(), "npm run generate"


def test_the_schemas_are_as_generated() -> None:
    assert (API / "wire.generated.json").read_text("utf-8") == wire_json(), "npm run generate"


def test_every_field_of_every_model_has_a_type() -> None:
    types = (API / "wire.generated.ts").read_text("utf-8")
    assert len(wire_schemas()) > 50
    for name, schema in wire_schemas().items():
        made = re.search(rf"^        {name}: (?:{{\n(.*?)^        }}|(.*?));$", types, re.MULTILINE | re.DOTALL)
        assert made is not None, name
        fields = re.findall(r"^            (\w+)\??: ", made[1] or "", re.MULTILINE)
        assert fields == list(schema.get("properties", ())), name


def test_a_field_may_be_called_title() -> None:
    assert "title" in wire_schemas()["Fix"]["properties"]


def test_what_may_be_left_out_of_a_request_is_optional_and_what_is_answered_is_whole() -> None:
    schemas = wire_schemas()
    assert schemas["RunsRequest"].get("required", []) == []
    for operation in OPERATIONS.values():
        answer = schemas[operation.response.__name__]
        assert set(answer.get("required", ())) == set(answer.get("properties", ()))


def test_schemas_refer_to_each_other_alone() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(wire_schemas())))
    assert named <= wire_schemas().keys()
