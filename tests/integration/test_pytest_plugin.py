"""Notebooks as tests of pytest: what its users see, in sessions of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.notebooks import cell, notebook

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.kernel
OTHERS = ("schemathesis", "hypothesispytest", "anyio", "typeguard")
WITHOUT_OTHERS = [f"-pno:{name}" for name in OTHERS]

GOOD = (
    cell('country = "de"', "parameters"),
    cell("import statistics", "setup"),
    cell('orders = [("de", 1), ("de", 5), ("fr", 3)]', "node:load"),
    cell("mine = [price for place, price in orders if place == country]", "node:clean"),
    cell("assert mine", "check:clean/some"),
    cell("print('working')\ntypical = statistics.mean(mine)", "node:typical"),
)


@pytest.fixture
def save(pytester: pytest.Pytester) -> Any:
    def write(*cells: dict[str, Any], name: str = "etl.ipynb") -> None:
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(notebook(*cells), indent=1))

    return write


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A session in a process of its own, in which a warning is an error, as here; without plugins that take long to load."""
    return pytester.runpytest_subprocess(*WITHOUT_OTHERS, "-W", "error", *arguments)


# -- the fixture


def test_a_test_runs_a_notebook_and_looks_at_its_values(pytester: pytest.Pytester, save: Any) -> None:
    save(*GOOD)
    pytester.makepyfile(
        """
        import pytest
        from jupyter_dataops import DataOpsError

        def test_values(pipeline):
            run = pipeline("etl.ipynb", country="fr")
            assert run.load("clean", "mine") == [3]
            assert run["typical"].log == "working\\n"

        def test_part(pipeline):
            run = pipeline("etl.ipynb", {"country": "de"}, select="+clean", jobs=1)
            assert {name: str(one.state) for name, one in run.nodes.items()}["typical"] == "skipped"
            assert run.load("clean", "mine") == [1, 5]

        def test_bad_data(pipeline):
            run = pipeline("etl.ipynb", country="it", may_fail=True)
            assert (run.state, run["check:clean/some"].state) == ("failed", "failed")

        def test_what_is_refused(pipeline):
            with pytest.raises(DataOpsError, match="did you mean 'country'"):
                pipeline("etl.ipynb", contry="it")
        """
    )
    run(pytester).assert_outcomes(passed=4)


def test_a_run_may_serve_many_tests_and_leaves_nothing_in_the_users_store(
    pytester: pytest.Pytester, save: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(*GOOD)
    pytester.makepyfile(
        """
        import os, pathlib, pytest

        @pytest.fixture(scope="module")
        def run(pipeline):
            return pipeline("etl.ipynb")

        @pytest.mark.parametrize("node", ["load", "clean", "typical"])
        def test_node(run, node):
            assert run[node].state == "succeeded"
            assert not pathlib.Path(os.environ["DATAOPS_STORE"]).exists()
            assert not pathlib.Path("shared").exists()
        """
    )
    (pytester.path / "dataops.toml").write_text('artifacts = "shared"\n')
    monkeypatch.setenv("DATAOPS_STORE", str(pytester.path / "own"))
    run(pytester).assert_outcomes(passed=3)


def test_a_failed_run_fails_the_test_that_asked_for_it_with_cell_and_line(pytester: pytest.Pytester, save: Any) -> None:
    save(*GOOD)
    pytester.makepyfile("def test_it(pipeline):\n    pipeline('etl.ipynb', country='it')\n")

    done = run(pytester)

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*pipeline('etl.ipynb', country='it')",
            "E *Failed: etl.ipynb failed: *",
            "E *check:clean/some  cell 5, line 1: AssertionError*",
            "E *> 1  assert mine",
            "E *look at it: jupyter dataops show * --store *",
        ]
    )
    done.stdout.no_fnmatch_line("*jupyter_dataops/pytest_plugin.py*")


# -- collected notebooks


def test_every_node_and_check_of_a_named_notebook_is_a_test(pytester: pytest.Pytester, save: Any) -> None:
    save(*GOOD)
    pytester.makepyfile("def test_other(): pass")

    done = run(pytester, "--dataops", "etl.ipynb", "-v")

    done.assert_outcomes(passed=5)
    done.stdout.fnmatch_lines(
        [
            "etl.ipynb::diagnostics PASSED*",
            "etl.ipynb::load PASSED*",
            "etl.ipynb::clean PASSED*",
            "etl.ipynb::check:clean/some PASSED*",
            "etl.ipynb::typical PASSED*",
        ]
    )
    run(pytester, "--dataops", "etl.ipynb", ".").assert_outcomes(passed=6)


def test_notebooks_of_the_configuration_are_tested_with_each_of_their_samples(
    pytester: pytest.Pytester, save: Any
) -> None:
    save(*GOOD, name="flows/etl.ipynb")
    save(cell("x = 1"), name="flows/scratch.ipynb")
    save(cell("x = 1", "node:other"), name="other.ipynb")
    pytester.makeini("[pytest]\ndataops_notebooks =\n    flows/*.ipynb country=fr\n    flows/*.ipynb country=it\n")

    done = run(pytester, "-v")

    done.assert_outcomes(passed=7, failed=1, skipped=1)
    done.stdout.fnmatch_lines(["flows/etl.ipynb::check:clean/some?country=it? FAILED*"])
    run(pytester, "flows/etl.ipynb::clean[country=fr]").assert_outcomes(passed=1)


