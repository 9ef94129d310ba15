"""The repository's files and the package's modules, for tests that look at them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "jupyter_dataops"
_NOT_OURS = frozenset({".git", ".venv", "node_modules", "__pycache__", "dist", "build"})
_BUILT = ("jupyter_dataops/labextension", "jupyter_dataops/static", "labextension/lib")


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the package, parsed."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def where(self) -> str:
        return self.path.relative_to(REPOSITORY).as_posix()


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package, by name."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is, or could be, committed; in a copy without git, all but what tools leave behind."""
    git = shutil.which("git")
    if git and (REPOSITORY / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        ).stdout.decode()
        return tuple(REPOSITORY / name for name in sorted(listed.split("\0")) if name and (REPOSITORY / name).is_file())
    return tuple(
        path
        for path in sorted(REPOSITORY.rglob("*"))
        if path.is_file()
        and not any(part in _NOT_OURS or part.endswith("_cache") for part in path.parts)
        and not path.relative_to(REPOSITORY).as_posix().startswith(_BUILT)
    )


def text_of(path: Path) -> str | None:
    """The file's text; `None` if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def is_public(name: str) -> bool:
    return not name.startswith("_")
