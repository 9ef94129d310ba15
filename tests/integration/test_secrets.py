"""A secret is in nothing that a run leaves or shows, whatever its nodes do with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops.secrets import Masker
from tests.support.notebooks import cell
from tests.support.shell import Called, Shell, open_shell

pytestmark = pytest.mark.kernel

SECRET = 'q9!lake <w/rd>+"é"\'x'
MASKER = Masker({"TOKEN": SECRET})

SETUP = """import base64, html, json, logging, os, sys, urllib.parse
import ipywidgets, pandas as pd
from IPython.display import HTML, display"""

TALK = """token = os.environ["TOKEN"]
print("plain", token)
for letter in token:
    print(letter, end="", flush=True)
print()
sys.stdout.write(token[:7]); sys.stdout.flush(); sys.stderr.write("50%"); sys.stderr.flush()
print(token[7:], flush=True)
print(repr(token), [token], token.encode())
print(base64.b64encode(b"user:" + token.encode()).decode(), token.encode().hex())
print(urllib.parse.quote(token, safe=""), urllib.parse.urlencode({"token": token}))
print(json.dumps({"body": json.dumps({"auth": token})}), file=sys.stderr)
logging.getLogger().warning("sent %s", token)
display(HTML(f"<b title='{html.escape(token)}'>{html.escape(token, quote=False)}</b>"))
display({"application/json": {"deep": [token, {token: 1}]}, "text/plain": "json"}, raw=True)
display(ipywidgets.Text(value=token))
print(end=token[:5])"""
TABLE = 'token = os.environ["TOKEN"]\npd.DataFrame({"token": [token, token + "x" * 60], token: [1, 2]})'
SHELL = "!env\nos.system('echo beneath $TOKEN >&2')\nos.write(2, os.environ['TOKEN'].encode())"
ALLOWED = 'raise ValueError(os.environ["TOKEN"])'
BREAK = """token = os.environ["TOKEN"]
print("begun", token)
raise type("E" + "x", (ValueError,), {})(f"bad token {token!r}: " + urllib.parse.quote(token))"""
HAND_ON = 'auth = {"Authorization": f"Bearer {os.environ[\'TOKEN\']}"}'


INNER = """print("inside", os.environ["TOKEN"])
header = os.environ["TOKEN"]"""
CHECK = """rows = pd.DataFrame({"token": ["x", os.environ["TOKEN"]]})
assert (rows.token == "x").all(), os.environ["TOKEN"]"""


def save_talkative(shell: Shell) -> None:
    """Nodes that fail, each in its way, and some that succeed; all of them tell what they know."""
    shell.save(
        cell("import os\ncity = 'none'", "parameters"), cell(INNER, "node:say", "secret:TOKEN"), name="inner.ipynb"
    )
    shell.save(
        cell(SETUP, "setup"),
        cell(TALK, "node:talk", "secret:TOKEN"),
        cell(TABLE, "node:talk"),
        cell(SHELL, "node:talk"),
        cell(ALLOWED, "node:talk", "raises-exception"),
        cell(BREAK, "node:broken", "secret:TOKEN"),
        cell(HAND_ON, "node:hands_on", "secret:TOKEN"),
        cell("len(auth)", "node:reads"),
        cell("size = 3", "node:counts"),
        cell(CHECK, "check:counts/tokens"),
        cell("print(1)", "node:runs_another", "notebook:inner.ipynb"),
        cell("city = os.environ['TOKEN']", "node:gives", "notebook:inner.ipynb"),
        cell("import ctypes\nprint(os.environ['TOKEN'], end='')\nctypes.string_at(0)", "node:dies", "infra_retries:0"),
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, Called]]:
    """One run of it, for all who look at what it left."""
    with open_shell(tmp_path_factory.mktemp("talkative"), TOKEN=SECRET) as shell:
        save_talkative(shell)
        yield shell, shell.call("run", "etl.ipynb", "-o", "out.ipynb", exit_code=1)


def left(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and every text in a database, whose pages may have it in pieces."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
        if path.suffix == ".sqlite":
            with sqlite3.connect(path) as connection:
                yield f"dump of {path.name}", "\n".join(connection.iterdump()).encode()
            connection.close()


def test_nothing_that_a_run_leaves_or_shows_has_the_secret(ran):
    shell, called = ran
    shell.call("report", "last")
    shown = [
        str(called),
        *(str(shell.call(verb, "last", "--json")) for verb in ("show", "why", "explain", "artifacts", "audit")),
        str(shell.call("logs", "last")),
        str(shell.call("logs", "last", "--json")),
    ]
    assert [place for place, content in left(shell.folder / "store") if MASKER.find(content)] == []
    assert MASKER.find((shell.folder / "out.ipynb").read_bytes()) is None
    assert [text for text in shown if MASKER.find(text.encode())] == []
    assert {name: str(node.failure.cause) for name, node in shell.last().nodes.items() if node.failure} == {
        "broken": "exception",
        "hands_on": "unstorable_output",
        "check:counts/tokens": "check_failed",
        "gives": "unstorable_output",
        "dies": "kernel_died",
    }


def test_what_was_said_beside_the_secret_is_still_there(ran):
    run = ran[0].last()
    log = run["talk"].log
    assert "plain ***\n***\n" in log
    assert "TOKEN=***" in log, "of the shell's env"
    assert "ValueError" in log
    assert log.count("***") > 10
    assert run["runs_another/say"].log == "inside ***\n"
    assert run["check:counts/tokens"].failure.facts["failing_rows"]["rows"] == [[1, "***"]]
    assert run["broken"].failure.ename == "Ex"
    assert run["broken"].failure.evalue.startswith("bad token '***'")
    assert "read os.environ['TOKEN'] in each node that uses it" in run["hands_on"].failure.evalue


def test_what_is_stored_is_its_owners_alone_also_in_a_folder_that_all_may_enter(tmp_path):
    with open_shell(tmp_path) as shell:
        shell.store.mkdir(mode=0o755)
        shell.save(cell("x = 1", "node:a"), cell("x + 1", "node:b"))
        shell.call("run", "etl.ipynb")
    (run,) = (shell.store / "runs").iterdir()
    for place in (run, shell.store / "artifacts", shell.store / "runs.sqlite"):
        assert place.stat().st_mode & 0o077 == 0, place


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "cell 1 holds the value of the secret 'TOKEN'"),
        (("-p", "x", "hunter2lake"), "parameter 'x' holds the value of the secret 'TOKEN'"),
    ],
)
def test_a_run_whose_own_text_has_the_secret_is_refused_and_nothing_is_stored(tmp_path, arguments, message):
    with open_shell(tmp_path, TOKEN="hunter2lake") as shell:
        shell.save(
            cell("x = ''" if arguments else "x = 'hunter2lake'", "parameters"), cell("y = x", "node:a", "secret:TOKEN")
        )
        refused = shell.call("run", "etl.ipynb", *arguments, exit_code=2)
        assert message in refused.err
        assert "hunter2lake" not in refused.out + refused.err
        assert [place for place, content in left(shell.folder) if b"hunter2" in content and place != "etl.ipynb"] == []


def test_a_secret_that_is_not_set_refuses_the_run_before_it_starts(tmp_path):
    with open_shell(tmp_path, TOKEN="") as shell:
        shell.save(cell("x = 1", "node:a", "secret:TOKEN"))
        refused = shell.call("run", "etl.ipynb", exit_code=3)
        assert "the secret 'TOKEN', which node 'a' uses, is not set" in refused.err
        assert shell.run("runs") == {"runs": []}
