"""pytest's plugin: notebooks as tests.

The fixture `pipeline` runs a notebook for a test. Notebooks named in the configuration (``dataops_notebooks``) or by
``--dataops`` are collected: each node and each check of theirs is a test.

pytest imports this module wherever the package is installed, whatever it tests: so this one imports nothing of ours
until it is used, and hooks that are called for each file come only with notebooks to look for.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest
from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from jupyter_dataops.api.node_run import NodeRun
    from jupyter_dataops.api.pipeline import Pipeline
    from jupyter_dataops.api.run import Run

_MOST_LOG_LINES: Final = 40
_MOST_TROUBLES: Final = 5


class CheckWarning(pytest.PytestWarning):
    """A check that only warns (``severity:warn``) did not pass."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--dataops`` and ``dataops_notebooks`` are known."""
    parser.getgroup("dataops", "pipelines in notebooks").addoption(
        "--dataops",
        action="append",
        default=[],
        metavar="'NOTEBOOK [NAME=VALUE]...'",
        help="Test this notebook, with these parameters: each node and each check is a test. Repeatable.",
    )
    parser.addini(
        "dataops_notebooks",
        type="linelist",
        default=[],
        help="Notebooks to test, from the root folder: a pattern, and parameters as NAME=VALUE, on each line.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """What was named is going to be collected."""
    here = config.invocation_params.dir
    try:
        called = [Sample.parse(text, here) for text in config.getoption("--dataops")]
        samples = called + [Sample.parse(text, config.rootpath) for text in config.getini("dataops_notebooks")]
    except ValueError as error:
        raise pytest.UsageError(f"jupyter-dataops: {error}") from None
    if not samples:
        return
    config.pluginmanager.register(_Collecting(samples), "dataops-collecting")
    if called and not hasattr(config, "workerinput"):  # pytest-xdist's workers get the arguments as they are here
        named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
        config.args = list(dict.fromkeys([*named, *(sample.pattern for sample in called)]))


class Sample(Struct, frozen=True):
    """Notebooks, and the parameters to run them with."""

    pattern: str
    """Of absolute paths, as for `fnmatch`."""
    given: tuple[tuple[str, str], ...] = ()
    """Names and values, as written."""

    @classmethod
    def parse(cls, text: str, base: Path) -> Sample:
        """What a line says; paths are relative to `base`. Raises `ValueError`.

        Examples
        --------
        >>> Sample.parse("flows/*.ipynb country=de", Path("/etl"))
        Sample(pattern='/etl/flows/*.ipynb', given=(('country', 'de'),))
        """
        words = shlex.split(text)
        pairs = [word.partition("=") for word in words[1:]]
        if not words or not all(name.isidentifier() and equals for name, equals, _ in pairs):
            raise ValueError(f"{text!r} is not of the form 'NOTEBOOK NAME=VALUE ...'")
        return cls(str(base / words[0]), tuple((name, value) for name, _, value in pairs))

    @property
    def mark(self) -> str:
        """What tells this sample's tests from others of the notebook: ``[country=de]``; empty without parameters."""
        return f"[{','.join(map('='.join, self.given))}]" if self.given else ""

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that are meant, read as ``-p`` reads them."""
        from jupyter_dataops.spec.parameters import parse_value  # noqa: PLC0415 - see the module's docstring

        return {name: parse_value(value) for name, value in self.given}


class _Collecting:
    """Hooks that only who names notebooks pays for."""

    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        found = [sample for sample in self._samples if fnmatch(str(file_path), sample.pattern)]
        return NotebookFile.from_parent(parent, path=file_path, samples=list(dict.fromkeys(found))) if found else None


class NotebookFile(pytest.File):
    """A notebook, as tests: one of its diagnostics, then for each sample one of each node and each check."""

    def __init__(self, *, samples: list[Sample], **more: Any) -> None:
        super().__init__(**more)
        self._samples = samples

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests, in the order of the document; those of a notebook that cannot run are its diagnostics alone."""
        from jupyter_dataops.errors import DataOpsError  # noqa: PLC0415 - see the module's docstring
        from jupyter_dataops.lint.models import is_plain  # noqa: PLC0415
        from jupyter_dataops.spec.models import Severity  # noqa: PLC0415

        try:
            pipeline = _open_pipeline(self.path, self.config)
        except DataOpsError as error:
            raise self.CollectError(str(error)) from None
        is_named = any(sample.pattern == str(self.path) for sample in self._samples)
        if not is_named and is_plain(pipeline.diagnostics):
            return  # a pattern may mean notebooks that are no pipelines
        yield Diagnostics.from_parent(self, name="diagnostics", pipeline=pipeline)
        if any(found.severity is Severity.ERROR for found in pipeline.diagnostics):
            return
        spec = pipeline.spec
        for sample in self._samples:
            trial = Trial(pipeline, sample)
            for node in spec.nodes:
                for name in (node, *(name for name, check in spec.checks.items() if check.node == node)):
                    yield NodeTest.from_parent(self, name=f"{name}{sample.mark}", trial=trial, node=name)


class _NotebookTest(pytest.Item):
    """A test that needs no traceback: what failed is in the notebook."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What went wrong, where the user can mend it."""
        from jupyter_dataops.errors import DataOpsError  # noqa: PLC0415 - see the module's docstring

        if isinstance(excinfo.value, _NotebookFailed | DataOpsError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The notebook, and what of it is tested."""
        return self.path, 0, f"{self.path.name}: {self.name}"


class _NotebookFailed(Exception):
    pass


class Diagnostics(_NotebookTest):
    """Passes if nothing stops the notebook from running."""

    def __init__(self, *, pipeline: Pipeline, **more: Any) -> None:
        super().__init__(**more)
        self._pipeline = pipeline

    def runtest(self) -> None:
        """Raise `InvalidPipeline` with every error in it."""
        self._pipeline.analysed.require_valid(self.path.name)


class NodeTest(_NotebookTest):
    """Passes if a node succeeds, or a check holds. The first that runs runs the notebook for all of them."""

    def __init__(self, *, trial: Trial, node: str, **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial
        self.node = node

    def runtest(self) -> None:
        """Judge the node by what became of it."""
        from jupyter_dataops.report.looks import WARNED, is_at_fault, shown  # noqa: PLC0415 - see the module's docstring
        from jupyter_dataops.states import NodeState  # noqa: PLC0415

        others = [item for item in self.session.items if isinstance(item, NodeTest) and item.trial is self.trial]
        run = self.trial.run([item.node for item in others], self.config)
        node_run = run[self.node]
        if node_run.state.has_outputs:
            return
        if shown(node_run.record) is WARNED:
            self.warn(CheckWarning(_told(run, node_run)))
        elif node_run.state is NodeState.SKIPPED:
            _skip(node_run)
        elif node_run.state is NodeState.FAILED:
            self.add_report_section("call", "stdout", _printed_by(node_run))
            raise _NotebookFailed(_told(run, node_run))
        elif any(is_at_fault(run[item.node].record) for item in others if item is not self):
            _skip(node_run)  # the test of what failed says it
        else:
            raise _NotebookFailed(f"{self.node}: {node_run.state}: {node_run.reason}")


class Trial:
    """One run of a notebook, shared by the tests of what is in it."""

    def __init__(self, pipeline: Pipeline, sample: Sample) -> None:
        self.sample = sample
        self._pipeline = pipeline
        self._run: Run | None = None
        self._refusal: Exception | None = None

    def run(self, names: list[str], config: pytest.Config) -> Run:
        """The ended run, made when first asked for: of these nodes and checks, and what they need.

        Raises
        ------
        DataOpsError
            It was refused; to all who ask, the same.
        """
        if self._refusal is not None:
            raise self._refusal
        if self._run is None:
            from jupyter_dataops.ids import owner_of  # noqa: PLC0415 - see the module's docstring

            wanted = dict.fromkeys(owner_of(name) for name in names)
            is_whole = wanted.keys() >= self._pipeline.spec.nodes.keys()
            try:
                self._run = _ended(
                    _open_pipeline(self._pipeline.path, config),
                    self.sample.parameters,
                    select=None if is_whole else " ".join(f"+{name}" for name in wanted),
                )
            except Exception as error:
                self._refusal = error
                raise
        return self._run


class RunPipeline:
    """What the fixture `pipeline` is: ``pipeline("etl.ipynb", country="de")``."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def __call__(
        self,
        notebook: str | Path,
        parameters: Mapping[str, Any] | None = None,
        *,
        select: str | None = None,
        jobs: int | None = None,
        may_fail: bool = False,
        **more_parameters: Any,
    ) -> Run:
        """The ended run of `notebook`, in a scratch store of its own.

        Parameters
        ----------
        notebook
            Its path, from the root folder of the tests.
        parameters
            Values for its parameters; also as keywords.
        select
            Run only these nodes: ``+clean`` is `clean` and what it needs.
        jobs
            How many nodes may run at the same time.
        may_fail
            The run is handed back however it ended; by default the test fails if it did not succeed.
        """
        __tracebackhide__ = True
        from jupyter_dataops.errors import DataOpsError  # noqa: PLC0415 - see the module's docstring
        from jupyter_dataops.report.looks import troubles_of  # noqa: PLC0415
        from jupyter_dataops.states import RunState  # noqa: PLC0415

        path = self._config.rootpath / notebook
        try:
            opened = _open_pipeline(path, self._config)
            run = _ended(opened, {**(parameters or {}), **more_parameters}, select=select, jobs=jobs)
        except DataOpsError as error:
            raise error.with_traceback(None) from None  # it says everything, and our frames nothing
        if run.state is not RunState.SUCCEEDED and not may_fail:
            troubles = [run[one.node] for one in troubles_of([one.record for one in run.nodes.values()])]
            told = [_told(run, one) for one in troubles[:_MOST_TROUBLES]]
            pytest.fail("\n\n".join([f"{path.name} {run.state}: {run.reason}", *told]))
        return run


@pytest.fixture(scope="session")
def pipeline(pytestconfig: pytest.Config) -> RunPipeline:
    """Runs a notebook: ``run = pipeline("etl.ipynb", country="de")``, then ``run.load("clean", "df")``."""
    return RunPipeline(pytestconfig)


def _open_pipeline(path: Path, config: pytest.Config) -> Pipeline:
    """The pipeline with a store that nobody else has, and nobody told of its runs. Raises `NotebookUnreadable`."""
    from jupyter_dataops.api.pipeline import Pipeline  # noqa: PLC0415 - see the module's docstring
    from jupyter_dataops.config import load_settings  # noqa: PLC0415

    temporary = getattr(config, "_tmp_path_factory", None)  # pytest has no other way but from a test
    store = temporary.mktemp("dataops") if temporary else mkdtemp(prefix="dataops")
    settings = replace(load_settings(path.parent), store=str(store), artifacts=None, notifications={})
    return Pipeline(path, settings=settings)


def _ended(
    pipeline: Pipeline, parameters: Mapping[str, Any], *, select: str | None = None, jobs: int | None = None
) -> Run:
    """The run, at its end. Whoever presses Ctrl-C ends the tests, too."""
    from jupyter_dataops.states import RunState  # noqa: PLC0415 - see the module's docstring

    run = pipeline.run(parameters, select=select, jobs=jobs, progress=False)
    if run.state is RunState.CANCELLED:
        raise KeyboardInterrupt(run.reason)
    return run


def _skip(node_run: NodeRun) -> NoReturn:
    raise pytest.skip.Exception(f"{node_run.node}: {node_run.reason}", _use_item_location=True)


def _printed_by(node_run: NodeRun) -> str:
    """The end of what it printed: the traceback is told otherwise."""
    from jupyter_dataops.logs import printed, read_log  # noqa: PLC0415 - see the module's docstring

    lines = (line for attempt in node_run.attempts[-1:] for line, _ in read_log(Path(attempt.log)))
    text = printed(line for line in lines if line.stream in ("stdout", "stderr", "display"))
    return "\n".join(text.splitlines()[-_MOST_LOG_LINES:])


def _told(run: Run, node_run: NodeRun) -> str:
    """What failed in a node: it itself, or its parts; and how to look at it more closely."""
    from jupyter_dataops.ids import owner_of  # noqa: PLC0415 - see the module's docstring
    from jupyter_dataops.report.looks import troubles_of  # noqa: PLC0415
    from jupyter_dataops.report.trouble import trouble_text  # noqa: PLC0415

    parts = [
        one
        for one in troubles_of([one.record for one in run.nodes.values()])
        if one.parent is not None and owner_of(one.node) == node_run.node
    ]
    shown = parts[:_MOST_TROUBLES] or [node_run.record]
    told = [trouble_text(one, run[one.node].cells) for one in shown]
    left_out = [f"and {len(parts) - len(shown)} more"] * (len(parts) > len(shown))
    look = f"look at it: jupyter dataops show {run.run_id} --store {run.settings.store}"
    return "\n".join([*told, *left_out, look])
