"""The extension is there in every Jupyter Server of the environment."""

from __future__ import annotations

from jupyter_server.serverapp import ServerApp


def test_server_loads_the_extension(jp_serverapp: ServerApp) -> None:
    assert jp_serverapp.extension_manager.extensions["jupyter_dataops"].enabled
    assert "jupyter_dataops" in jp_serverapp.extension_manager.extension_apps


async def test_server_answers_a_user_with_its_token_alone(jp_fetch, jp_serverapp: ServerApp) -> None:
    response = await jp_fetch("api", "status")
    refused = await jp_fetch("api", "status", headers={"Authorization": "token wrong"}, raise_error=False)

    assert (response.code, refused.code) == (200, 403)
