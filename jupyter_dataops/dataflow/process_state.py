"""Finds code that changes the whole process: set in a node, it would not reach the other nodes' processes.

The list is of the standard library and of the libraries that notebooks mostly use; it cannot be complete.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from jupyter_dataops.dataflow.magics import magic_call
from jupyter_dataops.spec.models import Problem

_CALLS: Final = frozenset(
    {
        *("os.chdir", "os.putenv", "os.unsetenv", "os.umask", "os.nice", "time.tzset", "locale.setlocale"),
        *("random.seed", "random.setstate", "numpy.random.seed", "numpy.random.set_state", "torch.manual_seed"),
        *("tensorflow.random.set_seed", "tensorflow.keras.utils.set_random_seed", "numpy.seterr", "numpy.seterrcall"),
        *("numpy.set_printoptions", "torch.set_default_dtype", "torch.set_default_device", "torch.set_printoptions"),
        *("torch.set_num_threads", "torch.use_deterministic_algorithms", "sklearn.set_config", "xgboost.set_config"),
        *("pandas.set_option", "pandas.reset_option", "pandas.set_eng_float_format", "xarray.set_options"),
        *("polars.enable_string_cache", "matplotlib.use", "matplotlib.rc", "matplotlib.rcdefaults"),
        *("matplotlib.pyplot.rc", "matplotlib.pyplot.rcdefaults", "matplotlib.pyplot.switch_backend"),
        *("matplotlib.style.use", "matplotlib.pyplot.style.use", "matplotlib.pyplot.ion", "matplotlib.pyplot.ioff"),
        *("seaborn.set", "seaborn.set_theme", "seaborn.set_style", "seaborn.set_context", "seaborn.set_palette"),
        *("warnings.filterwarnings", "warnings.simplefilter", "warnings.resetwarnings", "logging.basicConfig"),
        *("logging.disable", "logging.config.dictConfig", "logging.config.fileConfig", "logging.captureWarnings"),
        *("sys.setrecursionlimit", "decimal.setcontext", "socket.setdefaulttimeout", "dotenv.load_dotenv"),
        *("multiprocessing.set_start_method", "tqdm.tqdm.pandas", "tqdm.auto.tqdm.pandas", "tqdm.notebook.tqdm.pandas"),
        *("dask.config.set", "pandarallel.pandarallel.initialize", "altair.data_transformers.enable", "gc.disable"),
    }
)
"""Functions, by full name."""
_CALL_PREFIXES: Final = (
    "polars.Config.",
    "altair.renderers.",
    "altair.themes.",
    "hvplot.extension",
    "holoviews.extension",
)
_STATE: Final = (
    "os.environ",
    "sys.path",
    "sys.modules",
    "sys.argv",
    "matplotlib.rcParams",
    "matplotlib.pyplot.rcParams",
)
"""Objects whose every changing method counts."""
_CHANGING: Final = frozenset(
    {"append", "insert", "extend", "remove", "pop", "clear", "update", "setdefault", "sort", "reverse", "popitem"}
)
_LASTING_MAGICS: Final = frozenset(
    {"matplotlib", "env", "set_env", "cd", "pushd", "popd", "config", "load_ext", "reload_ext", "autoreload"}
    | {"precision", "xmode", "colors", "pylab", "gui", "alias", "bookmark", "dotenv"}
)
_LOCAL_SETTINGS: Final = frozenset(
    {"catch_warnings", "rc_context", "option_context", "printoptions", "errstate", "Config"}
)
"""Context managers that put things back."""


def find_process_state(tree: ast.Module, modules: Mapping[str, str]) -> Iterator[Problem]:
    """``DO009`` for each statement of a cell that changes the process.

    Parameters
    ----------
    modules
        Names bound by imports, to what they stand for.
    """
    for line, what in sorted(_find(tree, modules)):
        yield Problem(
            "DO009",
            f"line {line}: {what} changes the whole process, which other nodes do not share",
            "move it to a 'setup' cell, which every node runs first",
        )


def _find(tree: ast.Module, modules: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        what = None
        match node:
            case ast.Name() | ast.Constant() | ast.expr_context() | ast.operator():
                continue
            case ast.With(items=items) if any(map(_puts_back, items)):
                continue
            case ast.Call():
                what = _call(node, modules)
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                what = f"`{ast.unparse(node)} = ...`" if _full_name(node, modules) else None
            case ast.ImportFrom(module="__future__"):
                what = "`from __future__ import`"
        if what is not None:
            yield getattr(node, "lineno", 1), what
        pending.extend(ast.iter_child_nodes(node))


def _call(node: ast.Call, modules: Mapping[str, str]) -> str | None:
    magic = magic_call(node)
    if magic is not None:
        return f"`%{magic[0]}`" if magic[2] is None and magic[0] in _LASTING_MAGICS else None
    full = _full_name(node.func, modules)
    if full is None:
        return None
    owner, _, method = full.rpartition(".")
    if full in _CALLS or full.startswith(_CALL_PREFIXES) or (owner in _STATE and method in _CHANGING):
        return f"`{ast.unparse(node.func)}(...)`"
    return None


def _full_name(node: ast.expr, modules: Mapping[str, str]) -> str | None:
    """The dotted name with its import undone, items left out; `None` where it does not start from an import."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=attribute):
                parts.append(attribute)
                node = value
            case ast.Subscript(value=value):
                node = value
            case ast.Name(id=name):
                return ".".join([modules[name], *reversed(parts)]) if name in modules else None
            case _:
                return None


def _puts_back(item: ast.withitem) -> bool:
    call = item.context_expr
    called = call.func if isinstance(call, ast.Call) else call
    return getattr(called, "attr", getattr(called, "id", None)) in _LOCAL_SETTINGS
