import pytest

from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes


def found_in_parameters(source):
    return [one.message for one in check(notebook(cell(source, "parameters"), cell("x", "node:a")))]


@pytest.mark.parametrize(
    "source",
    [
        "", "# only a comment", "x = -1", "x: int = 3", "x = [1, 'a', None, {'b': (1.5, True)}]", "x = 60 * 60",
        "x = '''a\nb'''", "'''help'''\nx = 1", "a = b = 1", "x = 1  # type: help", "x = = 1", "%matplotlib inline",
    ],
)  # fmt: skip
def test_literal_parameters_are_fine(source):
    assert found_in_parameters(source) == []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("import os", "line 1 of the 'parameters' cell is not the assignment of a literal value: import os"),
        ("a = 1\nb = a + 1", "line 2 of the 'parameters' cell is not the assignment of a literal value: b = a + 1"),
        ("x = f()", "x = f()"),
        ("x += 1", "x += 1"),
        ("x[0] = 1", "x[0] = 1"),
        ("x: int", "x: int"),
        ("x = f'{y}'", "x = f'{y}'"),
        ("print(1)", "print(1)"),
    ],
)
def test_anything_else_in_a_parameters_cell_is_shown(source, shown):
    (message,) = found_in_parameters(source)
    assert message.endswith(shown)


def found_in(source):
    return [one.message for one in check(notebook(cell(source, "node:a")))]


@pytest.mark.parametrize(
    "source",
    [
        "open('/home/ada/x.csv')", "p = r'C:\\data\\x.csv'", "p = 'D:/x'", "p = '/mnt/share/x'", "%time p = 1\np = '/data/x'",
        "p = f'/Users/{name}/x'", r"p = '\\\\server\\share'", "%%time\nopen('/var/x')",
    ],
)  # fmt: skip
def test_absolute_paths_are_pointed_out(source):
    (message,) = found_in(source)
    assert "absolute path" in message


@pytest.mark.parametrize(
    "source",
    [
        "password = 'hunter2!'", "db_password: str = 'hunter2!'", "connect(api_key='a1b2c3d4')", "{'token': 'a1b2c3d4'}",
        "os.environ['API_TOKEN'] = 'a1b2c3d4'", "self.secret = 'a1b2c3d4'", "k = 'AKIA" + "A" * 16 + "'",
        "url = 'postgresql://ada:lovelace@db/x'", "k = '-----BEGIN RSA " + "PRIVATE KEY-----'",
    ],
)  # fmt: skip
def test_secrets_are_pointed_out_and_never_repeated(source):
    (message,) = found_in(source)
    assert "secret" in message or "key or password" in message
    assert not any(secret in message for secret in ("hunter2", "a1b2c3d4", "lovelace", "AAAA"))


@pytest.mark.parametrize(
    "source",
    [
        "open('data/x.csv')", "url = '/api/v1/items'", "x = a / home", "fmt = '%Y/%m'", "url = 'https://example.org/home/x'",
        "token = ''", "token = 'abc'", "password = '<your password>'", "api_key = 'YOUR_API_KEY'", "token = os.environ['TOKEN']",
        "prompt = 'enter the password'", "tokens = 'not one but many'", "x = = 1", "!cat /home/ada/x", "%%bash\nls /home/ada",
        "title = 'C: the language'", "url = 'postgresql://{user}:{password}@db/x'",
    ],
)  # fmt: skip
def test_ordinary_code_is_left_alone(source):
    assert found_in(source) == []


def test_skipped_cells_are_not_looked_at():
    assert check(notebook(cell("x = 1", "node:a"), cell("open('/home/ada/x')", "skip"))) == ()


# -- assets that a reused node would load

LOADS = "import jupyter_dataops\nsales = jupyter_dataops.load_asset"


@pytest.mark.parametrize("said", ["(name)", "('sales', number)", "('sales', store='s')", "(*those)", "(**those)", ""])
@pytest.mark.parametrize("cache", ["cache:on", "cache:1d"])
def test_a_node_that_is_to_be_reused_says_which_asset_it_loads(said: str, cache: str) -> None:
    setup = cell("name, number, those = 'sales', 1, ()", "setup")
    (found,) = check(notebook(setup, cell(LOADS + said, "node:a", cache)))
    assert (found.code, found.node, found.cell_index) == ("DO030", "a", 1)
    assert found.message.startswith("line 2 does not say which asset it loads, or which version")
    assert found.message.endswith(f"'{cache}' has no effect")


@pytest.mark.parametrize("said", ["('sales')", "('sales', version=None)", "('sales', 3)", "(name, version=3)"])
def test_an_asset_that_is_named_may_be_loaded(said: str) -> None:
    assert codes(notebook(cell("name = 'sales'", "setup"), cell(LOADS + said, "node:a", "cache:on"))) == []


@pytest.mark.parametrize("said", ["(name)", "('sales', number)", "(version=number, name=name)"])
def test_an_asset_that_parameters_name_may_be_loaded(said: str) -> None:
    parameters = cell("name = 'sales'\nnumber = 1", "parameters")
    assert codes(notebook(parameters, cell(LOADS + said, "node:a", "cache:on"))) == []


@pytest.mark.parametrize("cache", ["cache:off", "retries:1"])
def test_a_node_that_nobody_wants_reused_may_load_any(cache: str) -> None:
    assert codes(notebook(cell("name = 'sales'", "setup"), cell(LOADS + "(name)", "node:a", cache))) == []


def test_a_function_of_that_name_that_is_not_ours_is_left_alone() -> None:
    mine = cell("from game import load_asset", "setup")
    assert codes(notebook(mine, cell("tree = load_asset(1)", "node:a", "cache:on"))) == []
