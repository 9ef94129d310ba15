"""Writes what TypeScript knows of the Python package: `npm run generate`.

`src/api/operations.generated.ts` is written here. `src/api/wire.generated.ts` is made from the schemas by
openapi-typescript, which is one of this folder's packages. `--check` writes nothing, and fails where a file is stale.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_dataops.service.typescript import operations_typescript, wire_schemas

HERE = Path(__file__).parent
API = HERE / "src" / "api"
OPTIONS = ["--root-types", "--root-types-no-schema-prefix", "--default-non-nullable=false"]


def wire_typescript() -> str:
    """The types of all that travels."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "jupyter-dataops", "version": "1"},
        "paths": {},
        "components": {"schemas": wire_schemas()},
    }
    with tempfile.TemporaryDirectory() as folder:
        schemas, made = Path(folder) / "openapi.json", Path(folder) / "wire.ts"
        schemas.write_text(json.dumps(document), "utf-8")
        program = HERE / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
        subprocess.run(["node", program, schemas, *OPTIONS, "-o", made], check=True, stdout=subprocess.DEVNULL)
        return made.read_text("utf-8")


def main(arguments: list[str]) -> int:
    """The exit code: 1 where a file is stale, and was to be checked."""
    stale = []
    for name, text in (("operations", operations_typescript()), ("wire", wire_typescript())):
        path = API / f"{name}.generated.ts"
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    if stale and "--check" in arguments:
        print(f"stale: {', '.join(stale)}; `npm run generate` writes them", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
