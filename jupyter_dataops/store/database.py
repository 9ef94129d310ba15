"""The database of a store: one connection pool, shared by everything that is kept in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.store import (
    asset_schema,
    deployment_schema,
    migrations,
    notice_schema,
    postgresql,
    schedule_schema,
    sqlite,
)
from jupyter_dataops.store.schema import metadata
from jupyter_dataops.store.transactions import Transactions

__all__ = ["Database"]

TABLES: Final = (
    metadata,
    schedule_schema.schedules,
    deployment_schema.versions,
    notice_schema.notices,
    asset_schema.assets,
)
"""All that is kept: modules that define tables are imported here."""
DATABASE_NAME: Final = "runs.sqlite"
"""The database in a store's folder."""
URL_NAME: Final = "database.url"
"""The file in a store's folder that says where the database is, where it is elsewhere."""
_HOW: Final = f"write it into {URL_NAME} as postgresql://USER@HOST/NAME"
_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class Database:
    """A database that has been brought to the present schema.

    Parameters
    ----------
    url_or_path
        A database URL such as ``postgresql+psycopg://host/name``, or the path of a SQLite file.

    Raises
    ------
    StoreUnavailable
        It cannot be used; the message says why.
    StoreTooNew
        A newer version of this package wrote it.

    Notes
    -----
    Not to be used across a fork.
    """

    def __init__(self, url_or_path: str | Path) -> None:
        url = _url(url_or_path)
        if url.get_backend_name() == "sqlite":
            sqlite.prepare_file(Path(url.database or ""))
        self.transactions = Transactions(url)
        try:
            if not self.transactions.read(migrations.is_current):
                self.transactions.write(migrations.bring_forward)
            with self.transactions.border():
                self._watch = sqlite.ChangeWatch(url.database or "") if self.transactions.is_sqlite else None
        except BaseException:
            self.transactions.close()
            raise

    def get_data_version(self) -> int:
        """A number that differs after anything has been written, here too; costs microseconds in SQLite.

        Elsewhere it is a question to the server: which transactions can be seen.
        """
        if self._watch is not None:
            with self.transactions.border():
                return self._watch.get_data_version()
        return self.transactions.read(postgresql.visible)

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        if self._watch is not None:
            self._watch.close()
        self.transactions.close()


def database_of(folder: Path) -> str | Path:
    """Where the database of the store in `folder` is: at the URL that its file `URL_NAME` holds, or in the folder.

    The address is nowhere else, so that whoever knows the folder, a node's kernel, say, finds the database; and a
    password in it is in no environment variable and no run.

    Raises
    ------
    StoreUnavailable
        The file cannot be read, or holds no URL.
    """
    said = folder / URL_NAME
    try:
        url = said.read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return folder / DATABASE_NAME
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnavailable(
            f"The address of the run store cannot be read: {error}", where=str(said), hint="check its permissions"
        ) from error
    if "://" not in url:
        raise StoreUnavailable("The address of the run store is not a URL", where=str(said), hint=_HOW)
    return url


def has_database(folder: Path) -> bool:
    """Whether the store in `folder` has one, or says where it is; nothing is made."""
    return any((folder / name).is_file() for name in (DATABASE_NAME, URL_NAME))


def _url(url_or_path: str | Path) -> sa.URL:
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return sa.URL.create("sqlite", database=str(url_or_path))
    try:
        url = sa.make_url(url_or_path)
    except sa.exc.ArgumentError as error:
        raise StoreUnavailable("The store's address is not a database URL", hint=_HOW) from error
    name = url.get_backend_name()
    if name not in _DRIVERS:
        raise StoreUnavailable(f"The run store cannot be in a database of {name}", hint=_HOW)
    return url.set(drivername=_DRIVERS[name])
