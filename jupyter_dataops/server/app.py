"""What Jupyter Server loads."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp


class DataOpsServerApp(ExtensionApp):
    """The extension `jupyter_dataops`; traits are set as `c.DataOpsServerApp.name` in the server's configuration."""

    name = "jupyter_dataops"
