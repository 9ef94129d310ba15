from __future__ import annotations

from pathlib import Path

from jupyter_dataops.kernels.leftovers import CONNECTION_FILE, draft_of, remove_leftovers


def test_drafts_and_connection_files_go_and_everything_else_stays(tmp_path: Path) -> None:
    attempt = tmp_path / "etl" / "clean" / "2"
    attempt.mkdir(parents=True)
    kept = [attempt / "notebook.ipynb", attempt / "log.jsonl", tmp_path / "report.html"]
    left = [attempt / CONNECTION_FILE, draft_of(attempt / "notebook.ipynb"), draft_of(tmp_path / "report.html")]
    for path in (*kept, *left):
        path.write_text("x")
    assert remove_leftovers(tmp_path) == 3
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    assert remove_leftovers(tmp_path) == 0


def test_a_run_that_left_no_folder_left_nothing(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "gone") == 0
