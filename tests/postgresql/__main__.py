"""``python -m tests.postgresql``: the contract suites of all stores on a real PostgreSQL server.

It starts a server of its own, in a folder of its own, reachable through a socket in there alone, and ends it. Where
``DATAOPS_TEST_POSTGRESQL`` names a database, the server of that is used, and the tests make others there. Not part of
``make test``: PostgreSQL is not everywhere, and this takes minutes. Arguments are passed on to pytest.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.source_tree import REPOSITORY

SUITES = ("tests/contract", "tests/postgresql")
VARIABLE = "DATAOPS_TEST_POSTGRESQL"
# Nothing of it is to outlast the tests, a power cut least of all.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def main() -> int:
    """What pytest says."""
    if url := os.environ.get(VARIABLE):
        return run_tests(url)
    with a_server() as url:
        return run_tests(url)


def run_tests(url: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-k", "postgresql", *(sys.argv[1:] or SUITES)]
    return subprocess.run(command, cwd=REPOSITORY, env={**os.environ, VARIABLE: url}, check=False).returncode


@contextmanager
def a_server() -> Iterator[str]:
    """URL of a database of a server that is there meanwhile."""
    programs = programs_of_postgresql()
    user = user_to_be()
    with tempfile.TemporaryDirectory(prefix="dataops-postgresql-") as place:
        folder = Path(place)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)

        def call(program: str, *arguments: str) -> None:
            log = folder / f"{program}.log"
            with log.open("w") as output:
                done = subprocess.run(
                    [programs / program, "-D", str(folder / "data"), *arguments],
                    cwd=folder,
                    user=user and user.pw_uid,
                    group=user and user.pw_gid,
                    extra_groups=user and [],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            if done.returncode:
                sys.exit(f"{program} failed:\n{log.read_text()}")

        call("initdb", "--auth", "trust", "--username", "tests", "--encoding", "UTF8", "--no-sync")
        options = " ".join(f"-c {option}" for option in FAST)
        call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -h '' {options}", "start")
        try:
            yield f"postgresql+psycopg://tests@/postgres?host={folder}"
        finally:
            call("pg_ctl", "-m", "immediate", "stop")


def programs_of_postgresql() -> Path:
    """The folder with `initdb` and `pg_ctl`: Debian has them beside the PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name.zfill(3))]
    if (found := shutil.which("pg_ctl")) is not None:
        places.append(Path(found).resolve().parent)
    for place in reversed(places):
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    return sys.exit(
        "No PostgreSQL server found: install one (Debian: apt-get install postgresql; macOS: brew install postgresql)"
    )


def user_to_be() -> pwd.struct_passwd | None:
    """Whom the server runs as; `None`: as we do. It refuses to be root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return sys.exit("PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' for it")


if __name__ == "__main__":
    sys.exit(main())
