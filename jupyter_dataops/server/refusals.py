"""Errors as a browser gets them: an HTTP status, and what, where, what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError
from tornado.web import HTTPError

from jupyter_dataops.errors import (
    AnotherNotebook,
    ArtifactError,
    ArtifactMissing,
    AssetNotFound,
    DataOpsError,
    DeploymentNotFound,
    EnvironmentRefused,
    IllegalMove,
    LiveMoved,
    NodeNotFound,
    NotDelivered,
    PipelineError,
    RunNotFound,
    ScheduleExists,
    ScheduleNotFound,
    StoreError,
    UsageError,
)
from jupyter_dataops.service.wire.watching import Refusal


class MalformedRequest(UsageError):
    """The request is not what the operation takes."""

    code = "malformed_request"


class RequestTooLarge(UsageError):
    """The body of the request is longer than the server allows."""

    code = "too_large"


class OutsideContents(UsageError):
    """The path leads out of what the server shows, or to where it has no files."""

    code = "outside_contents"


STATUSES: Final[Mapping[type[DataOpsError], HTTPStatus]] = MappingProxyType(
    {
        UsageError: HTTPStatus.BAD_REQUEST,
        RunNotFound: HTTPStatus.NOT_FOUND,
        NodeNotFound: HTTPStatus.NOT_FOUND,
        AssetNotFound: HTTPStatus.NOT_FOUND,
        ScheduleNotFound: HTTPStatus.NOT_FOUND,
        DeploymentNotFound: HTTPStatus.NOT_FOUND,
        ScheduleExists: HTTPStatus.CONFLICT,
        AnotherNotebook: HTTPStatus.CONFLICT,
        LiveMoved: HTTPStatus.CONFLICT,
        OutsideContents: HTTPStatus.NOT_FOUND,
        RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        PipelineError: HTTPStatus.UNPROCESSABLE_ENTITY,
        ArtifactError: HTTPStatus.UNPROCESSABLE_ENTITY,
        ArtifactMissing: HTTPStatus.NOT_FOUND,
        IllegalMove: HTTPStatus.CONFLICT,
        EnvironmentRefused: HTTPStatus.CONFLICT,
        NotDelivered: HTTPStatus.CONFLICT,
        StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
        DataOpsError: HTTPStatus.CONFLICT,
    }
)
"""The status of each error; one that is not here has that of its base."""

_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
)
_MOST_PROBLEMS: Final = 5


def status_of(error: DataOpsError) -> HTTPStatus:
    """The HTTP status of `error`.

    Examples
    --------
    >>> status_of(RunNotFound("no run 'x'")).value, status_of(IllegalMove("taken")).value
    (404, 409)
    """
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def malformed(error: ValidationError, what: str) -> MalformedRequest:
    """What of a request is not as the model of `what` demands: fields and reasons, never the values."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    said = [f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems[:_MOST_PROBLEMS]]
    more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
    return MalformedRequest(
        "The request is not what this takes",
        where="; ".join(said) + more,
        hint=f"what {what} takes stands in openapi.json",
    )


def _place(parts: tuple[int | str, ...]) -> str:
    return ".".join(map(str, parts)) or "the request"


def refusal_of_http(error: BaseException | None, status: int) -> Refusal:
    """What is told of an error that is none of ours: tornado's and Jupyter's own, or a mistake in this program.

    Of the latter nothing but that it happened: the server's log has the rest.

    Examples
    --------
    >>> refusal_of_http(HTTPError(403, "not allowed"), 403).message
    'not allowed'
    >>> refusal_of_http(KeyError("secret"), 500).message
    'The server failed to answer: Internal Server Error'
    """
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"status {status}"
    code = _CODES.get(status, "internal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else f"http_{status}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = "the server's log says more"
        return Refusal(code=code, message=f"The server failed to answer: {reason}", where="", hint=hint)
    said = error.log_message if isinstance(error, HTTPError) else None
    return Refusal(code=code, message=said or reason, where="", hint=_HINTS.get(status, ""))


_HINTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        403: "log in, or ask whoever runs the server for permission",
        404: "routes stand in openapi.json",
        405: "the header Allow names the methods",
    }
)
