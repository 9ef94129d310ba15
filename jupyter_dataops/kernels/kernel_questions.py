"""Short conversations with a kernel, outside any cell."""

from __future__ import annotations

import ast
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient

from jupyter_dataops.kernels.protocol import ERROR_EXPRESSION, LEAVE_EXPRESSION

_LOOK_S: Final = 0.25
_ANSWER_S: Final = 10.0
_FACTS_S: Final = 3.0
"""The kernel itself gives up after a second, unless compiled code does not let it."""

_FACTS_EXPRESSION: Final = (
    "__import__('jupyter_dataops.checking.evidence', fromlist=['evidence']).facts_of_last_error()"
)
_IMPORTED_EXPRESSION: Final = "__import__('jupyter_dataops.kernels.usage', fromlist=['usage']).imported()"


async def connect(manager: Any, timeout_s: float) -> tuple[AsyncKernelClient, dict[str, Any]]:
    """A client of the kernel that `manager` has started, its channels open; and ``language_info``.

    Raises as `until_ready` does.
    """
    client = manager.client()
    client.start_channels(hb=False)  # its death is an event
    client.allow_stdin = False
    language = getattr(manager.provisioner, "language_info", None)
    try:
        return client, await until_ready(client, manager.is_alive, timeout_s, language)
    except BaseException:
        client.stop_channels()
        raise


async def until_ready(
    client: AsyncKernelClient,
    is_alive: Callable[[], Awaitable[bool]],
    timeout_s: float,
    language: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The kernel's ``language_info``; it answers and its output arrives.

    Where that is known, nothing is asked: the kernel listens, and says by itself that its output is subscribed to.

    jupyter_client's own waiting takes the output channel's silence for readiness, which costs a fixed 0.2 s a kernel.
    Here any message on that channel proves that the subscription stands; what else is on its way belongs to no cell.

    Raises
    ------
    RuntimeError
        The kernel died.
    TimeoutError
        It did not answer in time.
    """
    deadline = time.monotonic() + timeout_s
    if not language:
        client.kernel_info()
    while True:
        try:
            if not language:
                reply = await client.shell_channel.get_msg(timeout=_LOOK_S)
                language = reply["content"]["language_info"]
            await client.iopub_channel.get_msg(timeout=_LOOK_S)
        except Empty:
            if not await is_alive():
                raise RuntimeError("the kernel died while it started") from None
            if time.monotonic() > deadline:
                raise TimeoutError(f"the kernel did not answer within {timeout_s:g} s") from None
            if language:
                client.kernel_info()  # its status messages come over the output channel
        else:
            return language


class Questions:
    """Asks a kernel what it knows about itself; no answer, for whatever reason, is an answer too.

    A kernel that has once let us wait in vain is busy with that still, and is asked nothing more.

    Parameters
    ----------
    dead
        Set when the kernel has died: there is nothing to wait for then.
    """

    def __init__(self, client: AsyncKernelClient, dead: asyncio.Event) -> None:
        self._client = client
        self._dead = dead
        self._is_busy = False

    async def last_error(self, source: str) -> dict[str, Any]:
        """``mro`` and ``line`` of the error that just ended the cell with `source`; empty where it cannot tell."""
        found = await self._ask(ERROR_EXPRESSION, _ANSWER_S)
        if not isinstance(found, dict):
            return {}
        line = found["line"]
        return {"mro": tuple(found["mro"]), "line": None if line is None else line + _leading_empty_lines(source)}

    async def facts(self) -> dict[str, Any]:
        """What the condition that just failed in a check was about; empty where nothing is found quickly."""
        found = await self._ask(_FACTS_EXPRESSION, _FACTS_S)
        return json.loads(found) if isinstance(found, str) else {}

    async def imported(self) -> dict[str, Any] | None:
        """See `jupyter_dataops.kernels.usage.imported`; `None` where the kernel cannot tell."""
        found = await self._ask(_IMPORTED_EXPRESSION, _ANSWER_S)
        return found if isinstance(found, dict) else None

    async def _ask(self, expression: str, timeout_s: float) -> Any:
        """The literal that `expression` comes to in the kernel; `None` if it comes to none in time."""
        if self._is_busy:
            return None
        answer = asyncio.ensure_future(evaluate(self._client, expression))
        death = asyncio.ensure_future(self._dead.wait())
        await asyncio.wait({answer, death}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        self._is_busy = not answer.done()
        if self._is_busy:
            answer.cancel()
            return None
        try:
            return ast.literal_eval(answer.result()["content"]["user_expressions"]["value"]["data"]["text/plain"])
        except (KeyError, ValueError, SyntaxError):
            return None


async def refused_to_leave(client: AsyncKernelClient) -> None:
    """The kernel did not end by our own way out; never comes back where it did."""
    await evaluate(client, LEAVE_EXPRESSION)


async def evaluate(client: AsyncKernelClient, expression: str) -> dict[str, Any]:
    """The kernel's reply with the value of `expression`."""
    while True:
        request = client.execute("", silent=True, user_expressions={"value": expression}, stop_on_error=False)
        reply: dict[str, Any] = {}
        while reply.get("parent_header", {}).get("msg_id") != request:
            reply = await client.shell_channel.get_msg(timeout=None)
        # A kernel turns down what it finds waiting at the moment of an error: ask again.
        if reply["content"]["status"] != "aborted":
            return reply


def _leading_empty_lines(source: str) -> int:
    """IPython takes these away before it numbers the lines."""
    lines = source.splitlines()
    return next((index for index, line in enumerate(lines) if line.strip()), 0)
