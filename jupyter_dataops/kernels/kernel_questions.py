"""Short conversations with a kernel, outside any cell."""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient

from jupyter_dataops.kernels.protocol import ERROR_EXPRESSION, LEAVE_EXPRESSION

_LOOK_S: Final = 0.25
_ANSWER_S: Final = 10.0


async def until_ready(
    client: AsyncKernelClient, is_alive: Callable[[], Awaitable[bool]], timeout_s: float
) -> dict[str, Any]:
    """The kernel's ``language_info``; it answers and its output arrives.

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
    language: dict[str, Any] = {}
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


async def ask_last_error(client: AsyncKernelClient, source: str) -> dict[str, Any]:
    """``mro`` and ``line`` of the error that just ended the cell with `source`; empty where the kernel cannot tell."""
    try:
        reply = await asyncio.wait_for(_evaluate(client, ERROR_EXPRESSION), _ANSWER_S)
        shown = reply["content"]["user_expressions"]["value"]["data"]["text/plain"]
        found = ast.literal_eval(shown)
    except (KeyError, ValueError, SyntaxError, TimeoutError):
        return {}
    line = found["line"]
    return {"mro": tuple(found["mro"]), "line": None if line is None else line + _leading_empty_lines(source)}


async def refused_to_leave(client: AsyncKernelClient) -> None:
    """The kernel did not end by our own way out; never comes back where it did."""
    await _evaluate(client, LEAVE_EXPRESSION)


async def _evaluate(client: AsyncKernelClient, expression: str) -> dict[str, Any]:
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
