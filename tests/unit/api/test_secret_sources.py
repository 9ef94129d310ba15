from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from jupyter_dataops.api import secret_sources
from jupyter_dataops.api.secret_sources import read_source
from jupyter_dataops.api.secret_values import read_secrets
from jupyter_dataops.config.secret_sources import parse_source
from jupyter_dataops.errors import ConfigError, EnvironmentRefused
from jupyter_dataops.extras import how_to_install
from tests.unit.api.test_secret_values import analysed, cell


class MemoryKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def get_password(self, service: str, username: str) -> str | None:
        if service == "broken":
            raise OSError("the door is locked")
        return {("github/team", "ada"): "hunter2lake"}.get((service, username))


@pytest.fixture
def ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


def source(text: str, folder: Path = Path("/")):
    return parse_source(text, folder)


def secret_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_variable_of_another_name_may_have_it():
    assert read_source(source("env:GH_TOKEN"), {"GH_TOKEN": "v"}) == "v"
    assert read_source(source("env:GH_TOKEN"), {}) == ""


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_is_the_secret_but_for_the_end_of_its_line(tmp_path, end):
    secret_file(tmp_path, f" two\nlines{end}")
    assert read_source(source("file:secret", tmp_path), {}) == " two\nlines"


def test_a_file_may_have_several_by_name(tmp_path):
    secret_file(tmp_path, "# ours\nexport A=one\nB='two three'\nC=\"$A\"\n")
    found = [read_source(source(f"file:secret#{name}", tmp_path), {}) for name in "ABCD"]
    assert found == ["one", "two three", "$A", ""]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_cures_it(tmp_path, mode):
    path = secret_file(tmp_path, "x", mode)
    with pytest.raises(EnvironmentRefused, match=f"open to others \\(mode 0{mode:o}\\)") as refused:
        read_source(source("file:secret", tmp_path), {})
    assert refused.value.hint == f"chmod 600 {path}"
    path.chmod(0o400)
    assert read_source(source("file:secret", tmp_path), {}) == "x"


def test_what_a_container_mounts_read_only_is_read_as_it_is(tmp_path, monkeypatch):
    secret_file(tmp_path, "x", 0o444)
    monkeypatch.setattr(secret_sources, "_is_read_only", lambda path: path.name == "secret")
    assert read_source(source("file:secret", tmp_path), {}) == "x"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(EnvironmentRefused, match=r"No such file.*missing"):
        read_source(source("file:missing", tmp_path), {})
    (tmp_path / "secret").write_bytes(b"\xff")
    (tmp_path / "secret").chmod(0o600)
    with pytest.raises(EnvironmentRefused, match="not text in UTF-8"):
        read_source(source("file:secret", tmp_path), {})


def test_the_keyring_is_asked(ring):
    assert read_source(source("keyring:github/team/ada"), {}) == "hunter2lake"
    assert read_source(source("keyring:github/team/bob"), {}) == ""
    with pytest.raises(EnvironmentRefused, match="does not answer: the door is locked"):
        read_source(source("keyring:broken/x"), {})


def test_without_the_package_the_keyring_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(EnvironmentRefused, match=re.escape(how_to_install("keyring"))):
        read_source(source("keyring:a/b"), {})


def test_a_configured_source_goes_before_the_variable_of_the_same_name():
    made = analysed(cell("x = 1", "node:a", "secret:TOKEN", "secret:KEY"))
    environ = {"TOKEN": "wrong", "GH_TOKEN": "right", "KEY": "mine"}
    assert read_secrets([made], environ, sources={"TOKEN": source("env:GH_TOKEN")}) == {"TOKEN": "right", "KEY": "mine"}


@pytest.mark.parametrize(
    ("said", "where", "hint"),
    [
        ("env:GH_TOKEN", "environment variable GH_TOKEN", "set GH_TOKEN where"),
        ("file:secret#GH", "secret#GH", "put it into file:"),
    ],
)
def test_one_that_is_not_there_is_refused_with_where_it_should_be(tmp_path, said, where, hint):
    secret_file(tmp_path, "OTHER=1")
    made = analysed(cell("x = 1", "node:a", "secret:TOKEN"))
    with pytest.raises(EnvironmentRefused, match="'TOKEN', which node 'a' uses, is not set") as refused:
        read_secrets([made], {}, sources={"TOKEN": source(said, tmp_path)})
    assert refused.value.where.endswith(where)
    assert refused.value.hint.startswith(hint)


def test_one_that_is_too_short_says_where_it_is():
    made = analysed(cell("x = 1", "node:a", "secret:PIN"))
    with pytest.raises(ConfigError, match="environment variable MY_PIN"):
        read_secrets([made], {"MY_PIN": "123"}, sources={"PIN": source("env:MY_PIN")})
