from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.panel.static_files import static_file


def test_a_checkout_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentRefused) as caught:
        static_file("widget.js", tmp_path)
    assert "the panel is not built" in str(caught.value)
    assert "make build" in caught.value.hint


def test_a_built_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "widget.js").touch()
    assert static_file("widget.js", tmp_path) == tmp_path / "widget.js"
