"""Diagnostic codes about what lies beyond the notebook: other notebooks, assets, files, kernels. See `rules`."""

from __future__ import annotations

from typing import Final

from jupyter_dataops.lint import beyond, sources, surroundings
from jupyter_dataops.lint.rule import Rule
from jupyter_dataops.spec.models import Severity

_LOADER: Final = "from jupyter_dataops import load_asset"

ROWS_BEYOND: Final = (
    Rule(
        "DO015",
        "Sub-notebook missing or recursive",
        Severity.ERROR,
        "A `notebook:` tag names a file that is not there, or notebooks run each other in a circle.",
        "Correct the path, which is relative to the notebook that names it.",
        (("x = 1", "node:a", "notebook:missing.ipynb"),),
        (("x = 1", "node:a", "notebook:sub.ipynb"),),
        beyond.check_sub_notebooks,
    ),
    Rule(
        "DO019",
        "Not acted on in this version",
        Severity.WARNING,
        "The tag is read and shown, and has no effect on a run yet. Options that Kale has for Kubernetes are kept for"
        " Kale.",
        "Nothing needs to be done; the message says what happens instead.",
        (("x = 1", "node:a", "resource:GPU=1"),),
        (("x = 1", "node:a"),),
        beyond.check_acted_on,
    ),
    Rule(
        "DO028",
        "Sub-notebook without that output",
        Severity.ERROR,
        "A node that runs another notebook names a variable with `out:` that no node of that notebook binds, so that"
        " there will be nothing to hand on.",
        "Correct the name, or bind it in a node of the other notebook.",
        (("day = 1", "node:a", "notebook:sub.ipynb", "out:y"),),
        (("day = 1", "node:a", "notebook:sub.ipynb", "out:x"),),
        beyond.check_made_by_sub_notebooks,
    ),
    Rule(
        "DO029",
        "Close to a parameter of the sub-notebook",
        Severity.WARNING,
        "A node that runs another notebook binds a name that looks like a parameter of it, but is none. That parameter"
        " gets no value, and keeps its default.",
        "Give the name the parameter's spelling, or bind the parameter, too.",
        (("dayy = 1", "node:a", "notebook:sub.ipynb"),),
        (("day = 1", "node:a", "notebook:sub.ipynb"),),
        beyond.check_parameters_of_sub_notebooks,
    ),
    Rule(
        "DO030",
        "Never reused, for it is not said which asset it loads",
        Severity.WARNING,
        "The newest version of each asset that a node loads counts in reuse. Where `load_asset` has a variable for the"
        " name, the version or the store that is no parameter, nothing tells which asset that is: the node runs each"
        " time, whatever `cache:` says.",
        "Write the name, and the version if there is one, as literals or parameters; or take the tag away.",
        ((_LOADER, "setup"), ("name = 'sales'\nsales = load_asset(name)", "node:a", "cache:on")),
        ((_LOADER, "setup"), ("sales = load_asset('sales')", "node:a", "cache:on")),
        sources.check_loads_in_reused_nodes,
    ),
    Rule(
        "DO031",
        "Two nodes publish one asset",
        Severity.ERROR,
        "An asset is one thing, with one newest version. Two nodes of a pipeline publish under the same name, so that"
        " the newest would be that of whichever ends last. What a notebook that a node runs publishes counts, too.",
        "Give one of them another name: `asset:NAME=VARIABLE`.",
        (("sales = [1]", "node:a", "asset:sales"), ("clean = [2]", "node:b", "asset:sales=clean")),
        (("sales = [1]", "node:a", "asset:sales"), ("clean = [2]", "node:b", "asset:clean_sales=clean")),
        surroundings.check_published_once,
    ),
    Rule(
        "DO032",
        "Missing file",
        Severity.WARNING,
        "An `in:` tag names a file that is not there, and that no node says it makes. Until it is, the node will most"
        " likely fail, and what it would hold does not count in reuse.",
        "Correct the path, which is relative to the notebook; or, where a node makes it, tag that node `out:PATH`.",
        (("rows = open('prcies.csv').read()", "node:load", "in:prcies.csv"),),
        (("rows = open('prices.csv').read()", "node:load", "in:prices.csv"),),
        surroundings.check_files,
    ),
    Rule(
        "DO033",
        "Kernel not installed",
        Severity.WARNING,
        "A `kernel:` tag names a kernelspec that this machine does not have: here, the node would fail. Another machine"
        " may have it.",
        "Correct the name, or install the kernelspec; `jupyter kernelspec list` shows those that there are.",
        (("x = 1", "node:a", "kernel:nowhere"),),
        (("x = 1", "node:a", "kernel:python3"),),
        surroundings.check_kernels,
    ),
)
