"""Where the database of a store is."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.store import postgresql
from jupyter_dataops.store.database import DATABASE_NAME, URL_NAME, Database, database_of, has_database
from jupyter_dataops.wiring import has_store, open_stores


def say(folder: Path, url: str) -> None:
    (folder / URL_NAME).write_text(f"{url}\n")


def test_it_is_in_the_folder_unless_a_file_there_says_otherwise(tmp_path: Path) -> None:
    assert database_of(tmp_path) == tmp_path / DATABASE_NAME
    assert not has_database(tmp_path)
    say(tmp_path, "postgresql://etl@db/dataops")
    assert database_of(tmp_path) == "postgresql://etl@db/dataops"
    assert has_database(tmp_path)


def test_all_stores_are_where_the_file_says(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path), jobs=1)
    say(tmp_path, f"sqlite:///{tmp_path}/elsewhere.sqlite")
    assert has_store(settings)
    open_stores(settings).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [URL_NAME, "elsewhere.sqlite"]


@pytest.mark.parametrize("said", ["", "dataops", "etl@db/dataops"])
def test_what_is_no_url_is_refused_with_how_to_write_one(tmp_path: Path, said: str) -> None:
    say(tmp_path, said)
    with pytest.raises(StoreUnavailable, match=r"not a URL[\s\S]*postgresql://USER@HOST/NAME"):
        database_of(tmp_path)


@pytest.mark.parametrize("url", ["mysql://db/dataops", "oracle://db/dataops"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"cannot be in a database of {url.partition(':')[0]}"):
        Database(url)


def test_a_password_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Database("mysql://etl:lovelace@db/dataops")
    assert "lovelace" not in str(caught.value)


def test_a_driver_that_is_missing_is_told_with_how_to_install_it() -> None:
    reason, hint = postgresql.why(ModuleNotFoundError("No module named 'psycopg'"))
    assert "driver is not installed" in reason
    assert "psycopg" in hint or "jupyter-dataops[postgresql]" in hint
