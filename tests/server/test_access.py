"""Who may do what: every route of the extension, however it came to be there, is closed to those who may not."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import Authorizer, IdentityProvider, User
from tornado.httpclient import HTTPClientError, HTTPResponse
from tornado.routing import PathMatches
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler
from traitlets.config import Config

from jupyter_dataops.server.app import DataOpsServerApp
from jupyter_dataops.service.operations import OPERATIONS
from tests.support.api import ROOT, Api, Stream, address
from tests.support.notebooks import cell, notebook

Connect = Callable[..., Awaitable[Stream]]
BODY = '{"path": "etl.ipynb"}'
VERBS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT")


class DenyAll(Authorizer):
    """Nobody may do anything with our resource."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "dataops"


class ReadOnly(Authorizer):
    """Everybody may look, and nobody may do."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return action == "read"


def routes(app: DataOpsServerApp) -> Iterator[tuple[str, str, type[RequestHandler]]]:
    """Method, path and handler of all that the server has below our root, whoever put it there."""
    base = app.serverapp.base_url + ROOT.rstrip("/")  # type: ignore[union-attr]
    for rule in [*app.serverapp.web_app.wildcard_router.rules, *_all_rules(app)]:  # type: ignore[union-attr]
        if not isinstance(rule.matcher, PathMatches) or not rule.matcher.regex.pattern.startswith(base):
            continue
        inside = rule.matcher.regex.pattern.removeprefix(base).removesuffix("$").replace("(?:/.*)?", "/somewhere")
        path = re.sub(r"\(\?P<\w+>[^)]*\)", "x", inside).lstrip("/")
        for method in VERBS:
            if getattr(rule.target, method.lower()) is not RequestHandler._unimplemented_method:
                yield method, path, rule.target


def _all_rules(app: DataOpsServerApp) -> Iterator[Any]:
    for outer in app.serverapp.web_app.default_router.rules:  # type: ignore[union-attr]
        yield from getattr(outer.target, "rules", ())


def body_of(method: str) -> dict[str, Any]:
    return {"body": BODY} if method in ("POST", "PATCH", "PUT") else {}


async def test_every_operation_has_its_route_and_there_are_few_others(app: DataOpsServerApp, api: Api) -> None:
    found = {(method, path) for method, path, _ in routes(app)}
    wanted = {
        (row.method, address(row, dict.fromkeys(row.request.model_fields, "x"))[0]) for row in OPERATIONS.values()
    }

    assert found - wanted == {
        ("GET", "openapi.json"),
        ("GET", "runs/x/report.html"),
        ("GET", "stream"),
        ("GET", "somewhere"),
        ("POST", "somewhere"),
    }
    assert wanted <= found


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["no token", "a wrong token"])
async def test_nothing_is_answered_without_the_token(app: DataOpsServerApp, api: Api, headers: dict[str, str]) -> None:
    answers = {}
    for method, path, _ in routes(app):
        response = await api.fetch(path, method=method, headers=headers, **body_of(method))
        answers[method, path] = response.code

    assert len(answers) > len(OPERATIONS)
    assert {route: code for route, code in answers.items() if code != 403} == {}


@pytest.mark.parametrize("authorizer", [DenyAll])
async def test_nothing_is_answered_against_the_authorizer(app: DataOpsServerApp, api: Api) -> None:
    answers = {}
    for method, path, handler in routes(app):
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"} if issubclass(handler, WebSocketHandler) else {}
        response = await api.fetch(path, method=method, headers={**api.headers, **upgrade}, **body_of(method))
        answers[method, path] = response.code

    assert len(answers) > len(OPERATIONS)
    assert {route: code for route, code in answers.items() if code != 403} == {}


async def test_what_changes_something_is_refused_from_another_site(app: DataOpsServerApp, api: Api) -> None:
    logged_in = {"Cookie": cookies_of(await api.fetch("grammar"))}

    looked = await api.fetch("grammar", headers=logged_in)
    answers = {}
    for method, path, _ in routes(app):
        if method != "GET":
            answers[method, path] = (await api.fetch(path, method=method, headers=logged_in, **body_of(method))).code

    assert looked.code == 200, "the cookie does not log in: the test shows nothing"
    assert len(answers) > 5
    assert {route: code for route, code in answers.items() if code != 403} == {}


async def test_a_browser_that_sends_the_xsrf_token_is_let_in(api: Api, jp_base_url: str) -> None:
    logged_in = cookies_of(await api.fetch("grammar"))
    page = await api.client.fetch(f"{jp_base_url}login", follow_redirects=False, raise_error=False)
    xsrf = cookies_of(page)
    assert xsrf.startswith("_xsrf=")
    headers = {"Cookie": f"{logged_in}; {xsrf}", "X-XSRFToken": xsrf.removeprefix("_xsrf=").strip('"')}

    answer = await api.ask("spell_tags", {"entries": []}, headers=headers)

    assert answer.code == 200, answer.body


def cookies_of(response: HTTPResponse) -> str:
    """What a browser sends back."""
    return "; ".join(header.split(";")[0] for header in response.headers.get_list("Set-Cookie"))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["no token", "a wrong token"])
async def test_nobody_watches_without_the_token(api: Api, jp_ws_fetch: Any, headers: dict[str, str]) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("dataops", "v1", "stream", headers={"Authorization": "", **headers})

    assert caught.value.code == 403


@pytest.mark.parametrize("authorizer", [DenyAll])
async def test_nobody_watches_against_the_authorizer(api: Api, jp_ws_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("dataops", "v1", "stream")

    assert caught.value.code == 403


async def test_nobody_watches_from_another_site(api: Api, connect: Connect, jp_http_port: int) -> None:
    host = f"localhost:{jp_http_port}"  # of which the name of the cookie is made
    welcome = await api.fetch("grammar", headers={**api.headers, "Host": host})
    logged_in = {"Cookie": cookies_of(welcome), "Authorization": ""}

    here = await connect(headers={**logged_in, "Origin": f"http://{host}"})
    with pytest.raises(HTTPClientError) as caught:
        await connect(headers={**logged_in, "Origin": "http://elsewhere.example"})

    assert here.socket.close_code is None
    assert caught.value.code == 403


@pytest.mark.parametrize("authorizer", [ReadOnly])
async def test_who_may_only_look_looks_and_does_nothing(api: Api, connect: Connect, jp_fetch: Any) -> None:
    me = await jp_fetch("api", "me", params={"permissions": json.dumps({"dataops": ["read", "execute"]})})
    assert json.loads(me.body)["permissions"]["dataops"] == ["read"]

    assert (await api.call("preview", path="x.ipynb", notebook=notebook(cell("x = 1", "node:a"))))["is_pipeline"]
    assert (await api.call("list_runs"))["runs"] == []
    stream = await connect()
    await stream.say("watch_runs", id="1")
    assert (await stream.hear())["runs"] == []

    may_not = [row for row in OPERATIONS.values() if row.action != "read"]
    for row in may_not:
        status, refusal = await api.refused(row.name, **dict.fromkeys(row.request.model_fields, "x"))
        assert (status, refusal["code"]) == (403, "forbidden"), row.name
        assert f"not authorized to {row.action}" in refusal["message"]
    assert {row.name for row in may_not} >= {"create_run", "cancel", "retry", "resume", "restore", "run_schedule"}
    changing = {row.name for row in may_not if row.action == "write"}
    scheduling = {"add_schedule", "edit_schedule", "remove_schedule"}
    assert changing == {*scheduling, "deploy", "promote", "rollback", "plan_rollback"}


class Ana(IdentityProvider):
    """Knows its only user by name."""

    def get_user(self, handler: Any) -> User:
        return User("ana")


@pytest.fixture
def jp_server_config(jp_server_config: Config, request: pytest.FixtureRequest) -> Config:
    if "has_a_name" in request.node.name:
        jp_server_config.ServerApp.identity_provider_class = Ana
    return jp_server_config


async def actors(app: DataOpsServerApp, api: Api) -> list[str | None]:
    """As whom a request was asked."""
    asked: list[str | None] = []
    service = await app.backend.in_thread(lambda: app.backend.service)

    class Noting:
        def answer(self, name: str, request: Any, *, actor: str | None = None) -> Any:
            asked.append(actor)
            return service.answer(name, request, actor=actor)

        refusal, close = service.refusal, service.close

    app.backend._service = Noting()  # type: ignore[assignment]
    await api.call("list_runs")
    return asked


async def test_who_comes_with_the_token_is_called_what_the_settings_say(app: DataOpsServerApp, api: Api) -> None:
    """Jupyter invents a name for everybody who does: the audit trail must not have it."""
    assert await actors(app, api) == [None]


async def test_who_has_a_name_is_called_by_it(app: DataOpsServerApp, api: Api) -> None:
    assert await actors(app, api) == ["ana"]


async def test_every_refusal_is_json_and_says_what_to_do(api: Api) -> None:
    shown = {
        "no token": await api.fetch("runs", headers={}),
        "no route": await api.fetch("nowhere"),
        "no run": await api.fetch("runs/zzzz"),
        "a bad query": await api.fetch("runs?limit=many"),
        "a bad body": await api.fetch("runs", method="POST", body="{"),
        "a bad method": await api.fetch("grammar", method="POST", body="{}"),
        "bad text": await api.fetch("runs/%ff"),
    }

    statuses = {what: response.code for what, response in shown.items()}
    assert statuses == {
        "no token": 403, "no route": 404, "no run": 404, "a bad query": 400, "a bad body": 400, "a bad method": 405,
        "bad text": 400,
    }  # fmt: skip
    for what, response in shown.items():
        assert response.headers["Content-Type"].startswith("application/json"), what
        refusal = json.loads(response.body)
        assert set(refusal) == {"code", "message", "where", "hint"}, what
        assert refusal["message"], what
    assert shown["a bad method"].headers["Allow"] == "GET"
    assert quote("ÿ") not in shown["bad text"].body.decode()


@pytest.mark.parametrize("traits", [{"max_request_bytes": 1_000}])
async def test_too_long_a_request_is_refused(api: Api) -> None:
    status, refusal = await api.refused("preview", path="x.ipynb", notebook=notebook(cell("x = 1" * 1_000, "node:a")))

    assert (status, refusal["code"]) == (413, "too_large")
    assert "max_request_bytes" in refusal["hint"]


async def test_a_mistake_of_ours_tells_nothing(app: DataOpsServerApp, api: Api) -> None:
    class Broken:
        def answer(self, *_asked: Any, **_options: Any) -> Any:
            raise KeyError("/home/ana/.secret")

        def close(self) -> None: ...

    app.backend._service = Broken()  # type: ignore[assignment]

    status, refusal = await api.refused("list_runs")

    assert (status, refusal["code"]) == (500, "internal")
    assert "secret" not in json.dumps(refusal)
    assert "Traceback" not in json.dumps(refusal)
