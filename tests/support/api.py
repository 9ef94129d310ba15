"""The server's API as the front end calls it: paths encoded, JSON both ways, messages of the stream."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import HTTPResponse
from tornado.websocket import WebSocketClientConnection

from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.operations import OPERATIONS

PATIENCE_S = 60.0
ROOT = "dataops/v1/"


def address(row: Operation, fields: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path of a request below the root, and the fields that are not in it."""
    in_path = re.findall(r"\{(\w+)\}", row.route)
    path = row.route
    for name in in_path:
        path = path.replace(f"{{{name}}}", quote(str(fields[name]), safe=""))
    return path, {name: value for name, value in fields.items() if name not in in_path}


@dataclass
class Api:
    """Calls operations of a server that runs in this process.

    Parameters
    ----------
    client
        Fetches a path of the server as it is written; pytest-jupyter's own would encode what is encoded already.
    """

    client: Any
    base_url: str
    headers: Mapping[str, str]

    async def fetch(self, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> HTTPResponse:
        """The answer to a request for a path below the root, whatever its status."""
        sent = self.headers if headers is None else headers
        return await self.client.fetch(  # type: ignore[no-any-return]
            f"{self.base_url}{ROOT}{path}", headers=dict(sent), raise_error=False, request_timeout=PATIENCE_S, **options
        )

    async def ask(self, name: str, fields: Mapping[str, Any], **options: Any) -> HTTPResponse:
        """The answer to an operation."""
        row = OPERATIONS[name]
        path, others = address(row, fields)
        if row.method == "GET":
            query = urlencode(others)
            return await self.fetch(f"{path}?{query}" if query else path, **options)
        return await self.fetch(path, method="POST", body=json.dumps(others), **options)

    async def call(self, name: str, /, **fields: Any) -> Any:
        """The JSON of an operation that is done."""
        response = await self.ask(name, fields)
        assert response.code == 200, f"{name}: {response.code} {response.body.decode()}"
        return json.loads(response.body)

    async def refused(self, name: str, /, **fields: Any) -> tuple[int, dict[str, str]]:
        """Status and refusal of an operation that is not."""
        response = await self.ask(name, fields)
        assert response.code >= 400, f"{name}: {response.code} {response.body.decode()}"
        return response.code, json.loads(response.body)


@dataclass
class Stream:
    """A websocket, and what was told on it."""

    socket: WebSocketClientConnection
    told: list[dict[str, Any]] = field(default_factory=list)
    is_closed: bool = False

    async def say(self, op: str, **fields: Any) -> None:
        """Send a message of the protocol."""
        await self.socket.write_message(json.dumps({"op": op, **fields}))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        message = await asyncio.wait_for(self.socket.read_message(), PATIENCE_S)
        self.is_closed = message is None
        assert message is not None, f"closed: {self.socket.close_code} {self.socket.close_reason}"
        self.told.append(json.loads(message))
        return self.told[-1]

    async def hear_until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message of which that is true."""
        while not is_it(await self.hear()):
            pass
        return self.told[-1]

    async def closed(self) -> tuple[int | None, str | None]:
        """Code and reason, once the server has closed it."""
        while not self.is_closed:
            self.is_closed = await asyncio.wait_for(self.socket.read_message(), PATIENCE_S) is None
        return self.socket.close_code, self.socket.close_reason


async def eventually(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What `look` returns, as soon as that is true; the server works meanwhile."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {PATIENCE_S:g} s: {what}"
        await asyncio.sleep(0.01)
    return found
