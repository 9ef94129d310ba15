"""What a view in a browser and its panel in the kernel say to each other; the same as `labextension/src/api/comm.ts`.

Requests are models of `service.wire`. Responses, and what watchers are told, travel as JSON in a text: it is made once,
and a number that JSON does not know (NaN in somebody's table) cannot break the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import Refusal, WatchRequest

_Name = Annotated[str, Field(min_length=1, max_length=64)]


class _FromView(Wire):
    """Anything that a view says."""

    view: _Name
    """Of the view's own choosing: several may look at one panel, and all hear what it says."""
    n: int = Field(ge=0)
    """Counts what the view has said."""


class Hello(_FromView):
    """A view is there. Others are forgotten unless they ask again: one whose page is gone cannot say good-bye."""

    kind: Literal["hello"]


class Call(_FromView):
    """An operation is asked for."""

    kind: Literal["call"]
    op: _Name
    request: dict[str, Any]


class WatchAsked(_FromView):
    """The view wants to be told of something, or no longer."""

    kind: Literal["watch"]
    request: WatchRequest


class Bye(_FromView):
    """The view is gone."""

    kind: Literal["bye"]


Message = Hello | Call | WatchAsked | Bye
READER: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def taken(view: str, n: int) -> dict[str, Any]:
    """The kernel has read message `n`: it is not busy."""
    return {"kind": "taken", "view": view, "n": n}


def answer(view: str, n: int, response: Wire) -> dict[str, Any]:
    """The response to a call."""
    return {"kind": "answer", "view": view, "n": n, "response": response.model_dump_json()}


def refusal(view: str, n: int, refused: Refusal) -> dict[str, Any]:
    """Why a call was not answered."""
    return {"kind": "refusal", "view": view, "n": n, "refusal": refused.model_dump(mode="json")}


def told(view: str, number: int, texts: Sequence[str]) -> dict[str, Any]:
    """What watchers are told; `number` counts these for each view, so that it notices one that was lost."""
    return {"kind": "told", "view": view, "number": number, "told": list(texts)}


def renew(but: str) -> dict[str, Any]:
    """Every view except `but` has been forgotten, and asks again if it is there."""
    return {"kind": "renew", "but": but}


def saved() -> dict[str, Any]:
    """The notebook was saved."""
    return {"kind": "saved"}
