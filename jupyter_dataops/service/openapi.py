"""The table of operations as an OpenAPI document, and nothing that is not in the table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from jupyter_dataops import __version__
from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import Refusal

_REF: Final = "#/components/schemas/{model}"
_PATH_FIELD: Final = re.compile(r"\{(\w+)\}")
_REFUSALS: Final[Mapping[str, str]] = {
    "400": "The request is malformed, or asks for what makes no sense",
    "403": "Not logged in, or not allowed",
    "404": "There is no such run, node, value, schedule, deployment or file",
    "409": "Not as things are now: a run has ended, somebody else was faster, or the machine cannot do it",
    "413": "The request is too long",
    "422": "The notebook cannot be run, or the value cannot be read",
    "503": "The run store cannot be used",
}

Schema = dict[str, Any]


def openapi(server: str = "/dataops/v1") -> Schema:
    """The document, as JSON has it.

    Parameters
    ----------
    server
        Where the routes begin: the server's base URL, then ``/dataops/v1``.

    Examples
    --------
    >>> document = openapi()
    >>> sorted(document["paths"]["/runs"])
    ['get', 'post']
    >>> [one["name"] for one in document["paths"]["/runs/{run_id}/nodes/{node}/log"]["get"]["parameters"]]
    ['run_id', 'node', 'attempt', 'start', 'max_bytes']
    """
    rows = OPERATIONS.values()
    wanted: list[tuple[type[Wire], JsonSchemaMode]] = [(row.request, "validation") for row in rows]
    wanted += [(row.response, "serialization") for row in rows]
    references, schemas = models_json_schema([*wanted, (Refusal, "serialization")], ref_template=_REF)
    defined: dict[str, Schema] = schemas["$defs"]

    def request_of(row: Operation) -> Schema:
        return defined[references[row.request, "validation"]["$ref"].rpartition("/")[2]]

    paths: dict[str, dict[str, Schema]] = {}
    for row in rows:
        described = _operation(row, request_of(row), references[row.response, "serialization"])
        paths.setdefault(f"/{row.route}", {})[row.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "jupyter-dataops", "version": __version__},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _referred_to(paths, defined),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token TOKEN`; a browser that has logged in needs none, but the header X-XSRFToken",
                }
            },
        },
    }


def _operation(row: Operation, request: Schema, response: Schema) -> Schema:
    in_path = _PATH_FIELD.findall(row.route)
    properties: dict[str, Schema] = request.get("properties", {})
    required = set(request.get("required", ()))
    elsewhere = {name: schema for name, schema in properties.items() if name not in in_path}
    parameters = [_parameter(name, "path", properties[name], is_required=True) for name in in_path]
    described: Schema = {
        "operationId": row.name,
        "summary": row.summary,
        "x-action": row.action,
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": response}}},
            **{status: _refused(text) for status, text in _REFUSALS.items()},
        },
    }
    if row.method == "GET":
        parameters += [_parameter(name, "query", s, is_required=name in required) for name, s in elsewhere.items()]
    elif elsewhere:
        body = {**request, "properties": elsewhere, "required": sorted(required - set(in_path))}
        described["requestBody"] = {
            "required": bool(body["required"]),
            "content": {"application/json": {"schema": body}},
        }
    return {**described, "parameters": parameters} if parameters else described


def _parameter(name: str, where: str, schema: Schema, *, is_required: bool) -> Schema:
    plain = _without_null(schema)
    if where == "path":
        plain = {**plain, "minLength": 1}
    return {"name": name, "in": where, "required": is_required, "schema": plain}


def _without_null(schema: Schema) -> Schema:
    """What a URL can say: a field that is left out, but no null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**choices[0], **kept}


def _refused(description: str) -> Schema:
    schema = {"$ref": _REF.format(model=Refusal.__name__)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _referred_to(document: Any, defined: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those of `defined` that the document, or one of them, refers to."""
    found: dict[str, Schema] = {}
    waiting = [document]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found[name] = defined[name]
                waiting.append(defined[name])
    return dict(sorted(found.items()))


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
