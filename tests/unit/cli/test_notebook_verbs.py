"""`check`, `tag` and `convert`: verbs that look at a notebook and run nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops.cli.face import Face
from jupyter_dataops.cli.notebook_file import write_notebook, written_like
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.spec.models import Severity
from tests.support.notebooks import cell, notebook, text
from tests.unit.cli.fakes import FakeFace, FakePipeline, FakeRun, run_record

WARNING = Diagnostic("DO010", Severity.WARNING, "cell 1 has 'nod:a'", "did you mean 'node:a'?", "c0", 0, None)  # type: ignore[arg-type]
ERROR = Diagnostic("DO001", Severity.ERROR, "cycle: a -> b,\n100% -> a", "", None, None, "a")  # type: ignore[arg-type]


def face_with(*diagnostics: Diagnostic) -> FakeFace:
    return FakeFace(pipeline=FakePipeline(Path("x.ipynb"), FakeRun(run_record()), diagnostics))


def test_check_of_a_good_notebook_says_so(call) -> None:
    done = call(face_with(), "check", "x.ipynb")
    assert (done.exit_code, done.stdout) == (0, "x.ipynb: no problems\n")


def test_check_prints_where_what_and_the_cure(call) -> None:
    done = call(face_with(WARNING), "check", "x.ipynb")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "x.ipynb, cell 1: warning DO010 cell 1 has 'nod:a'",
        "  -> did you mean 'node:a'?",
        "x.ipynb: 1 warning",
    ]


def test_check_counts_what_it_found(call) -> None:
    done = call(face_with(WARNING, ERROR, WARNING), "check", "x.ipynb")
    assert done.stdout.splitlines()[-1] == "x.ipynb: 1 error, 2 warnings"


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_check_exits_with_2_if_there_is_an_error(call, form: str) -> None:
    assert call(face_with(WARNING, ERROR), "check", "x.ipynb", "--format", form).exit_code == 2


@pytest.mark.parametrize("arguments", [["--json"], ["--format", "json"]])
def test_check_json_has_the_documented_keys(call, arguments: list[str]) -> None:
    found = json.loads(call(face_with(WARNING), "check", "x.ipynb", *arguments).stdout)
    assert found == [
        {
            "code": "DO010",
            "severity": "warning",
            "message": "cell 1 has 'nod:a'",
            "hint": "did you mean 'node:a'?",
            "cell_id": "c0",
            "cell_index": 0,
            "node": None,
        }
    ]


def test_check_goes_on_after_a_file_that_cannot_be_read(call, tmp_path: Path) -> None:
    for name, content in (("a.ipynb", "not JSON"), ("b.ipynb", json.dumps(notebook(cell("x = 1", "node:a"))))):
        (tmp_path / name).write_text(content)
    paths = [str(tmp_path / name) for name in ("a.ipynb", "b.ipynb", "c.ipynb")]
    done = call(Face(), "check", *paths)
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith(paths[1])] == [f"{paths[1]}: no problems"]
    assert f"{paths[0]}: 1 error" in lines
    assert f"{paths[2]}: error notebook_unreadable no such notebook" in lines
    found = json.loads(call(Face(), "check", *paths, "--json").stdout)
    assert [(one["notebook"], one["code"]) for one in found] == [
        (paths[0], "notebook_unreadable"),
        (paths[2], "notebook_unreadable"),
    ]
    github = call(Face(), "check", *paths, "--format", "github").stdout
    assert github.count("title=notebook_unreadable") == 2
    # A single one is the verb's own error.
    assert "no such notebook" in call(Face(), "check", paths[2]).stderr


def test_check_of_several_notebooks_says_which_one(call) -> None:
    done = call(face_with(ERROR), "check", "x.ipynb", "y.ipynb", "--json")
    assert [found["notebook"] for found in json.loads(done.stdout)] == ["x.ipynb", "y.ipynb"]


def test_check_for_github_escapes_what_would_end_the_line(call) -> None:
    done = call(face_with(ERROR, WARNING), "check", "a,b:c.ipynb", "--format", "github")
    assert done.stdout.splitlines() == [
        "::error file=a%2Cb%3Ac.ipynb,title=DO001::cycle: a -> b,%0A100%25 -> a",
        "::warning file=a%2Cb%3Ac.ipynb,title=DO010::cell 1: cell 1 has 'nod:a'%0Adid you mean 'node:a'?",
    ]


def test_check_for_github_names_the_file_from_the_root_of_its_repository_and_the_line(
    call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "flows").mkdir()
    lines = json.dumps(notebook(cell("x = 1", "nod:a")), indent=1)
    (tmp_path / "flows" / "x.ipynb").write_text(lines)
    monkeypatch.chdir(tmp_path / "flows")

    done = call(face_with(replace(WARNING, tag="nod:a"), WARNING, ERROR), "check", "x.ipynb", "--format", "github")

    tag, source = (number for number, line in enumerate(lines.splitlines(), 1) if "nod:a" in line or "x = 1" in line)
    assert [line.split(",title")[0] for line in done.stdout.splitlines()] == [
        f"::warning file=flows/x.ipynb,line={tag}",
        f"::warning file=flows/x.ipynb,line={source}",
        "::error file=flows/x.ipynb",
    ]


PLAIN = Diagnostic("DO020", Severity.ERROR, "the notebook has no nodes", "tag some", None, None, None)


@pytest.mark.parametrize(("found", "printed"), [([PLAIN], 0), ([WARNING, PLAIN], 2)])
def test_check_of_pipelines_alone_passes_over_a_notebook_without_tags_not_one_with_wrong_ones(
    call, found: list[Diagnostic], printed: int
) -> None:
    done = call(face_with(*found), "check", "x.ipynb", "--only-pipelines")
    assert (done.exit_code, bool(done.stdout)) == (printed, bool(printed))


UNTAGGED = notebook(cell("import csv"), text("# Load"), cell("rows = list(csv.reader(open('é')))"))
KALE = notebook(
    cell("x = 1", "block:load", "limit:nvidia.com/gpu:1"), cell("x", "block:show", "prev:load"), cell("y = 1")
)


def saved(tmp_path: Path, made: dict) -> Path:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def face_for(path: Path) -> FakeFace:
    return FakeFace(pipeline=FakePipeline(path, FakeRun(run_record())))


def test_tag_previews_and_writes_nothing(call, tmp_path: Path) -> None:
    path = saved(tmp_path, UNTAGGED)
    before = path.read_bytes()
    done = call(face_for(path), "tag", str(path))
    assert done.exit_code == 0
    assert "cell 3  rows = list(csv.reader(open('é')))\n  + node:load   it begins the section 'Load'\n" in done.stdout
    assert "--apply writes" in done.stderr
    assert path.read_bytes() == before


def test_tag_applied_changes_tags_and_nothing_else(call, tmp_path: Path) -> None:
    path = saved(tmp_path, UNTAGGED)
    before = path.read_text("utf-8")
    assert call(face_for(path), "tag", str(path), "--apply").exit_code == 0
    made = json.loads(path.read_text("utf-8"))
    assert [one["metadata"].get("tags") for one in made["cells"]] == [["setup"], None, ["node:load"]]
    for one in made["cells"]:
        one["metadata"] = {}
    assert json.dumps(made, indent=1, ensure_ascii=False) + "\n" == before
    assert list(tmp_path.iterdir()) == [path]


def test_tag_json(call, tmp_path: Path) -> None:
    path = saved(tmp_path, UNTAGGED)
    found = json.loads(call(face_for(path), "tag", str(path), "--json").stdout)
    assert (found["notebook"], found["written"]) == (str(path), None)
    assert found["changes"][1] == {
        "cell_index": 2,
        "before": [],
        "after": ["node:load"],
        "reason": "it begins the section 'Load'",
    }


def test_a_tagged_notebook_is_left_alone(call, tmp_path: Path) -> None:
    path = saved(tmp_path, notebook(cell("x", "node:a")))
    before = path.stat()
    done = call(face_for(path), "tag", str(path), "--apply")
    assert "nothing to propose" in done.stderr
    after = path.stat()  # reading it may have moved the time of the last access
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)


def test_a_text_notebook_is_not_written(call, tmp_path: Path) -> None:
    path = saved(tmp_path, UNTAGGED).rename(tmp_path / "x.py")
    done = call(face_for(path), "tag", str(path), "--apply")
    assert (done.exit_code, "only .ipynb files can be written" in done.stderr) == (2, True)


def test_convert_previews_each_tag_that_goes_and_comes(call, tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    before = path.read_bytes()
    done = call(face_for(path), "convert", str(path))
    assert done.stdout.splitlines() == [
        "cell 1  x = 1",
        "  - block:load",
        "  + node:load",
        "cell 2  x",
        "  - block:show",
        "  - prev:load",
        "  + node:show",
        "  + after:load",
    ]
    assert path.read_bytes() == before


def test_convert_writes_elsewhere_or_in_place(call, tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    before = path.read_bytes()
    out = tmp_path / "out.ipynb"
    assert call(face_for(path), "convert", str(path), "-o", str(out)).exit_code == 0
    assert path.read_bytes() == before
    assert call(face_for(path), "convert", str(path), "--apply").exit_code == 0
    assert path.read_bytes() == out.read_bytes() != before


def test_convert_refuses_two_targets(call, tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    assert call(face_for(path), "convert", str(path), "-o", "y.ipynb", "--apply").exit_code == 2


def test_a_folder_that_cannot_be_written_is_said(call, tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    done = call(face_for(path), "convert", str(path), "-o", str(tmp_path / "no" / "out.ipynb"))
    assert done.exit_code == 3
    assert "cannot write the notebook: No such file or directory" in done.stderr


def test_a_draft_that_cannot_become_the_target_is_taken_away(tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    folder = tmp_path / "folder.ipynb"
    folder.mkdir()
    with pytest.raises(EnvironmentRefused, match="cannot write"):
        write_notebook(path, folder, KALE)
    assert sorted(tmp_path.iterdir()) == [folder, path]


def test_a_link_stays_a_link_and_the_file_keeps_its_mode(call, tmp_path: Path) -> None:
    path = saved(tmp_path, KALE)
    path.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    assert call(face_for(link), "convert", str(link), "--apply").exit_code == 0
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"node:load" in path.read_bytes()


@pytest.mark.parametrize("indent", [1, 2, 4, "\t", None])
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("ending", ["\n", "", "\r\n"])
def test_an_unchanged_notebook_is_written_byte_for_byte(indent: int | str | None, escaped: bool, ending: str) -> None:
    made = notebook(cell("print('é 🚀')\n1.0"), big=12345678901234567890, number=1.5)
    text = json.dumps(made, indent=indent, ensure_ascii=escaped) + ending.replace("\r", "")
    before = (text.replace("\n", "\r\n") if "\r" in ending else text).encode()
    assert written_like(before, json.loads(before)) == before
