from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import __version__
from jupyter_dataops.api.interpreters import Interpreter, interpreter_of
from jupyter_dataops.api.modules import Modules
from jupyter_dataops.plan.fingerprint import UNKNOWN, Imported


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    for name, module in (("scikit_learn-1.5.0", "sklearn"), ("pandas-2.2.0", "pandas")):
        (folder / f"{name}.dist-info").mkdir(parents=True)
        (folder / f"{name}.dist-info" / "RECORD").write_text(f"{module}/__init__.py,,\n")
        (folder / module).mkdir()
        (folder / module / "__init__.py").touch()
    return folder


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def init(folder: Path, *packages: str) -> None:
    for package in packages:
        (folder / package).mkdir(parents=True, exist_ok=True)
        (folder / package / "__init__.py").touch()


def imported(folder: Path, name: str, site: Path | None = None, **more: Any) -> Imported:
    linked, redirected = more.pop("linked", ()), more.pop("redirected", {})
    interpreter = Interpreter({}, (site,) if site else (), tuple(linked), redirected)
    return Modules(folder, more.pop("places", ()), interpreter).imported(name)


def files(found: Imported) -> str:
    return " ".join(sorted(found.files))


def test_a_module_brings_all_that_it_imports(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", a="import b, math", b="from c import thing", c="import pandas", other="")
    found = imported(here, "a", site)
    assert files(found) == "a.py b.py c.py"
    assert found.packages == {"pandas": "2.2.0"}
    assert found.is_known


def test_modules_of_packages_bring_the_packages_around_them(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", pkg__sub__x="from .. import y\nfrom .z import name", pkg__y="", pkg__sub__z="")
    init(here, "pkg", "pkg/sub")
    found = imported(here, "pkg.sub.x", site)
    assert files(found) == "pkg/__init__.py pkg/sub/__init__.py pkg/sub/x.py pkg/sub/z.py pkg/y.py"


def test_modules_that_import_each_other_are_found_once(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", a="import b", b="import a")
    assert files(imported(here, "a", site)) == "a.py b.py"


def test_a_module_beside_the_notebook_hides_an_installed_one(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", pandas="")
    found = imported(here, "pandas", site)
    assert (files(found), found.packages) == ("pandas.py", {})


def test_a_folder_is_a_package_only_where_nothing_else_has_the_name(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", pandas__x="", space__x="import pandas")
    assert imported(here, "pandas", site).packages == {"pandas": "2.2.0"}
    found = imported(here, "space.x", site)
    assert (files(found), found.packages) == ("space/x.py", {"pandas": "2.2.0"})


def test_a_distribution_is_found_by_what_it_brings(tmp_path: Path, site: Path) -> None:
    assert imported(tmp_path, "sklearn.linear_model", site).packages == {"scikit-learn": "1.5.0"}


def test_a_module_of_no_distribution_counts_by_its_file(tmp_path: Path, site: Path) -> None:
    (site / "copied.py").write_text("x = 1")
    before = imported(tmp_path, "copied", site)
    (site / "copied.py").write_text("x = 1000")
    assert imported(tmp_path, "copied", site) != before


def test_what_is_not_there_is_known_not_to_be_where_the_sites_are_known(tmp_path: Path, site: Path) -> None:
    found = imported(tmp_path, "absent", site)
    assert (found.packages, found.is_known) == ({"absent": "none"}, True)
    assert not imported(tmp_path, "absent").is_known


def test_folders_put_on_the_path_are_looked_into(tmp_path: Path, site: Path) -> None:
    write(tmp_path / "lib", tool="import other")
    (tmp_path / "here").mkdir()
    found = imported(tmp_path / "here", "tool", site, places=["../lib"])
    assert files(found) == "../lib/tool.py"


@pytest.mark.parametrize("way", ["PYTHONPATH", "sys.path", "pth"])
def test_what_is_installed_is_not_the_notebooks_own_however_it_is_found(
    tmp_path: Path, site: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = write(tmp_path / "here", a="import pandas, sklearn, lone")
    write(site, pandas__inside="", lone="import pandas.inside")
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site) if way == "PYTHONPATH" else "")
    places, linked = [str(site)] if way == "sys.path" else [], [site] if way == "pth" else []
    found = imported(here, "a", tmp_path / "other", places=places, linked=linked)
    assert files(found) == "a.py"
    assert found.packages.keys() == {"pandas", "scikit-learn", "lone"}
    assert found.packages["pandas"] == "2.2.0"


def test_the_standard_library_is_not_the_notebooks_own(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = write(tmp_path / "here", a="import json, asyncio")
    monkeypatch.setenv("PYTHONPATH", sysconfig.get_path("stdlib"))
    assert imported(here, "a", site) == imported(here, "a", site, places=[sysconfig.get_path("stdlib")])
    assert (files(imported(here, "a", site)), imported(here, "a", site).packages) == ("a.py", {})


def test_beside_a_notebook_that_came_with_a_package_modules_are_its_own(tmp_path: Path, site: Path) -> None:
    here = write(site / "pandas" / "examples", a="import b, sklearn", b="")
    found = imported(here, "a", site)
    assert (files(found), found.packages) == ("a.py b.py", {"scikit-learn": "1.5.0"})


def test_editable_installs_count_by_their_files(tmp_path: Path, site: Path) -> None:
    write(tmp_path / "src", mine__core="")
    init(tmp_path / "src", "mine")
    for more in ({"linked": [tmp_path / "src"]}, {"redirected": {"mine": str(tmp_path / "src" / "mine")}}):
        assert files(imported(tmp_path, "mine.core", site, **more)) == "src/mine/__init__.py src/mine/core.py"


def test_a_module_that_imports_where_its_text_does_not_tell_is_not_known(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", a="__import__(name)", b="x = (")
    assert not imported(here, "a", site).is_known
    assert not imported(here, "b", site).is_known


def test_a_script_that_is_run_counts_with_what_it_imports(tmp_path: Path, site: Path) -> None:
    here = write(tmp_path / "here", start="import a", a="")
    found = Modules(here, (), Interpreter({}, (site,), (), {})).run("start.py")
    assert files(found) == "a.py start.py"


# -- the interpreter


def test_the_own_kernel_runs_on_this_python() -> None:
    found = interpreter_of("python3")
    assert found.versions["python"].count(".") == 2
    assert UNKNOWN not in found.versions.values()
    assert any((site / "pytest").is_dir() for site in found.sites)


def test_a_kernel_that_nobody_installed_is_not_known() -> None:
    assert set(interpreter_of("nobody-has-this").versions.values()) == {UNKNOWN}


def kernelspec(folder: Path, name: str, text: str) -> None:
    (folder / "kernels" / name).mkdir(parents=True)
    (folder / "kernels" / name / "kernel.json").write_text(text)


def test_another_python_is_told_by_its_program_and_has_its_own_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (tmp_path / "env" / "bin").mkdir(parents=True)
    python = tmp_path / "env" / "bin" / "python"
    python.write_text("one")
    (tmp_path / "env" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    kernelspec(tmp_path, "env", f'{{"argv": ["{python.as_posix()}"], "language": "python"}}')
    found = interpreter_of("env")
    assert [site.parent.name for site in found.sites] == ["python3.12"]
    python.write_text("upgraded")
    assert interpreter_of("env").versions != found.versions


def test_another_language_counts_by_its_kernelspec_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernelspec(tmp_path, "ir", '{"argv": ["R"], "language": "R"}')
    kernelspec(tmp_path, "broken", "{")
    assert set(interpreter_of("ir").versions) == {"kernelspec"}
    assert set(interpreter_of("broken").versions.values()) == {UNKNOWN}


def test_pth_files_and_finders_of_editable_installs_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "env" / "bin").mkdir()
    (tmp_path / "env" / "bin" / "python").touch()
    (site / "mine.pth").write_text("import something\n/src/mine\n")
    (site / "__editable___other_finder.py").write_text("MAPPING: dict[str, str] = {'other': '/src/other'}\n")
    kernelspec(tmp_path, "env", f'{{"argv": ["{tmp_path.as_posix()}/env/bin/python"], "language": "python"}}')
    found = interpreter_of("env")
    assert [str(folder) for folder in found.linked] == ["/src/mine"]
    assert found.redirected == {"other": "/src/other"}


def test_this_package_counts_by_its_version_however_it_is_installed(tmp_path):
    (tmp_path / "jupyter_dataops.py").write_text("import importlib\nimportlib.import_module(name)")
    found = Modules(tmp_path, [], interpreter_of("python3")).imported("jupyter_dataops.load_asset")
    assert found.is_known
    assert not found.files
    assert list(found.packages.values()) == [__version__]
