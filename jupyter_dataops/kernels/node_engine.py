"""papermill's engine ``dataops-node``: executes one node's notebook in one fresh kernel."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from subprocess import Popen
from typing import IO, Any, Final

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.kernels.execution import LOGGER, CellError, Execution, is_users
from jupyter_dataops.kernels.fork_server import ForkedProcess
from jupyter_dataops.kernels.kernel_process import kill_leftovers, kill_orphans, kill_tree
from jupyter_dataops.kernels.kernel_questions import Questions, connect, refused_to_leave
from jupyter_dataops.kernels.leftovers import CONNECTION_FILE
from jupyter_dataops.kernels.masking import masked_tail
from jupyter_dataops.kernels.node_command import NODE_ARGUMENTS
from jupyter_dataops.kernels.node_kernel import make_manager, origin_of
from jupyter_dataops.kernels.protocol import IMPORTED_MIMETYPE, SECRETS_VARIABLE
from jupyter_dataops.kernels.provisioner import ZygoteProvisioner
from jupyter_dataops.kernels.record import NotebookRecord
from jupyter_dataops.kernels.standby import StandbyKernel
from jupyter_dataops.kernels.streams import merged
from jupyter_dataops.kernels.usage import peak_memory_bytes
from jupyter_dataops.kernels.variables import BESIDE_OTHERS

_STARTS: Final = 4
"""How often a kernel is started whose address is taken each time."""
_SHUTDOWN_S: Final = 10.0
"""How long the user's threads and ``atexit`` functions may take after the last cell."""
_TAKEN: Final = os.strerror(errno.EADDRINUSE)
"""What a kernel says whose address somebody else has."""
_QUIET_S: Final = 0.1
"""After a kernel's death, how long its channel must be silent to be taken as read to the end."""
_LOST_S: Final = 4.0
"""After a cell's answer, how long a silence means that the rest of its output will never come."""


class NodeEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Runs the notebook that papermill has prepared; started by `jupyter_dataops.kernels.attempt` alone."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, execution: Execution | None = None, **_others: Any) -> Any:
        """The executed notebook if a cell failed, for papermill to mark it there; else what is left without its cells.

        It is on disk, whatever happened. What is returned, papermill makes a text of, to be written nowhere.
        """
        if execution is None:
            raise EnvironmentRefused(
                "engine 'dataops-node' runs single nodes, for a pipeline run", hint="use --engine dataops"
            )
        # papermill puts the whole input in here where it was given a notebook instead of a path.
        nb.metadata.papermill["input_path"] = None
        nb.metadata.papermill["output_path"] = str(execution.job.output_path)
        execution.record = record = NotebookRecord(nb, execution.job.output_path, execution.masker)
        record.notebook_start()
        standby = execution.standby
        if standby is not None and (standby.kernel_name != kernel_name or not standby.is_alive):
            standby = None
        try:
            with nullcontext(standby.runner) if standby is not None else asyncio.Runner() as runner:
                runner.run(_NodeClient(record, kernel_name, execution, standby).run_node())
        finally:
            record.notebook_complete()
        without_cells = {**record.nb, "cells": []}
        return record.nb if execution.error is not None else NotebookNode(without_cells)  # type: ignore[no-untyped-call]


