"""What travelled in a request's path, query and body, as the model that the operation takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from jupyter_dataops.server.refusals import MalformedRequest, malformed
from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.wire import Wire

_JUPYTERS_OWN: Final = frozenset({"token", "_xsrf", "no_track_activity"})
_CACHE_BUSTER: Final = re.compile(r"\d+")
"""JupyterLab puts the time, as a name without a value, behind addresses that no cache may answer."""


def read_request(
    row: Operation, path: Mapping[str, str], query: Mapping[str, Sequence[bytes]], body: bytes = b""
) -> Wire:
    """The request that was made for the operation `row`.

    Parameters
    ----------
    path
        The fields that are part of the route, decoded.
    query
        As it came: each name may have several values.

    Raises
    ------
    MalformedRequest
        It is not JSON, says something twice, or is not what the operation takes.

    Examples
    --------
    >>> from jupyter_dataops.service.operations import OPERATIONS
    >>> read_request(OPERATIONS["get_node"], {"run_id": "last", "node": "score[a/b]"}, {"1764331200000": [b""]})
    NodeRef(run_id='last', node='score[a/b]')
    """
    asked = _from_query(query)
    # What stands in a URL is text, whatever it means; JSON has numbers and truth values of its own.
    is_json = row.method == "POST"
    given = [dict(path), asked, _from_body(body)] if is_json else [dict(path), asked]
    fields: dict[str, Any] = {}
    for part in given:
        twice = sorted(fields.keys() & part.keys())
        if twice:
            raise MalformedRequest(f"'{twice[0]}' is given twice", hint="what the path names is not repeated elsewhere")
        fields |= part
    try:
        return row.request.model_validate(fields, strict=is_json)
    except ValidationError as error:
        raise malformed(error, row.name) from error


def _from_query(query: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    found = {}
    for name, values in query.items():
        if name in _JUPYTERS_OWN or (_CACHE_BUSTER.fullmatch(name) and not any(values)):
            continue
        if len(values) > 1:
            raise MalformedRequest(f"'{name}' is given twice", hint="name it once")
        try:
            found[name] = values[0].decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedRequest(f"'{name}' is not UTF-8", hint="encode the query as UTF-8") from None
    return found


def _from_body(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedRequest(f"The body is not JSON: {error}", hint="send one JSON object, in UTF-8") from None
    if not isinstance(found, dict):
        raise MalformedRequest("The body is not a JSON object", hint="send one JSON object, in UTF-8")
    return found
