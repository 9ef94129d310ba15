"""What an attempt and papermill's engine share while the node's kernel runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.kernels.kernel_process import KernelControl
from jupyter_dataops.kernels.masking import MaskedStreams
from jupyter_dataops.kernels.node_kernel import Forking
from jupyter_dataops.kernels.protocol import (
    GENERATED,
    IMPORTED_MIMETYPE,
    OUTPUTS,
    OUTPUTS_MIMETYPE,
    PARAMETERS_MIMETYPE,
    VERDICT_MIMETYPE,
    outputs_from_json,
)
from jupyter_dataops.logs import LogLine, write_log_line
from jupyter_dataops.records import OutputRecord
from jupyter_dataops.secrets import Masker

if TYPE_CHECKING:
    from jupyter_dataops.kernels.standby import StandbyKernel

LOGGER: Final = logging.getLogger("jupyter_dataops.kernels")
# What jupyter_client, nbclient and papermill have to say is in the attempt's failure; the terminal is not theirs.
LOGGER.addHandler(logging.NullHandler())
logging.getLogger("papermill").addHandler(logging.NullHandler())


class CellError(Struct, frozen=True):
    """An error that ended a cell, as the kernel told it."""

    cell_id: str
    ename: str
    evalue: str
    traceback: Sequence[str] = ()
    mro: tuple[str, ...] = ()
    line: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What made a check fail."""


class Execution(Struct):
    """One attempt in progress: the engine fills it in, the attempt reads it."""

    job: NodeJob
    control: KernelControl
    log: IO[str]
    cell_finished: Callable[[int, int], None]
    """Called with how many of the user's cells are done, and how many there are."""
    start_timeout_s: float
    masker: Masker
    """Of the secrets that must not be found in what the attempt leaves."""
    forking: Forking | None = None
    """Where its kernel is forked; `None`: it is started."""
    standby: StandbyKernel | None = None
    """A kernel that waits for a node, if there is one."""
    running_cell: str | None = None
    error: CellError | None = None
    outputs: Mapping[str, OutputRecord] | None = None
    parameters: Mapping[str, Any] | None = None
    """For a ``notebook:`` node: the values that its notebook gets."""
    verdict: Mapping[str, Any] | None = None
    """Of a check: ``passed``, ``sentence``, ``facts``."""
    imported: Mapping[str, Any] | None = None
    """The kernel's Python and modules, as it has told them."""
    peak_memory_bytes: int | None = None
    kernel: str = ""
    """How the kernel came to be."""
    exit_status: int | None = None
    last_words: str = ""
    """What was printed after the last cell, by ``atexit`` functions and threads."""
    kernel_words: str = ""
    """What the kernel's process itself wrote, past Jupyter's protocol: why it could not start, or crashed."""
    record: Any = field(default=None)
    """papermill's bookkeeping; `None` until papermill has come to the engine."""

    def write(self, stream: str, text: str) -> None:
        """Add to the log."""
        with suppress(ValueError):  # closed: the attempt has been reported
            write_log_line(self.log, LogLine(datetime.now(UTC), stream, self.masker.mask(text)))

    def masked_streams(self) -> MaskedStreams:
        """For what the next cell prints."""
        return MaskedStreams(self.masker)

    def take_output(self, cell_id: str, output: Mapping[str, Any]) -> None:
        """Log one output of a cell, and keep the node's outputs."""
        if output["output_type"] == "stream":
            self.write(output["name"], output["text"])
        elif output["output_type"] == "error":
            self.write("error", "\n".join(output["traceback"]))
        elif cell_id == OUTPUTS:
            self._take_result(output["data"])
        elif "text/plain" in output["data"]:
            self.write("display", output["data"]["text/plain"])

    def _take_result(self, shown: Mapping[str, Any]) -> None:
        """Keep what a cell of ours displays; a cell of the user's cannot pretend to."""
        if OUTPUTS_MIMETYPE in shown:
            self.outputs = outputs_from_json(shown[OUTPUTS_MIMETYPE])
        self.imported = shown.get(IMPORTED_MIMETYPE, self.imported)
        self.parameters = shown.get(PARAMETERS_MIMETYPE, self.parameters)
        self.verdict = shown.get(VERDICT_MIMETYPE, self.verdict)
        if "text/plain" in shown:
            self.write("system", shown["text/plain"])


def is_users(cell: Mapping[str, Any]) -> bool:
    """Whether `cell` is code of the user's notebook."""
    tags = cell["metadata"].get("tags", [])
    return cell["cell_type"] == "code" and "injected-parameters" not in tags and not GENERATED.intersection(tags)
