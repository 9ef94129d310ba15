"""The loop that starts what is due, inside the server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.config import load_settings
from jupyter_dataops.schedules.triggers import At
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.server.app import DataOpsServerApp
from jupyter_dataops.wiring import open_stores
from tests.support.api import Api, eventually
from tests.support.notebooks import cell

pytestmark = pytest.mark.kernel


@pytest.fixture
def traits() -> dict[str, Any]:
    return {"run_scheduler": True}


async def test_a_server_may_start_what_is_due_and_leaves_nothing_when_it_stops(
    api: Api, save: Callable[..., Path], jp_serverapp: Any
) -> None:
    path = save(cell("x = 1", "node:a"))
    settings = load_settings(path.parent)

    def fires() -> Any:
        with Schedules(settings) as schedules:
            return schedules.show("etl").fires

    async def has_ended() -> bool:
        return any(fire.ended_at for fire in fires())

    with Schedules(settings) as schedules:
        schedules.add("etl", path, At((datetime.now(UTC) + timedelta(seconds=1),)))
    await eventually(has_ended, "the run ended, and the server saw it")
    (fire,) = fires()
    assert (fire.fate, fire.run_state) == ("started", "succeeded")
    (app,) = jp_serverapp.extension_manager.extension_apps["jupyter_dataops"]
    assert isinstance(app, DataOpsServerApp)
    await app.stop_extension()
    with closing(open_stores(settings)) as stores:
        assert stores.schedules.get_services(datetime.now(UTC)) == []
