"""Routes: one handler for each row of the table of operations, made from it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.auth.identity import IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server.backend import Backend
from jupyter_dataops.server.reading import read_request
from jupyter_dataops.server.refusals import RequestTooLarge, refusal_of_http, status_of
from jupyter_dataops.service.operation import Operation
from jupyter_dataops.service.operations import OPERATIONS

RESOURCE: Final = "dataops"
"""What an authorizer is asked about."""
ROOT: Final = "/dataops/v1/"
"""Below this, relative to the server's base URL, lies everything that is served."""
_NAMELESS: Final = (IdentityProvider, PasswordIdentityProvider, LegacyIdentityProvider)
"""They call everybody by an invented name."""
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")

Verb = Callable[..., Awaitable[None]]


class ServesDataOps(Protocol):
    """The extension, as its handlers see it."""

    backend: Backend
    max_request_bytes: int


class DataOpsHandler(ExtensionHandlerMixin, APIHandler):
    """What all routes have in common: whatever goes wrong, the body of the answer is a `Refusal`."""

    auth_resource = RESOURCE

    @property
    def app(self) -> ServesDataOps:
        """The extension."""
        return cast("ServesDataOps", self.extensionapp)

    @property
    def actor(self) -> str | None:
        """Who asks, for the audit trail; `None`: nobody by name, since all who know the server's token are one."""
        is_nameless = type(self.identity_provider) in _NAMELESS
        return None if is_nameless or self.current_user is None else self.current_user.username

    def refuse(self, error: DataOpsError) -> None:
        """Answer with `error`, which is the user's matter and not one for the log."""
        self.set_status(status_of(error))
        self.finish(self.app.backend.refusal(error).model_dump_json())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an error of the server's."""
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.methods()))
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.finish(refusal_of_http(error, status_code).model_dump_json())

    @classmethod
    def methods(cls) -> list[str]:
        """HTTP methods that this route answers to."""
        return [name for name in ("GET", "POST") if getattr(cls, name.lower()) is not getattr(APIHandler, name.lower())]


class OperationHandler(DataOpsHandler):
    """Answers to the operations of one route; `handler_of` adds the methods."""

    async def answer(self, row: Operation, path: Mapping[str, str]) -> None:
        """Answer to one request for `row`."""
        try:
            most = self.app.max_request_bytes
            if len(self.request.body) > most:
                raise RequestTooLarge(
                    f"The request has {len(self.request.body):,} bytes, more than {most:,}",
                    hint="leave out the notebook's outputs, or raise c.DataOpsServerApp.max_request_bytes",
                )
            request = read_request(row, path, self.request.query_arguments, self.request.body)
            self.finish(await self.app.backend.answer_json(row.name, request, self.actor))
        except DataOpsError as error:
            self.refuse(error)


def handlers() -> list[tuple[str, type[OperationHandler]]]:
    """Pattern and handler of every route, in the order of the table."""
    by_route: dict[str, list[Operation]] = {}
    for row in OPERATIONS.values():
        by_route.setdefault(row.route, []).append(row)
    return [(pattern_of(route), handler_of(rows)) for route, rows in by_route.items()]


def pattern_of(route: str) -> str:
    """The regular expression of a route; tornado hands on what its groups match, decoded.

    Examples
    --------
    >>> pattern_of("runs/{run_id}/nodes/{node}/log")
    '/dataops/v1/runs/(?P<run_id>[^/]+)/nodes/(?P<node>[^/]+)/log'
    """
    return ROOT + _PATH_PARAMETER.sub(r"(?P<\1>[^/]+)", route)


def handler_of(rows: Sequence[Operation]) -> type[OperationHandler]:
    """The handler of the operations of one route, each by its method; metrics of requests bear its name."""
    verbs = {row.method.lower(): _verb(row) for row in rows}
    name = "".join(row.name.title().replace("_", "") for row in rows)
    return type(name, (OperationHandler,), verbs)


def _verb(row: Operation) -> Verb:
    async def verb(self: OperationHandler, **path: str) -> None:
        await self.answer(row, path)

    return guarded(verb, row.action)


def guarded(verb: Verb, action: str) -> Verb:
    """`verb` for users who have logged in and may do `action`; others are refused."""
    allowed: Callable[[Verb], Verb] = authorized(action=action, resource=RESOURCE)
    return cast("Verb", web.authenticated(allowed(verb)))
