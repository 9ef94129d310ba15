"""What the pages show really happens: every command, every line of Python, every notebook."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import jupyter_dataops
from jupyter_dataops import NodeRun, Pipeline, Run
from jupyter_dataops.api import launch
from jupyter_dataops.cli.group import VERBS
from jupyter_dataops.config import ENVIRONMENT_VARIABLE, FILE_NAME, load_settings
from jupyter_dataops.config.rows import ROWS
from jupyter_dataops.deploying.policy_rules import POLICY_RULES
from jupyter_dataops.ids import NodeName
from jupyter_dataops.ipython import _VERBS as MAGIC_VERBS
from tests.support.in_process import InProcessExecutor
from tests.support.one_kernel import analysed
from tests.support.pages import blocks, commands, edited, is_abridged, notebook_of
from tests.support.source_tree import REPOSITORY

DOCS = REPOSITORY / "docs"
TUTORIAL = DOCS / "tutorial.md"
PYTHON = DOCS / "python.md"
PROGRAMS = {
    ("jupyter", "dataops"): (sys.executable, "-m", "jupyter_dataops"),
    ("papermill",): (sys.executable, "-m", "papermill"),
    ("pytest",): (sys.executable, "-m", "pytest"),
    ("python",): (sys.executable,),
}
PATIENCE_S = 60


def _call(words: tuple[str, ...], folder: Path) -> tuple[int, str]:
    """Exit code and everything printed."""
    known = next(start for start in PROGRAMS if words[: len(start)] == start)
    environment = {**os.environ, "DATAOPS_STORE": str(folder / "store"), "COLUMNS": "100", "TERM": "dumb"}
    if (folder / FILE_NAME).exists():  # the page says itself where the store is
        del environment["DATAOPS_STORE"]
    done = subprocess.run(
        [*PROGRAMS[known], *words[len(known) :]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout


def _follow(page: Path, folder: Path) -> None:
    """Do what the page says, in order, from its notebook to its last command."""
    for language, content in blocks(page, "python", "diff", "console", "toml"):
        path = folder / "sales.ipynb"
        if named := re.match(r"# (\w+\.(?:py|toml))\n", content):
            (folder / named[1]).write_text(content.partition("\n")[2], "utf-8")
            continue
        if language == "toml":
            continue
        if language == "python" and (named := re.match(r"# (\w+\.ipynb)\n", content)):
            (folder / named[1]).write_text(notebook_of(content), "utf-8")
        elif language == "python":
            path.write_text(notebook_of(content), "utf-8")
        elif language == "diff":
            path.write_text(edited(path.read_text("utf-8"), content), "utf-8")
        else:
            for command in commands(content):
                exit_code, printed = _call(command.words, folder)
                assert exit_code == command.exit_code, printed
                assert is_abridged(command.output, printed), f"{' '.join(command.words)}\n{printed}"


@pytest.mark.kernel
@pytest.mark.slow
def test_the_tutorial_happens_as_it_is_told(tmp_path: Path) -> None:
    _follow(TUTORIAL, tmp_path)
    assert (tmp_path / "out.ipynb").is_file()


@pytest.mark.kernel
@pytest.mark.slow
def test_control_flow_happens_as_it_is_told(tmp_path: Path) -> None:
    _follow(DOCS / "control-flow.md", tmp_path)


@pytest.mark.kernel
@pytest.mark.slow
def test_tests_of_pipelines_run_as_they_are_shown(tmp_path: Path) -> None:
    page = DOCS / "testing-pipelines.md"
    (_, percent), *_ = blocks(TUTORIAL, "python")
    (_, tests), *_ = blocks(page, "python")
    (_, settings), *_ = blocks(page, "toml")
    (tmp_path / "sales.ipynb").write_text(notebook_of(percent), "utf-8")
    assert _call(("jupyter", "dataops", "tag", "sales.ipynb", "--apply"), tmp_path)[0] == 0
    (tmp_path / "test_sales.py").write_text(tests, "utf-8")
    (tmp_path / "pyproject.toml").write_text(settings, "utf-8")

    exit_code, printed = _call(("pytest", "-p", "no:schemathesis", "-W", "error"), tmp_path)

    samples = 2 * 3 + 1
    assert exit_code == 0, printed
    assert f"{tests.count('def test_') + samples} passed" in printed
    _follow(page, tmp_path)


@pytest.mark.kernel
@pytest.mark.slow
def test_deployments_happen_as_it_is_told(tmp_path: Path) -> None:
    page = DOCS / "deployments.md"
    _follow(page, tmp_path)
    (_, rule), (_, calls) = blocks(page, "py")
    (tmp_path / "rules.py").write_text(rule, "utf-8")
    asked = (tmp_path / FILE_NAME).read_text("utf-8").replace('"owner"', '"rules:has_runbook"')

    exit_code, printed = _call(("python", "-c", f"{calls}print(run.state)"), tmp_path)
    (tmp_path / FILE_NAME).write_text(asked, "utf-8")
    checked = _call(("jupyter", "dataops", "check", "sales.ipynb", "--env", "prod"), tmp_path)

    assert (exit_code, printed.splitlines()[-1:]) == (0, ["succeeded"]), printed
    assert (checked[0], "nobody on call owns a node" in checked[1]) == (2, True), checked[1]


@pytest.mark.kernel
@pytest.mark.slow
def test_assets_are_published_and_loaded_as_it_is_told(tmp_path: Path) -> None:
    _follow(DOCS / "assets.md", tmp_path)


def test_the_page_about_deployments_names_every_rule() -> None:
    page = (DOCS / "deployments.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)(?:=[\w]+)?` \| `(DP\d+)` \| (.*?) \|$", page, re.MULTILINE)

    assert told == [(rule.name, rule.code, rule.explanation) for rule in POLICY_RULES.values()]


@pytest.mark.kernel
@pytest.mark.slow
def test_environments_happen_as_they_are_told(tmp_path: Path) -> None:
    _follow(DOCS / "configuration.md", tmp_path)
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"dev", "prod"}


@pytest.mark.parametrize(
    "page", [DOCS / "configuration.md", DOCS / "secrets.md", DOCS / "notifications.md"], ids=lambda page: page.name
)
def test_every_configuration_in_a_page_can_be_read(tmp_path: Path, page: Path) -> None:
    shown = [content for _, content in blocks(page, "toml")]

    assert shown
    for content in shown:
        (tmp_path / FILE_NAME).write_text(content, "utf-8")
        load_settings(tmp_path)


def test_an_output_that_is_not_printed_is_noticed() -> None:
    assert is_abridged("a  1.50s\n...\nrun abcdefgh12 ended\n", "a 2.75s\nb\nrun zyxwvuts34 ended\n")
    assert not is_abridged("3 succeeded\n", "2 succeeded\n")


def _readme_notebook() -> str:
    """The cells under *Your first pipeline*, each with the tag named beside its first line."""
    readme = (REPOSITORY / "README.md").read_text("utf-8").split("## Your first pipeline")[1].split("\n## ")[0]
    cells = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    tagged = []
    for source in cells:
        first, _, rest = source.partition("\n")
        code, tag = re.fullmatch(r"(.*?) *# tagged: (\S+)", first).groups()  # type: ignore[union-attr]
        tagged.append(f'# %% tags=["{tag}"]\n{code}\n{rest}')
    return notebook_of("\n".join(tagged))


def test_the_first_pipeline_of_the_readme_is_one(tmp_path: Path) -> None:
    (tmp_path / "orders.ipynb").write_text(_readme_notebook(), "utf-8")

    checked = _call(("jupyter", "dataops", "check", "orders.ipynb"), tmp_path)
    drawn = _call(("jupyter", "dataops", "graph", "orders.ipynb"), tmp_path)
    planned = _call(("jupyter", "dataops", "run", "orders.ipynb", "-p", "country", "fr", "--dry-run"), tmp_path)

    assert checked == (0, "orders.ipynb: no problems\n")
    assert (drawn[0], re.findall(r"load: (\w+)", drawn[1])) == (0, ["orders"])
    assert planned[0] == 0, planned[1]


@pytest.mark.kernel
@pytest.mark.slow
def test_the_first_pipeline_of_the_readme_prints_what_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.ipynb").write_text(_readme_notebook(), "utf-8")
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    shown = re.search(r"^(jupyter dataops logs last total) +# what it printed: (\d+)$", readme, re.MULTILINE)
    assert shown is not None

    ran = _call(("jupyter", "dataops", "run", "orders.ipynb", "-p", "country", "fr"), tmp_path)
    logged = _call(tuple(shown[1].split()), tmp_path)

    assert re.search(r"-> jupyter dataops logs \w+ total   what it printed$", ran[1], re.MULTILINE), ran[1]
    assert shown[2] in logged[1].splitlines()


@pytest.mark.kernel
@pytest.mark.slow
def test_what_the_readme_deploys_is_scheduled_with_the_time_of_its_fire_and_can_go_back(tmp_path: Path) -> None:
    readme = REPOSITORY / "README.md"
    found = json.loads(_readme_notebook())
    found["cells"][0]["source"] += '\nday = "2026-11-27"'
    (tmp_path / "orders.ipynb").write_text(json.dumps(found), "utf-8")
    ((_, configuration),) = blocks(readme, "toml")
    (tmp_path / FILE_NAME).write_text(f'store = "runs"\n{configuration}', "utf-8")

    for command in (one for _, shown in blocks(readme, "console") for one in commands(shown)):
        exit_code, printed = _call(command.words, tmp_path)
        assert (exit_code, is_abridged(command.output, printed)) == (command.exit_code, True), printed
    exit_code, printed = _call(("jupyter", "dataops", "schedule", "show", "report", "--json"), tmp_path)

    told = json.loads(printed)
    assert exit_code == 0
    assert (told["deployment"], told["environment"]) == ("orders", "prod")
    assert told["parameters"] == {"day": "{{ fire_time: %Y-%m-%d }}"}
    listed = _call(("jupyter", "dataops", "schedule", "list", "--json"), tmp_path)[1]
    assert [one["name"] for one in json.loads(listed.partition("\nno service")[0])["schedules"]] == ["report"]

    found["cells"][-1]["source"] += "\nprint('EUR')"
    (tmp_path / "orders.ipynb").write_text(json.dumps(found), "utf-8")
    assert _call(("jupyter", "dataops", "deploy", "orders.ipynb", "--env", "prod"), tmp_path)[0] == 0
    back = re.search(r"`(jupyter dataops rollback orders [^`]*)`", readme.read_text("utf-8"))
    assert back is not None
    exit_code, printed = _call(tuple(back[1].split()), tmp_path)
    assert (exit_code, "orders@1 is live in prod" in printed) == (0, True), printed


def test_the_graph_in_the_readme_is_that_of_the_flights() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    shown = next(
        block
        for _, block in re.findall(r"^```(\w*)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
        if "load_planes" in block
    )

    printed = _call(("jupyter", "dataops", "graph", "example_notebooks/flights.ipynb"), REPOSITORY)[1]

    real = printed.splitlines()
    drawing = [line for line in shown.splitlines() if not line.startswith("$")]
    assert len(drawing) == len(real)
    for line, of_real in zip(drawing, real, strict=True):
        assert len(line) <= 100
        assert is_abridged(line + "\n", of_real + "\n"), of_real


def test_every_command_in_a_page_is_a_verb_with_its_options() -> None:
    cli = (DOCS / "cli.md").read_text("utf-8")
    pages = [REPOSITORY / "README.md", REPOSITORY / "example_notebooks" / "README.md", *DOCS.glob("*.md")]

    shown = {
        line.split("#")[0].strip()
        for page in pages
        for line in re.findall(r"(?:^|`)\$? ?jupyter dataops ([a-z][^`\n]*)", page.read_text("utf-8"), re.MULTILINE)
    }

    assert len(shown) > 20
    for line in shown:
        verb, *words = line.split()
        assert verb in VERBS, line
        section = cli.split(f"\n## {verb}\n")[1].split("\n## ")[0]
        known = {*re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section), "--help", "--store", "--env", "--json"}
        assert [word for word in words if re.match(r"--?[a-z]", word) and word not in known] == [], line


def test_nodes_in_the_page_about_data_flow_read_what_it_says() -> None:
    page = (DOCS / "data-flow.md").read_text("utf-8")
    notebooks = re.findall(r"(?:^```python\n(?:(?!```).*\n)+```\n)+", page, re.MULTILINE)
    told = read = 0
    for shown in notebooks:
        cells = re.findall(r"```python\n(.*?)```", shown, re.DOTALL)
        names = [re.search(r"# node:(\w+)", source)[1] for source in cells]  # type: ignore[index]
        percent = "".join(f'# %% tags=["node:{name}"]\n{source}' for name, source in zip(names, cells, strict=True))
        flow = analysed(json.loads(notebook_of(percent))).flow
        for name, source in zip(names, cells, strict=True):
            claims = {
                (what, producer) for what, producer in re.findall(r"(\w+) from (\w+)", source) if producer in names
            }
            told += len(claims)
            read += len(claims & set(flow.nodes[NodeName(name)].reads.items()))
    assert told == read > 10


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the tutorial's notebook, tagged; its runs need no kernels."""

    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))
    (_, percent), *_ = blocks(TUTORIAL, "python")
    (tmp_path / "sales.ipynb").write_text(notebook_of(percent), "utf-8")
    assert _call(("jupyter", "dataops", "tag", "sales.ipynb", "--apply"), tmp_path)[0] == 0
    return tmp_path


