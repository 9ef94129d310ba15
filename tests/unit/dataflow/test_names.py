from __future__ import annotations

import subprocess
import sys

import pytest

from jupyter_dataops.dataflow.names import names_of

BUILTINS = {"print", "open", "range", "len", "ValueError", "NameError", "sorted", "map"}


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("x = y", "y", "x"),
        ("x: int = y", "int y", "x"),
        ("x: int", "int", ""),
        ("x, *y = z", "z", "x y"),
        ("x = x + 1", "x", "x"),
        ("x += 1", "x", "x"),
        ("[a for a in b if a in c]", "b c", ""),
        ("{a: d for a in b for d in a}", "b", ""),
        ("[x for x in x]", "x", ""),
        ("f = lambda a, b=c: a + k", "c", "f"),
        ("def f(a=b, *, c: d = e):\n    return g", "b d e", "f"),
        ("@deco(x)\ndef f():\n    return k", "deco x k", "f"),
        ("class C(B, metaclass=M):\n    a = 1\n    b = a\n    c = z\n    def m(self):\n        return a", "B M z", "C"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = y\n    return g\nf()", "y", "f"),
        ("import a.b, c as d\nfrom e import f", "", "a d f"),
        ("for i, (j, k) in x:\n    pass", "x", "i j k"),
        ("with open(p) as (a, b):\n    pass", "p", "a b"),
        ("match x:\n    case [C(y=1, z=a), {k.v: _, **r}] if a > b:\n        pass", "x C k b", "a r"),
        ("print(f'{x!r:{y}}')", "x y", ""),
        ("await x", "x", ""),
        ("try:\n    x\nexcept* ValueError:\n    pass", "x", ""),
        ("del x.a, y[z]", "x y z", "x y"),
        ("x.setdefault('k', []).append(y)", "x y", ""),
        ("x.setdefault('k', [])[0] = y", "x y", "x"),
        ("_ = 1; _i = 2; In = 3", "", ""),
        ("df.query('a > @limit')", "df limit", ""),
        ("duckdb.sql('SELECT * FROM sales JOIN \"shops\"')", "duckdb sales shops", ""),
        ("eval('x + 1')", "eval x", ""),
        ("exec('y = x')", "exec x", "y"),
    ],
)
def test_reads_and_binds(source, reads, binds):
    found = names_of(source)
    assert found.reads - BUILTINS == set(reads.split())
    assert found.binds == set(binds.split())
    assert not found.problems


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("files = !ls {folder} $HOME", "folder HOME", "files"),
        ("%time x = f(y)", "f y", "x"),
        ("%timeit -n 10 x = f(y)", "f y", ""),
        ("%%time\nx = y", "y", "x"),
        ("%%timeit n = 1\nx = y", "y", ""),
        ("%%capture out --no-stderr\nx = y", "y", "x out"),
        ("%%capture\n%%time\nx = y", "y", "x"),
        ("%%bash --out listing\nls $x", "", "listing"),
        ("%%writefile a.py\nx = y", "", ""),
        ("x = %pwd", "", "x"),
        ("df?", "", ""),
        ("!ls \\\n  -l\nx = y", "y", "x"),
        ("if a:\n    !echo {b}", "a b", ""),
        ("   x = y", "y", "x"),
        ("pip install pandas", "", ""),
    ],
)
def test_magics_and_shell_lines(source, reads, binds):
    found = names_of(source)
    assert found.reads - BUILTINS == set(reads.split())
    assert found.binds == set(binds.split())
    assert not found.problems


@pytest.mark.parametrize(
    "source",
    ["from m import *", "exec(code)", "%run other.py", "%%sql\nSELECT 1", "get_ipython().run_cell(code)", "%load x.py"],
)
def test_code_that_may_bind_unseen_names_is_opaque(source):
    found = names_of(source)
    assert found.is_opaque
    assert [problem.code for problem in found.problems] == ["DO008"]


@pytest.mark.parametrize("source", ["globals()['x']", "locals()", "vars()", "eval(text)", "Out[3]", "_3", "_"])
def test_code_that_may_read_unseen_names_is_reported(source):
    found = names_of(source)
    assert not found.is_opaque
    assert [problem.code for problem in found.problems] == ["DO008"]


def test_a_throwaway_underscore_is_not_history():
    assert names_of("for _ in range(3):\n    print(_)\na, _ = f()\n[_ for _ in a]").problems == ()


@pytest.mark.parametrize(
    ("source", "line"), [("x = = 1", 1), ("x = 1\nreturn x", 2), ("a\nb c", 2), ("%%time\nx = (", 2)]
)
def test_a_syntax_error_names_its_line(source, line):
    (problem,) = names_of(source).problems
    assert problem.code == "DO005"
    assert f"line {line}:" in problem.message


@pytest.mark.parametrize("source", ['"\\d"', "x is 1"])
def test_doubtful_code_is_not_our_business(source):
    assert names_of(source).problems == ()


def test_an_empty_cell_does_nothing():
    assert not names_of("# nothing\n").binds


def test_imports_keep_the_statement_of_each_name():
    assert names_of("import numpy as np, os.path\nfrom a.b import c as d, e").imports == {
        "np": "import numpy as np",
        "os": "import os.path",
        "d": "from a.b import c as d",
        "e": "from a.b import e",
    }


@pytest.mark.parametrize("source", ["if x:\n    import m", "import m\nm = 1", "import m\ndel m"])
def test_an_import_that_does_not_last_is_none(source):
    assert names_of(source).imports == {}


def test_plain_python_does_not_load_ipython():
    code = (
        "import sys; from jupyter_dataops.dataflow.names import names_of; names_of('x = 1 % 2');"
        "sys.exit('IPython' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
