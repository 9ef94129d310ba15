"""Every diagnostic code, in one table: what it means, how grave it is, how it is cured, and a notebook for each side.

To add one: a row here, or in `rules_beyond` where it is about what lies outside the notebook, and either a check
function in this package or a `Problem` with that code from `spec` or `dataflow`. The page and its tests follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jupyter_dataops.lint import near_tags, sources, structure, triggers
from jupyter_dataops.lint.rule import Rule
from jupyter_dataops.lint.rules_beyond import ROWS_BEYOND
from jupyter_dataops.spec.models import Severity

_LOAD: Final = ("df = [1, 2]", "node:load")

_ROWS: Final = (
    Rule(
        "DO001",
        "Nodes wait for each other",
        Severity.ERROR,
        "Following the edges from a node leads back to it, so none of these nodes could ever start. Data only flows"
        " down the page, so an `after:` tag that points down the page takes part.",
        "Remove the `after:` tag named in the hint, or move the cells.",
        (("x = 1", "node:a", "after:b"), ("y = x", "node:b")),
        (("x = 1", "node:a"), ("y = x", "node:b")),
        structure.check_cycle,
    ),
    Rule(
        "DO002",
        "Unknown node",
        Severity.ERROR,
        "An `after:` or `check:` tag names a node that the notebook does not have.",
        "Correct the name; the hint offers the closest one.",
        (_LOAD, ("print('done')", "node:report", "after:laod")),
        (_LOAD, ("print('done')", "node:report", "after:load")),
        structure.check_unknown_nodes,
    ),
    Rule(
        "DO003",
        "Bad tag value",
        Severity.ERROR,
        "The tag, or the setting in `metadata.dataops`, is known, but not with that value.",
        "Write a value of the kind that the message names.",
        (("x = 1", "node:a", "timeout:soon"),),
        (("x = 1", "node:a", "timeout:10m"),),
    ),
    Rule(
        "DO004",
        "Contradicting tags",
        Severity.ERROR,
        "One option of a node has two different values, maybe on two of its cells, or one cell has two roles. The same"
        " value twice is fine.",
        "Keep one of the two tags.",
        (("x = 1", "node:a", "retries:2"), ("y = x", "retries:3")),
        (("x = 1", "node:a", "retries:2"), ("y = x",)),
    ),
    Rule(
        "DO005",
        "Syntax error",
        Severity.ERROR,
        "A cell is not valid Python, so nothing is known of the names that it reads and binds.",
        "Correct the line named, or tag the cell `skip`.",
        (("x = = 1", "node:a"),),
        (("x = 1", "node:a"),),
    ),
    Rule(
        "DO006",
        "Name read but never bound",
        Severity.WARNING,
        "A node uses a name that no cell above it binds. It fails there, unless something that analysis cannot see,"
        " such as an extension, makes the name. So it is with a file of an `in:` tag that only a node below makes.",
        "Bind the name above, correct its spelling, or declare who makes it with `out:NAME`.",
        (("print(total)", "node:report"),),
        (("total = 3", "node:count"), ("print(total)", "node:report")),
    ),
    Rule(
        "DO007",
        "Parameters are not literals",
        Severity.WARNING,
        "Every node runs the `parameters` cell anew, and the parameter form shows its values without running it. A"
        " computed value may differ between nodes, and a value computed from another parameter does not follow when"
        " that one is set.",
        "Keep only `NAME = VALUE` with literal values there, and compute the rest in a `setup` cell.",
        (("import os\nday = os.name", "parameters"), ("print(day)", "node:report")),
        (("day = '2026-01-01'", "parameters"), ("print(day)", "node:report")),
        sources.check_parameters_are_literals,
    ),
    Rule(
        "DO008",
        "Code that analysis cannot see through",
        Severity.WARNING,
        "Star imports, `exec`, `globals()` and some magics read and bind names that analysis cannot know. It is an"
        " error where names may be bound, because other nodes might miss them.",
        "Name what the cell reads and makes with `in:NAME` and `out:NAME`, or write the names out.",
        (("from math import *", "node:a"), ("print(pi)", "node:b")),
        (("from math import pi", "node:a"), ("print(pi)", "node:b")),
    ),
    Rule(
        "DO009",
        "Process-wide state set in a node",
        Severity.WARNING,
        "Environment variables, the working folder, random seeds and library options belong to a kernel. Each node has"
        " its own, so what one sets does not reach the others. It is an error for what a node sets on a class or"
        " function of setup, or on a class of another node, which instances bring along as it was.",
        "Move the line to a `setup` cell; set things on a class in the cell that defines it.",
        (("import random\nrandom.seed(1)\nx = random.random()", "node:a"), ("print(x)", "node:b")),
        (("import random\nrandom.seed(1)", "setup"), ("x = random.random()", "node:a"), ("print(x)", "node:b")),
    ),
    Rule(
        "DO010",
        "Tag close to a known one",
        Severity.WARNING,
        "The tag, or the key in `metadata.dataops`, is not known but looks like one that is, or it stands on a cell"
        " where it means nothing. It has no effect.",
        "Correct it as the hint says. Tags of other tools that look like none of ours are left alone.",
        (("x = 1", "node:a", "time-out:10m"),),
        (("x = 1", "node:a", "timeout:10m"),),
        near_tags.check_near_tags,
    ),
    Rule(
        "DO011",
        "Output that is never bound",
        Severity.WARNING,
        "An `out:` or `asset:` tag names a variable that its node does not bind, so there will be nothing to hand on.",
        "Correct the name, or remove the tag.",
        (("x = 1", "node:a", "out:y"),),
        (("x = 1", "node:a", "out:x"),),
    ),
    Rule(
        "DO012",
        "Condition without a producer",
        Severity.ERROR,
        "A `when:`, `unless:` or `each:` variable is bound by no node above. What decides is the stored output of a"
        " node; parameters and setup have none.",
        "Name a variable that a node above binds.",
        (("fresh = True", "parameters"), ("print('new')", "node:report", "when:fresh")),
        (("fresh = 2 > 1", "node:load"), ("print('new')", "node:report", "when:fresh")),
    ),
    Rule(
        "DO013",
        "Two parameters cells",
        Severity.ERROR,
        "papermill sets parameters below the first `parameters` cell; a second one would set its own defaults again.",
        "Move all parameters to one cell.",
        (("a = 1", "parameters"), ("b = 2", "parameters"), ("print(a, b)", "node:report")),
        (("a = 1\nb = 2", "parameters"), ("print(a, b)", "node:report")),
        structure.check_one_parameters_cell,
    ),
    Rule(
        "DO014",
        "Node that can never run",
        Severity.ERROR,
        "Whatever its upstream nodes come to, the trigger rule does not hold; or the node has both `when:` and"
        " `unless:` for one variable.",
        "Choose another rule, or say what the node waits for with `after:NODE`.",
        (_LOAD, ("print('failed')", "node:alert", "trigger:one_failed")),
        (_LOAD, ("print('failed')", "node:alert", "trigger:one_failed", "after:load")),
        triggers.check_triggers,
    ),
    Rule(
        "DO016",
        "Absolute path or secret in a cell",
        Severity.WARNING,
        "Another machine does not have that path. A secret in a cell is read by everyone who gets the file, its history"
        " or a report of a run.",
        "Use a relative path or a parameter; read secrets from environment variables.",
        (("rows = open('/home/ada/rows.csv').read()", "node:load"),),
        (("rows = open('rows.csv').read()", "node:load"),),
        sources.check_portable,
    ),
    Rule(
        "DO017",
        "Node in several places",
        Severity.ERROR,
        "The cells of a node run together. Here another node stands in between, and running them together would give"
        " some name another value than running the notebook top to bottom.",
        "Move the cells of the node together, or give the later ones a node of their own.",
        (("x = 1", "node:a"), ("y = x", "node:b"), ("x = 2", "node:a"), ("print(x, y)", "node:c")),
        (("x = 1", "node:a"), ("y = x", "node:b"), ("x = 2", "node:a2"), ("print(x, y)", "node:c")),
    ),
    Rule(
        "DO018",
        "Setup reads what a node binds",
        Severity.ERROR,
        "Setup runs first in every node, before any node has bound the name.",
        "Move the setup cell's line to a node, or what it reads to setup.",
        (("x = 1", "node:a"), ("y = x + 1", "setup"), ("print(y)", "node:b")),
        (("x = 1", "node:a"), ("y = x + 1", "node:b"), ("print(y)", "node:c")),
    ),
    Rule(
        "DO020",
        "No nodes",
        Severity.ERROR,
        "No cell has a `node:` tag, so there is nothing to run as a pipeline.",
        "Tag the first cell of each node; `jupyter dataops tag` proposes tags.",
        (("x = 1",),),
        (("x = 1", "node:a"),),
        structure.check_has_nodes,
    ),
    Rule(
        "DO021",
        "Not a Python kernel",
        Severity.ERROR,
        "Data flow is found by reading Python, and values travel between Python kernels.",
        "Choose a Python kernel. A node may run a notebook in another language with papermill.",
        (("x <- 1", "node:a"),),
        (("x = 1", "node:a"),),
        structure.check_language,
        language="R",
    ),
    Rule(
        "DO022",
        "Order against the page",
        Severity.WARNING,
        "An `after:` tag names a node further down the page, or a check stands above cells of its node. The run honours"
        " that, so that it executes in another order than the notebook does top to bottom.",
        "Move the node below the one that it waits for, and a check below its node.",
        (("print('report')", "node:report", "after:load"), _LOAD),
        (_LOAD, ("print('report')", "node:report", "after:load")),
        structure.check_order_down_the_page,
    ),
    Rule(
        "DO023",
        "Random numbers from a shared generator",
        Severity.WARNING,
        "Setup seeds the generator that all code of a process shares, and more than one node draws from it, itself or"
        " through functions. Run All continues one sequence; in a pipeline every node starts it anew.",
        "Give each node a generator of its own, as the hint shows.",
        (
            ("import random\nrandom.seed(1)", "setup"),
            ("x = random.random()", "node:a"),
            ("y = random.random()", "node:b"),
        ),
        (
            ("import random", "setup"),
            ("rng = random.Random(1)\nx = rng.random()", "node:a"),
            ("rng = random.Random(2)\ny = rng.random()", "node:b"),
        ),
    ),
    Rule(
        "DO024",
        "Elements of an `each:` node that need one another",
        Severity.ERROR,
        "The elements run apart, each from the state above the node. Here a loop would hand something on from one"
        " element to the next: a name that the node both reads from before and binds or changes, one that it may leave"
        " unbound, or an element that others read too.",
        "Bind the name anew for each element, and combine the results in a node below.",
        (
            ("days = [1, 2]\ntotal = 0", "node:load"),
            ("total += day", "node:add", "each:day=days"),
            ("print(total)", "node:report"),
        ),
        (
            ("days = [1, 2]", "node:load"),
            ("part = day", "node:add", "each:day=days"),
            ("print(sum(part))", "node:report"),
        ),
    ),
    Rule(
        "DO025",
        "Definition made in an `each:` node",
        Severity.ERROR,
        "What an `each:` node hands on is a list, with one value for each element. A node below uses a function or"
        " class that such a node defines, and would get a list of them.",
        "Define it in a setup cell.",
        (
            ("days = [1, 2]", "node:load"),
            ("def double(x):\n    return 2 * x\ny = double(day)", "node:work", "each:day=days"),
            ("print(double(3))", "node:report"),
        ),
        (
            ("def double(x):\n    return 2 * x", "setup"),
            ("days = [1, 2]", "node:load"),
            ("y = double(day)", "node:work", "each:day=days"),
            ("print(double(3))", "node:report"),
        ),
    ),
    Rule(
        "DO026",
        "What a check binds is read elsewhere",
        Severity.ERROR,
        "A check runs in a kernel of its own: it hands nothing on. Top to bottom, the cell named would read what the"
        " check has bound or changed. Imports are copied, and no concern.",
        "Bind the name in a node or in setup.",
        (_LOAD, ("n = len(df)\nassert n > 0", "check:load"), ("print(n)", "node:report")),
        (_LOAD, ("n = len(df)",), ("assert n > 0", "check:load"), ("print(n)", "node:report")),
    ),
    Rule(
        "DO027",
        "Check that reads from elsewhere",
        Severity.ERROR,
        "A check runs as soon as the node that it checks is done. It also reads from a node for which that one does not"
        " wait, so that the value may not be there yet.",
        "Let the node that it checks wait with `after:NODE`, or attach the check to the other node.",
        (("limit = 5", "node:limits"), _LOAD, ("assert len(df) < limit", "check:load")),
        (("limit = 5", "node:limits"), (*_LOAD, "after:limits"), ("assert len(df) < limit", "check:load")),
    ),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.code: rule for rule in sorted((*_ROWS, *ROWS_BEYOND), key=lambda rule: rule.code)}
)
"""Every rule, by its code, in order of codes."""