def test_python_on_its_page_runs_and_says_what_is_shown(in_process: Path) -> None:
    source = "\n".join(content for _, content in blocks(PYTHON, "python"))
    namespace: dict[str, object] = {}

    assert source.count("assert ") >= 10
    exec(compile(source, "docs/python.md", "exec"), namespace)  # the page runs

    assert (in_process / "executed.ipynb").is_file()


@pytest.mark.parametrize("kind", [Pipeline, Run, NodeRun])
def test_the_python_page_names_everything_public(kind: type) -> None:
    page = PYTHON.read_text("utf-8")
    section = page.split(f"\n## `{kind.__name__}`\n")[1].split("\n## ")[0]
    public = {name for name in vars(kind) if not name.startswith("_")}
    public |= set(re.findall(r"self\.([a-z]\w*) = ", inspect.getsource(kind.__init__)))  # type: ignore[misc]

    assert {name for name in public if not re.search(rf"`{name}\b", section)} == set()


def test_the_python_page_names_every_name_of_the_package() -> None:
    page = PYTHON.read_text("utf-8")

    assert [name for name in jupyter_dataops.__all__ if f"`{name}" not in page] == []


def test_the_python_page_names_the_verbs_of_the_magic() -> None:
    assert set(re.findall(r"%dataops (\w+)", PYTHON.read_text("utf-8"))) == set(MAGIC_VERBS)


