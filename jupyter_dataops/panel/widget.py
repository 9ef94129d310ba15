"""The widget. Importing this takes 0.3 s, and needs the built front end: `Pipeline.panel` does it when it is called."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Final

import anywidget
import traitlets

from jupyter_dataops.panel.attendant import Attendant
from jupyter_dataops.panel.backstage import Backstage
from jupyter_dataops.panel.seams import Source
from jupyter_dataops.panel.static_files import static_file

BACKSTAGE: Final = Backstage()
"""Of this kernel: whoever makes a panel is a cell of the user's, which has no place to keep it."""


class Panel(anywidget.AnyWidget):
    """A pipeline in an output cell: graph, form, runs, logs. Make it with `Pipeline.panel` or `Run.panel`.

    Its runs are processes of their own: they go on when the kernel restarts, and a panel that is made again shows them
    as they are. `close` takes it away; whatever it watched is watched no longer.
    """

    _esm = static_file("widget.js")
    _css = static_file("widget.css")
    path = traitlets.Unicode(read_only=True).tag(sync=True)
    """The notebook, relative to its folder."""
    folder = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    """That folder, relative to the one of the notebook with the panel in it; `None`: not known."""
    run_id = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    """The run that is shown first; `None`: the latest."""
    read_only = traitlets.Bool(False, read_only=True).tag(sync=True)
    """Nothing can be started, retried or cancelled."""

    def __init__(
        self,
        path: str,
        key: Hashable,
        open_source: Callable[[], Source],
        *,
        folder: str | None = None,
        run_id: str | None = None,
        is_read_only: bool = False,
        backstage: Backstage = BACKSTAGE,
    ) -> None:
        # The comm is opened with these values: what is set later would be a message of its own.
        self.set_trait("path", path)
        self.set_trait("folder", folder)
        self.set_trait("run_id", run_id)
        self.set_trait("read_only", is_read_only)
        self._attendant = Attendant(path, key, open_source, self._tell, backstage, is_read_only=is_read_only)
        super().__init__()
        pin_to_subshell(self.comm)
        self.on_msg(lambda _widget, content, _buffers: self._attendant.hear(content))
        # ipywidgets would keep it as long as the kernel lives.
        self.comm.on_close(lambda _message: self.close())

    def close(self) -> None:
        """Nothing is shown or watched any more."""
        self._attendant.close()
        super().close()

    def _tell(self, message: dict[str, Any]) -> None:
        with suppress(Exception):  # the comm is closed at any time, and a kernel that ends has no sockets
            self.send(message)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made if isinstance(made, tuple) else (made, {})
        # What a page shows that has no kernel, or no widgets.
        return {**data, "text/plain": f"Pipeline {self.path}: run this cell to see its panel"}, metadata

    def __repr__(self) -> str:
        return f"<Panel of {self.path}>"


def pin_to_subshell(comm: object) -> None:
    """Messages of `comm` are read where the front end sends them: beside a cell that runs, where it can.

    ipykernel 7.4 hands a comm's messages to the thread that last sent something over it. That is the main thread,
    which opened it, or counts as the one in which a panel's threads send; so a click would wait for the running cell.
    The name is private: where it does not exist, nothing is done, and nothing is needed.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001 - see above
