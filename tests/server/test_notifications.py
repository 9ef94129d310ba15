"""A server sends what runners that were killed have left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.api.notifying import list_notices
from jupyter_dataops.config import load_settings
from jupyter_dataops.events import RunFinished
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import open_stores
from tests.support.api import Api, eventually
from tests.support.notices import a_receiver, a_run_for, open_sink
from tests.support.stores import RUN, TOKEN, a_start, at, keep


@pytest.fixture
def traits() -> dict[str, Any]:
    return {"news_interval_s": 0.02}


async def test_a_server_sends_what_was_left_before_it_began_and_needs_no_browser(api: Api, jp_root_dir: Path) -> None:
    with open_sink() as sink:
        (jp_root_dir / "dataops.toml").write_text(f'[notifications.team]\nurls = "{sink.url}"\n')
        settings = load_settings(jp_root_dir)
        stores = open_stores(settings)
        keep(stores.runs, a_run_for(a_receiver(), notebook=str(jp_root_dir / "etl.ipynb")))
        stores.runs.apply(a_start(), None)
        stores.runs.apply(RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), TOKEN)
        stores.close()

        async def is_marked() -> bool:
            return [one.state for one in list_notices(settings, RUN)] == ["sent"]

        await eventually(is_marked, "it is sent")
        assert [post.title for post in sink.posts] == ["etl failed"]