def test_settings_are_all_described() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")

    for key, row in ROWS.items():
        assert f"| `{key}` | `{row.variable}` |" in page
    assert f"| `environment` | `{ENVIRONMENT_VARIABLE}` |" in page


def test_every_guarantee_names_the_tests_that_prove_it() -> None:
    page = (DOCS / "guarantees.md").read_text("utf-8").split("## What is not guaranteed")[0]
    rows = re.findall(r"^\| (?!promise|---).*$", page, re.MULTILINE)

    assert len(rows) > 15
    assert [row for row in rows if "](../tests/" not in row] == []


def test_what_the_readme_says_about_the_flights_is_there() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    pipeline = Pipeline(REPOSITORY / "example_notebooks" / "flights.ipynb")
    loaded = re.findall(r'run\.load\("(\w+)", "(\w+)"\)', readme)
    given = re.findall(r"-p (\w+) \d|pipeline\.run\((\w+)=", readme)

    assert loaded
    assert given
    assert [pair for pair in loaded if pair[1] not in pipeline.flow.nodes[NodeName(pair[0])].outputs] == []
    assert {first or second for first, second in given} <= {one.name for one in pipeline.parameters}


def test_every_make_target_in_a_page_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    pages = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS.glob("*.md")]

    named = {
        target
        for page in pages
        for target in re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE)
    }

    assert named >= {"test", "demo", "lint"}
    assert [target for target in sorted(named) if f"\n{target}: " not in makefile] == []