def test_a_failing_check_is_told_with_its_cell_and_rows_and_what_is_below_is_no_failure_of_its_own(
    pytester: pytest.Pytester, save: Any
) -> None:
    frame = "import pandas as pd\nsold = pd.DataFrame({'city': ['Bern', 'Basel'], 'price': [12, -4]})"
    save(
        cell(frame, "node:load"),
        cell("print('looking')\nassert (sold.price > 0).all()", "check:load/prices"),
        cell("assert len(sold) > 2", "check:load/many", "severity:warn"),
        cell("total = sold.price.sum()", "node:total"),
    )

    done = pytester.runpytest_subprocess("-p", "no:schemathesis", "--dataops", "etl.ipynb", "-rfs")

    done.assert_outcomes(passed=3, failed=1, skipped=1, warnings=1)
    done.stdout.fnmatch_lines(
        [
            "*etl.ipynb: check:load/prices*",
            "?*check:load/prices  cell 2, line 2: AssertionError",
            "  > 2  assert (sold.price > 0).all()",
            "  1 failing row:",
            "    1      Basel  -4*",
            "*Captured stdout call*",
            "looking",
            "*warnings summary*",
            "*CheckWarning: ?*check:load/many  cell 3, line 1: AssertionError*",
            "FAILED etl.ipynb::check:load/prices - *check:load/prices  cell 2, line 2: *",
            "SKIPPED*etl.ipynb:1: total: it needs `load`*",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")


def test_a_test_that_was_asked_for_alone_does_not_pass_by_being_skipped(pytester: pytest.Pytester, save: Any) -> None:
    save(cell("x = 1 / 0", "node:first"), cell("y = x", "node:second"), cell("z = 1", "node:other"))

    done = run(pytester, "--dataops", "etl.ipynb", "-k", "second")

    done.assert_outcomes(failed=1, deselected=3)
    done.stdout.fnmatch_lines(["second: upstream_failed: *"])
    run(pytester, "--dataops", "etl.ipynb", "-k", "second or first").assert_outcomes(failed=1, skipped=1, deselected=2)


def test_parts_of_a_node_that_failed_are_told(pytester: pytest.Pytester, save: Any) -> None:
    save(cell("cities = ['Bern', 'Genf']", "node:cities"), cell("assert city != 'Genf'", "node:a", "each:city=cities"))

    done = run(pytester, "--dataops", "etl.ipynb")

    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["?*a?Genf?  cell 2, line 1: AssertionError"])


def test_a_notebook_that_cannot_run_has_one_test_which_says_why(pytester: pytest.Pytester, save: Any) -> None:
    save(cell("x = ", "node:a"))

    done = run(pytester, "--dataops", "etl.ipynb")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*DO005*"])


def test_parameters_that_the_notebook_does_not_have_are_told_once_for_each_test(
    pytester: pytest.Pytester, save: Any
) -> None:
    save(*GOOD)

    done = run(pytester, "--dataops", "etl.ipynb contry=de")

    done.assert_outcomes(passed=1, failed=4)
    done.stdout.fnmatch_lines(["unknown parameter 'contry'", "  -> did you mean 'country'?"])


@pytest.mark.parametrize("text", ["etl.ipynb country", "etl.ipynb 1=2", "", "etl.ipynb 'x"])
def test_what_is_no_sample_is_wrong_usage(pytester: pytest.Pytester, text: str) -> None:
    done = run(pytester, "--dataops", text)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: jupyter-dataops: *"])


def test_workers_of_xdist_share_the_work_without_doing_it_twice(pytester: pytest.Pytester, save: Any) -> None:
    save(*GOOD, cell("open('ran', 'a').write('x')", "node:count"))

    done = run(pytester, "--dataops", "etl.ipynb", "-n", "2", "--dist", "loadfile")

    done.assert_outcomes(passed=6)
    assert (pytester.path / "ran").read_text() == "x"


# -- everybody else


def test_a_project_that_does_not_use_it_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it(request):
            ours = {name for name in sys.modules if name.startswith("jupyter_dataops")}
            assert ours == {"jupyter_dataops", "jupyter_dataops.pytest_plugin"}
            assert not request.config.pluginmanager.has_plugin("dataops-collecting")
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_the_plugin_is_imported_within_milliseconds() -> None:
    code = (
        "import fnmatch, pathlib, shlex, tempfile, time, pytest; start = time.perf_counter();"
        "import jupyter_dataops.pytest_plugin; print(time.perf_counter() - start)"
    )
    times = [float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(3)]

    assert min(times) < 0.03


def test_a_fixture_of_the_same_name_is_the_users(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def pipeline():
            return "mine"

        def test_it(pipeline):
            assert pipeline == "mine"
        """
    )
    run(pytester).assert_outcomes(passed=1)
