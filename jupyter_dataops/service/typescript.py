"""The wire as TypeScript sees it: schemas of all that travels, and the table of operations. Pure.

``python -m jupyter_dataops.service.typescript FOLDER`` writes the files; ``npm run generate`` does that too, and has
openapi-typescript make types of the schemas.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from jupyter_dataops.service import wire
from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire import Wire, watching

_SCHEMAS: Final = "#/components/schemas/{model}"
_WATCHES: Final = (watching.WatchRun, watching.WatchRuns, watching.WatchSchedules, watching.WatchLog, watching.Unwatch)


def wire_schemas() -> dict[str, Any]:
    """The schema of every model that travels: of requests as they may be written, of the rest as it is written."""
    requests = [operation.request for operation in OPERATIONS.values()]
    told: set[type[Wire]] = {*requests, *_WATCHES}
    pairs: list[tuple[type[Wire], Any]] = [
        (model, "validation" if model in told else "serialization") for model in _models()
    ]
    _, found = models_json_schema(pairs, ref_template=_SCHEMAS)
    schemas: dict[str, Any] = found["$defs"]
    for schema in schemas.values():
        _without_titles(schema)
    return schemas


def _models() -> Iterable[type[Wire]]:
    modules = [import_module(f"{wire.__name__}.{found.name}") for found in iter_modules(wire.__path__)]
    found = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return dict.fromkeys(value for value in found if issubclass(value, Wire) and value is not Wire)


def _without_titles(schema: object) -> None:
    """Pydantic's titles repeat the names."""
    if isinstance(schema, dict):
        schema.pop("title", None)
        for name, value in schema.items():
            for inner in value.values() if name == "properties" else (value,):
                _without_titles(inner)
    elif isinstance(schema, list):
        for value in schema:
            _without_titles(value)


def operations_typescript() -> str:
    """The module ``operations.generated.ts``: every operation with the types of its request and response."""

    def lines(write: Callable[[Operation], str]) -> str:
        return "\n".join(map(write, OPERATIONS.values()))

    types = lines(
        lambda one: f"  {one.name}: {{ request: wire.{one.request.__name__}; response: wire.{one.response.__name__} }};"
    )
    routes = lines(lambda one: f"  {one.name}: {{ method: '{one.method}', route: '{one.route}' }},").removesuffix(",")
    return f"""\
// Generated from the Python package's table of operations: do not edit.

import type * as wire from './wire.generated';

/** Every operation: what it takes, and what it answers. */
export interface Operations {{
{types}
}}

/** Where each is found below `dataops/v1/`; names in braces are fields of the request. */
export const ROUTES: {{ readonly [Name in keyof Operations]: {{ method: 'GET' | 'POST'; route: string }} }} = {{
{routes}
}};
"""


def wire_json() -> str:
    """The file ``wire.generated.json``: all schemas, as a document that openapi-typescript reads."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "jupyter-dataops", "version": "1"},
        "paths": {},
        "components": {"schemas": wire_schemas()},
    }
    return json.dumps(document, indent=1) + "\n"


def main(folder: str) -> None:
    """Both files are in `folder` as this package says them."""
    for name, text in (("operations.generated.ts", operations_typescript()), ("wire.generated.json", wire_json())):
        Path(folder, name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