def test_the_map_of_the_repository_is_that_of_the_tree() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    tree = page.split("## Where things are")[1].split("```")[1]
    parts = re.split(r"^example_notebooks/", tree, flags=re.MULTILINE)
    package, tests = (set(re.findall(r"[\w.-]+(?:\.py|/)", part)) for part in parts)
    on_top = " ".join(re.findall(r"^  (?! ).{,32}", parts[0], re.MULTILINE))
    built = {"labextension/", "static/"}
    inside_api = {
        f"{name}.py"
        for name in ("launch", "scopes", "expansion", "notifying", "deliveries", "detached", "under_papermill")
    }
    inside_scheduling = {
        f"{name}.py"
        for name in (
            *("schedules", "scheduler", "known", "making", "starting"),
            *("launching", "polling", "looking", "service"),
        )
    }

    assert [name for name, times in Counter(on_top.split()).items() if name.endswith("/") and times > 1] == []
    assert package - {"jupyter_dataops/"} - inside_api - inside_scheduling == _entries("jupyter_dataops") - {
        "__init__.py",
        *built,
    }
    assert inside_api <= _entries("jupyter_dataops/api")
    assert inside_scheduling <= _entries("jupyter_dataops/scheduling")
    assert tests >= _entries("tests") - {"__init__.py", "conftest.py"}
    assert all((REPOSITORY / name).exists() or name in _entries("tests") | {"peers/"} for name in tests)


def _entries(folder: str) -> set[str]:
    """Modules and packages, as the map writes them."""
    found = list((REPOSITORY / folder).iterdir())
    return {path.name for path in found if path.suffix == ".py"} | {
        f"{path.name}/" for path in found if path.is_dir() and not path.name.startswith((".", "__"))
    }
