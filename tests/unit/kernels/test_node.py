"""`jupyter_dataops.node`, the face of a kernel's inside, without a kernel."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import node
from jupyter_dataops.artifacts.serializers import Serializers
from jupyter_dataops.artifacts.serializers.json_values import JsonSerializer
from jupyter_dataops.artifacts.serializers.pickles import PickleSerializer
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import ArtifactMissing, UndeclaredMutation, UnstorableValue
from jupyter_dataops.kernels import asked
from jupyter_dataops.kernels.protocol import OUTPUTS_MIMETYPE, outputs_from_json
from jupyter_dataops.node import NodeContext


class Bench:
    """A context whose displays are kept."""

    def __init__(self, folder: Path, **names: Any) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", **names}
        self.shown: list[dict[str, Any]] = []
        store = ContentArtifactStore(folder, Serializers([JsonSerializer(), PickleSerializer()]))
        self.context = NodeContext(self.namespace, store, node="score", where="run r1", publish=self.shown.append)

    def saved(self) -> Any:
        (shown,) = self.shown
        return outputs_from_json(shown[OUTPUTS_MIMETYPE])


def test_what_one_node_saves_another_loads(tmp_path: Path) -> None:
    first, second = Bench(tmp_path, x=[1, 2]), Bench(tmp_path)
    first.context.save("x")
    assert second.context.load("x", first.saved()["x"].artifact.digest) == [1, 2]


def test_the_display_is_readable_as_text(tmp_path: Path) -> None:
    bench = Bench(tmp_path, x=[1, 2], y="a")
    bench.context.save("x", "y")
    first, second = bench.shown[0]["text/plain"].splitlines()
    assert first.startswith("x: list")
    assert second.startswith("y: str")


def test_a_name_that_is_not_bound_is_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, x=1)
    bench.context.save("x", "never")
    assert set(bench.saved()) == {"x"}


def test_a_node_that_hands_nothing_on_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.context.save()
    assert bench.shown == [{OUTPUTS_MIMETYPE: {}, "text/plain": "nothing to hand on"}]


def test_a_missing_artifact_shows_its_message_alone(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing) as caught:
        Bench(tmp_path).context.load("x", "blake3:" + "0" * 64)
    (line,) = caught.value._render_traceback_()
    assert line.startswith("ArtifactMissing: ")


def test_what_cannot_be_stored_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path, lock=threading.Lock(), x=[1], lines=(line for line in "ab"))
    with pytest.raises(UnstorableValue, match=r"'(lock|lines)' cannot be stored"):
        bench.context.save("lock", "x", "lines")
    assert set(bench.saved()) == {"x"}


def test_a_watched_value_left_alone_passes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, rows=[[1], [2]], n=3, lock=threading.Lock())
    bench.context.watch("rows", "n", "lock", "unbound")
    bench.namespace["rows"][0].copy().append(5)
    bench.context.save()


def test_a_watched_value_changed_in_place_is_refused_with_the_cure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, rows=[[1], [2]])
    bench.context.watch("rows")
    bench.namespace["rows"][1].append(3)
    with pytest.raises(UndeclaredMutation, match="'score' changed 'rows' in place") as caught:
        bench.context.save()
    assert "out:rows" in str(caught.value)
    assert bench.shown == []


def test_a_watched_value_that_can_no_longer_be_compared_counts_as_changed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, rows=[1])
    bench.context.watch("rows")
    bench.namespace["rows"].append(threading.Lock())
    with pytest.raises(UndeclaredMutation):
        bench.context.save()


def test_a_table_that_was_only_read_has_not_changed(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    frame["c"] = 5.0
    bench = Bench(tmp_path, frame=frame)
    bench.context.watch("frame")
    frame.describe()
    frame.to_numpy()
    frame._consolidate_inplace()
    bench.context.save()


def test_an_output_that_shares_an_input_says_so(tmp_path: Path) -> None:
    first, second = Bench(tmp_path, x=[[1]]), Bench(tmp_path)
    first.context.save("x")
    second.namespace["x"] = second.context.load("x", first.saved()["x"].artifact.digest)
    second.namespace["part"] = second.namespace["x"][0]
    second.context.save("part")
    assert second.saved()["part"].shares == ("x",)


def test_the_last_error_is_told_with_classes_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"].__dict__
    code = compile("class Own(KeyError): ...\n\ndef deep():\n    raise Own\n\ndeep()", "the cell", "exec")
    with pytest.raises(KeyError) as caught:
        exec(code, main)
    monkeypatch.setattr(sys, "last_value", caught.value, raising=False)
    found = asked.last_error()
    assert found["mro"][:2] == ["Own", "KeyError"]
    assert found["line"] == 4


def test_a_syntax_error_is_told_with_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = 1\nx = = 2", "the cell", "exec")
    monkeypatch.setattr(sys, "last_value", caught.value, raising=False)
    assert asked.last_error()["line"] == 2


def test_the_attempt_token_is_there_in_an_attempt_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATAOPS_ATTEMPT_TOKEN", raising=False)
    assert node.attempt_token() is None
    monkeypatch.setenv("DATAOPS_ATTEMPT_TOKEN", "t1")
    assert node.attempt_token() == "t1"


def test_it_is_light_to_import() -> None:
    heavy = {
        "pydantic",
        "sqlalchemy",
        "networkx",
        "papermill",
        "nbformat",
        "pyarrow",
        "numpy",
        "pandas",
        "jupyter_client",
    }
    script = f"import jupyter_dataops.node, sys; print(sorted({heavy!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
