"""A server whose user may look at runs, and neither start nor change any; all else is as ever."""

from __future__ import annotations

from jupyter_server.auth import Authorizer
from jupyter_server.auth.identity import User
from jupyter_server.base.handlers import JupyterHandler


class LookOnly(Authorizer):
    """For ``--ServerApp.authorizer_class``."""

    def is_authorized(self, handler: JupyterHandler, user: User, action: str, resource: str) -> bool:
        """Whether the user may do `action` with `resource`."""
        return resource != "dataops" or action == "read"