class _NodeClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """nbclient in one event loop of its own, so that any number of threads can each run one.

    Streams to the attempt's log, sees the kernel's death at once, and waits for nothing by the clock.
    """

    def __init__(
        self, record: NotebookRecord, kernel_name: str, execution: Execution, standby: StandbyKernel | None
    ) -> None:
        connection_file = str(execution.job.output_path.with_name(CONNECTION_FILE))
        super().__init__(
            record,
            km=make_manager(kernel_name, connection_file, LOGGER, execution.forking)
            if standby is None
            else standby.manager,
            log=LOGGER,
            kernel_name=kernel_name,
            resources={"metadata": {"path": str(execution.job.working_dir)}},
            coalesce_streams=False,  # see `streams`
            # Counts from the end of a cell until its last output is read, which takes long for very much output;
            # `_async_poll_output_msg` sees to output that never comes.
            iopub_timeout=3600,
            on_cell_error=self._describe_error,
        )
        self._execution = execution
        self._streams = execution.masked_streams()
        self._dead = asyncio.Event()
        self._heard_at = 0.0
        self._is_ready = False
        self._watched: int | None = None
        self._standby = standby

    async def run_node(self) -> None:
        """Start the kernel, run the cells up to the first that fails, end the kernel."""
        with tempfile.TemporaryFile("w+b") if self._standby is None else nullcontext(self._standby.words) as words:
            try:
                await self._begin(words)
                try:
                    await self._run_cells()
                finally:
                    await self._note_usage()
                self.set_widgets_metadata()
            finally:
                said = words.seek(0, os.SEEK_END)
                await self._end()
                self._execution.kernel_words = masked_tail(words, self._execution.masker)
                self._execution.last_words = masked_tail(words, self._execution.masker, said)

    async def _begin(self, words: IO[bytes]) -> None:
        """The kernel is there, knows what it is for, and can be stopped."""
        job, control = self._execution.job, self._execution.control
        told = {SECRETS_VARIABLE: " ".join(job.secrets)}
        environment = {**BESIDE_OTHERS, **os.environ, **job.secrets, **job.environment, **told}
        if self._standby is None:
            if any("ipykernel" in part for part in self.km.kernel_spec.argv):
                self.extra_arguments = list(NODE_ARGUMENTS)
            language = await self._start(environment, words)
        else:
            self._note_started()
            self.kc, language = self._standby.client, self.km.provisioner.language_info
        provisioner = self.km.provisioner
        if isinstance(provisioner, ZygoteProvisioner):
            provisioner.give(environment, str(job.working_dir))
        self._questions = Questions(self.kc, self._dead)
        self.nb.metadata["language_info"] = language
        self._is_ready = True
        loop = asyncio.get_running_loop()
        interrupt = self.km.interrupt_kernel

        def interrupt_kernel() -> None:
            asyncio.run_coroutine_threadsafe(interrupt(), loop)

        control.ready(interrupt_kernel)

    async def _start(self, environment: Mapping[str, str], words: IO[bytes]) -> dict[str, Any]:
        """A kernel of its own is there, and connected to; its ``language_info``. Raises as `until_ready` does.

        We look which ports are free and tell it where to listen. One that somebody has taken meanwhile ends it, which
        is no failure of the node's.
        """
        for start in range(1, _STARTS + 1):
            # Not by nbclient, which has an argument of its own for ipykernel: forked kernels are of one kind.
            await self.km.start_kernel(
                extra_arguments=list(self.extra_arguments),
                env=dict(environment),
                cwd=str(self._execution.job.working_dir),
                stdout=words,
                stderr=words,
            )
            self._note_started()
            try:
                self.kc, language = await connect(self.km, self._execution.start_timeout_s)
            except RuntimeError:
                if start == _STARTS or _TAKEN not in masked_tail(words, self._execution.masker):
                    raise
                self._execution.write("system", "the kernel's address was taken meanwhile: it is started again")
                await self._forget_kernel(words)
            else:
                break
        return language

    def _note_started(self) -> None:
        """Where the kernel is from is known, it can be killed, and its end is noticed."""
        self._execution.kernel = origin_of(self.km, self._execution.forking)
        pid = self.km.provisioner.process.pid
        self._execution.control.started(pid)
        reach("kernel started")
        self._watch_death(pid)

    async def _forget_kernel(self, words: IO[bytes]) -> None:
        """Nothing is left of a kernel that has died as it started; the next one listens elsewhere."""
        await self.km.provisioner.wait()
        await self.km.provisioner.cleanup()
        self.km.provisioner = None  # it knows its ports by heart
        self.km.cleanup_connection_file()
        self._execution.control.ended()
        self._unwatch()
        self._dead.clear()
        words.seek(0)
        words.truncate()

    async def _run_cells(self) -> None:
        users = [is_users(cell) for cell in self.nb.cells]
        for index, cell in enumerate(self.nb.cells):
            if self._execution.control.stopping:
                return
            self._execution.running_cell = cell.id
            self._streams = self._execution.masked_streams()
            self.nb_man.cell_start(cell, index)
            try:
                await self.async_execute_cell(cell, index)
            except CellExecutionError as error:
                self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                return
            except DeadKernelError:
                self.nb_man.cell_exception(cell, cell_index=index)
                cell.outputs.append(
                    new_output("error", ename="DeadKernelError", evalue="the kernel died")  # type: ignore[no-untyped-call]
                )
                raise
            finally:
                if cell.cell_type == "code":
                    cell.outputs = merged(cell.outputs)
                self._show_held_back(cell)
                self.nb_man.cell_complete(cell, cell_index=index)
            if users[index]:
                self._execution.cell_finished(sum(users[: index + 1]), sum(users))

    async def _note_usage(self) -> None:
        """What the attempt ran on and took is known, as far as a living kernel tells."""
        self._note_memory()
        is_python = self.nb.metadata.get("language_info", {}).get("name") == "python"
        if (
            is_python
            and not self._execution.imported
            and not self._dead.is_set()
            and not self._execution.control.stopping
        ):
            self._execution.imported = await self._questions.imported()

    def _note_memory(self) -> None:
        """Looked at while cells run, too: a kernel killed for want of memory tells nothing any more."""
        found = peak_memory_bytes(self.km.provisioner.process.pid)
        self._execution.peak_memory_bytes = found or self._execution.peak_memory_bytes

    async def _end(self) -> None:
        """Ask the kernel to end, and see to it; connections and files of ours are closed afterwards."""
        if self.km.has_kernel:
            process = self.km.provisioner.process
            if self._is_ready and not self._dead.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._leave(process), _SHUTDOWN_S)
            is_left = process.poll() is None
            if is_left:
                kill_tree(process.pid)
            kill_orphans(process.pid)
            if is_left or self._standby is None:  # else its owner waits until the system has taken it away
                await self.km.provisioner.wait()
            self._execution.exit_status = process.returncode
            if process.returncode != 0:
                # Nobody has meant anything to go on: not even what has left the kernel's session.
                kill_leftovers(self._execution.job.run_id, [self._execution.job.token])
        self._execution.control.ended()
        self._unwatch()
        if self._standby is not None:  # its owner closes it, once it has told what came of the attempt
            return
        if self.kc is not None:
            self.kc.stop_channels()
        await self.km.cleanup_resources()

    async def _leave(self, process: Popen[bytes]) -> None:
        """The kernel has ended by itself, its user's threads, ``atexit`` functions and files finished."""
        refused = asyncio.ensure_future(refused_to_leave(self.kc))
        exited = asyncio.ensure_future(self._exited(process))
        await asyncio.wait({refused, exited}, return_when=asyncio.FIRST_COMPLETED)
        if not exited.done():
            await self.km.request_shutdown()
        await exited
        refused.cancel()

    async def _exited(self, process: Popen[bytes]) -> None:
        while not self._dead.is_set() and process.poll() is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dead.wait(), 0.05)

    def _watch_death(self, pid: int) -> None:
        """Have `_dead` set at the kernel's end, without polling, where the system can tell (Linux)."""
        process = self.km.provisioner.process
        if isinstance(process, ForkedProcess):
            watched = os.dup(process.fileno())
        elif hasattr(os, "pidfd_open"):
            watched = os.pidfd_open(pid)
        else:
            return
        self._watched = watched
        loop = asyncio.get_running_loop()

        def died() -> None:
            loop.remove_reader(watched)
            self._dead.set()

        loop.add_reader(watched, died)

    def _unwatch(self) -> None:
        if self._watched is not None:
            asyncio.get_running_loop().remove_reader(self._watched)
            os.close(self._watched)
            self._watched = None

    async def _async_poll_kernel_alive(self) -> None:
        """Have the cell end when the kernel has, with all it put out.

        nbclient's own version looks once a second, and drops what has not been read yet.
        """
        while not self._dead.is_set():
            self._note_memory()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dead.wait(), 1)
            if not await self.km.is_alive():
                self._dead.set()
        died_at = time.monotonic()  # a machine short of memory may not have let us read for a while
        while time.monotonic() - max(died_at, self._heard_at) < _QUIET_S:
            await asyncio.sleep(_QUIET_S / 4)
        self.task_poll_for_reply.cancel()

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """Read a cell's output to its end, or until nothing comes any more after the cell has been answered.

        A kernel that displays very much in a burst drops some, and with it perhaps the word that it is done.
        """
        reading = asyncio.ensure_future(super()._async_poll_output_msg(parent_msg_id, cell, cell_index))
        self._heard_at = time.monotonic()
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_LOST_S / 4)
                is_answered = "shell.execute_reply" in cell["metadata"]["execution"]
                if is_answered and not reading.done() and time.monotonic() - self._heard_at > _LOST_S:
                    self._execution.write("system", "some output is lost: the cell displayed more than could be read")
                    return
            reading.result()
        finally:
            reading.cancel()

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Log what a cell puts out, as it comes."""
        self._heard_at = time.monotonic()
        content = msg["content"]
        if msg["msg_type"] == "error":
            self._show_held_back(cell)
        elif msg["msg_type"] == "stream":
            content["text"] = self._streams.feed(content["name"], content["text"])
            if not content["text"]:
                return None
        output = super().process_message(msg, cell, cell_index)
        if output is not None:
            self._execution.take_output(cell.id, output)
            if output["output_type"] == "display_data":
                output["data"].pop(IMPORTED_MIMETYPE, None)
        return output

    def _show_held_back(self, cell: Any) -> None:
        """The beginning of a secret that did not go on is shown: the cell prints no more."""
        for name, text in self._streams.flush():
            printed = [output for output in cell.outputs if output.get("name") == name]
            if printed:
                printed[-1]["text"] += text
            else:
                cell.outputs.append(new_output("stream", name=name, text=text))  # type: ignore[no-untyped-call]
            self._execution.write(name, text)

    async def _describe_error(self, cell: Any, execute_reply: dict[str, Any], **_hook: Any) -> None:
        is_check = self._execution.job.is_check
        # A check that is allowed to raise would pass whatever it finds.
        if "raises-exception" in cell.metadata.get("tags", []) and not is_check:
            return
        content = execute_reply["content"]
        questions = self._questions
        self._execution.error = CellError(
            cell_id=cell.id,
            ename=content.get("ename", ""),
            evalue=content.get("evalue", ""),
            traceback=content.get("traceback", ()),
            **await questions.last_error(cell.source),
            facts=await questions.facts() if is_check and not self._execution.control.stopping else {},
        )
