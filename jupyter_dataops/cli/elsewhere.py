"""Where what is not in this store is, among the stores of other environments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Protocol

from jupyter_dataops.errors import DataOpsError, DeploymentNotFound, RunNotFound

if TYPE_CHECKING:
    from jupyter_dataops.config import Configuration, Settings


class Configured(Protocol):
    """What knows the environments: a `Face`."""

    def configuration(self) -> Configuration:
        """What holds here."""
        ...

    def settings_in(self, environment: str) -> Settings:
        """What holds in an environment."""
        ...


def where_it_is(face: Configured, error: DataOpsError) -> str:
    """What to add to a command that has found no such run or deployment; empty: nothing helps, or it is not known."""
    found: list[str] = []
    with suppress(DataOpsError):  # the error that there is already says more
        if isinstance(error, RunNotFound) and "run" in error.facts and "matches" not in error.facts:
            found = list(_having(face, lambda settings: _has_run(settings, error.run)))
        elif isinstance(error, DeploymentNotFound) and "deployment" in error.facts:
            found = list(_having(face, lambda settings: _has_deployment(settings, error.deployment)))
    return f"the store of {' and '.join(found)} has one: add --env {found[0]}" if found else ""


def _having(face: Configured, has: Callable[[Settings], bool]) -> Iterator[str]:
    """Environments with a store of their own, in which there is something like that."""
    from jupyter_dataops.wiring import has_store  # noqa: PLC0415 - only where something was not found

    here = face.configuration()
    for name in here.document.environments if here.document is not None else ():
        settings = face.settings_in(name)
        # A store that is only looked into is not made by that.
        if settings.store != here.settings.store and has_store(settings) and has(settings):
            yield name


def _has_run(settings: Settings, name: str) -> bool:
    from jupyter_dataops.store.lookup import LAST  # noqa: PLC0415 - as above
    from jupyter_dataops.wiring import open_run_store  # noqa: PLC0415 - as above

    with closing(open_run_store(settings)) as store, suppress(RunNotFound):
        return name != LAST and bool(store.find_run(name))
    return False


def _has_deployment(settings: Settings, name: str) -> bool:
    from jupyter_dataops.wiring import open_deployment_store  # noqa: PLC0415 - as above

    with closing(open_deployment_store(settings)) as store:
        return bool(store.get_versions(name, 1))
