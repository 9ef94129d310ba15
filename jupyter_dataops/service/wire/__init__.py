"""Everything that travels between a browser and Python, as models: the one source of OpenAPI and of TypeScript's types.

Times are ISO 8601 with an offset. `None` means "not yet" or "not so". A path is what the notebook is called in the
front end: relative to the server's root, with ``/``.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """A value on its way. Unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
