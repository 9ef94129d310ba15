"""What an operation is: a row of the table in `jupyter_dataops.service.operations`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from jupyter_dataops.service.wire import Wire

Method = Literal["GET", "POST"]
Action = Literal["read", "write", "execute"]


class Operation(Struct, frozen=True):
    """One thing that a browser may ask for."""

    name: str
    module: str
    """Of this package: its function called as the operation answers it. Imported when that is first asked for."""
    method: Method
    route: str
    """Below ``/dataops/v1/``; fields of the request in braces are part of the path, the others query or body."""
    request: type[Wire]
    response: type[Wire]
    action: Action
    """What the user must be allowed to do with the resource ``dataops``: ``write`` changes what will run by itself."""
    summary: str
