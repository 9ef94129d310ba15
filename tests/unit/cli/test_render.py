from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from jupyter_dataops.cli.render import find_renderer, render_dot
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.extras import how_to_install


def program(tmp_path: Path, body: str) -> str:
    path = tmp_path / "dot"
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_a_renderer_is_found_on_the_search_path_or_beside_this_python(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(EnvironmentRefused, match=re.escape(how_to_install("render"))):
        find_renderer()
    found = program(tmp_path, "")
    assert find_renderer() == found


def test_a_png_is_drawn() -> None:
    assert render_dot("digraph { a -> b }", "png", program=find_renderer()).startswith(b"\x89PNG")


def test_what_the_program_complains_about_is_passed_on(tmp_path: Path) -> None:
    failing = program(tmp_path, "import sys; sys.exit('syntax error in line 1')")
    with pytest.raises(EnvironmentRefused, match="syntax error in line 1"):
        render_dot("digraph {", "svg", program=failing)


def test_a_layout_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    slow = program(tmp_path, "import signal; signal.pause()")
    with pytest.raises(EnvironmentRefused, match="longer than"):
        render_dot("digraph {}", "svg", program=slow, time_limit_s=0.2)
