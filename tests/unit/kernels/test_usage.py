from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_dataops.kernels import usage
from jupyter_dataops.kernels.usage import distributions, imported, peak_memory_bytes, usage_of
from jupyter_dataops.records import Usage
from jupyter_dataops.store.codec import to_json, usage_from_json


def site(folder: Path, **entries: str) -> Path:
    """A folder of installed distributions: ``name__1_2="what is in RECORD"``."""
    for entry, record in entries.items():
        name, _, number = entry.rpartition("__")
        place = folder / f"{name}-{number.replace('_', '.')}.dist-info"
        place.mkdir()
        (place / "RECORD").write_text(record)
    return folder


def test_a_kernel_tells_its_python_and_what_it_has_imported_by_folder() -> None:
    told = json.loads(json.dumps(imported()))
    assert told["python"] == platform.python_version()
    here = next(names for names in told["modules"].values() if "psutil" in names)
    assert "json" not in [name for names in told["modules"].values() for name in names]
    assert "psutil._common" not in here


def test_what_was_imported_is_told_as_the_distributions_that_brought_it() -> None:
    script = (
        "import json, yaml, zmq, numpy, dateutil; from jupyter_dataops.kernels.usage import imported; "
        "print(json.dumps(imported()))"
    )
    told = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    found = usage_of(told, 1000)
    assert found is not None
    assert (found.python, found.peak_memory_bytes) == (platform.python_version(), 1000)
    wanted = {name: version(name) for name in ("pyyaml", "pyzmq", "numpy", "python-dateutil")}
    assert {name: found.packages.get(name) for name in wanted} == wanted
    assert list(found.packages) == sorted(found.packages)


def test_a_distribution_of_another_name_is_found_by_its_files(tmp_path: Path) -> None:
    place = site(
        tmp_path,
        pillow__13_0="PIL/__init__.py,,\n",
        six__1_17="six.py,,\n",
        Foo_Bar__2_0="foo_bar/a.py,,\n",
        odd__1="PILOT/x.py,,\n",
    )
    assert dict(distributions(str(place), ["PIL", "six", "foo_bar"])) == {
        "pillow": "13.0", "six": "1.17", "foo-bar": "2.0"
    }  # fmt: skip


def test_modules_that_nothing_installed_has_brought_are_left_out(tmp_path: Path) -> None:
    assert dict(distributions(str(site(tmp_path, six__1_0="six.py,,\n")), ["helpers"])) == {}
    assert dict(distributions(str(tmp_path / "gone"), ["six"])) == {}


def test_what_is_installed_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = site(tmp_path, pillow__1_0="PIL/__init__.py,,\n")
    read: list[str] = []
    real = usage._brings
    monkeypatch.setattr(usage, "_brings", lambda entry, module: (read.append(module), real(entry, module))[1])
    for _ in range(100):
        assert dict(distributions(str(place), ["PIL"])) == {"pillow": "1.0"}
    assert read == ["PIL"]
    (place / "pillow-1.0.dist-info").rename(place / "pillow-1.1.dist-info")
    os.utime(place, ns=(1, 1))
    assert dict(distributions(str(place), ["PIL"])) == {"pillow": "1.1"}


def test_what_was_loaded_of_others_is_told_once_each_in_order() -> None:
    script = (
        "import json; from jupyter_dataops.ids import RunId; from jupyter_dataops.records import LoadedAsset;"
        "from jupyter_dataops.kernels.usage import imported, note_loaded;"
        "[note_loaded(LoadedAsset('sales', n, RunId('r'), '/etl.ipynb')) for n in (2, 1, 2)];"
        "print(json.dumps(imported()))"
    )
    told = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    found = usage_of(told, None)
    assert found is not None
    assert [one.label for one in found.loaded] == ["sales@2", "sales@1"]
    assert usage_from_json(json.loads(json.dumps(to_json(found)))) == found


def test_without_words_of_the_kernel_memory_alone_is_known() -> None:
    assert usage_of(None, 5) == Usage(peak_memory_bytes=5)
    assert usage_of(None, None) is None


def test_the_peak_counts_what_was_freed_again() -> None:
    script = "x = bytearray(200_000_000); x[::4096] = b'1' * len(x[::4096]); del x; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = peak_memory_bytes(process.pid)
        process.communicate(b"\n")
    assert found is not None
    assert found > 200_000_000 or sys.platform != "linux"


def test_a_process_that_is_gone_has_no_peak() -> None:
    with subprocess.Popen(["/bin/true"]) as gone:
        gone.wait()
    assert peak_memory_bytes(gone.pid) is None


def test_where_the_system_keeps_no_peak_the_present_size_counts() -> None:
    assert usage._by_psutil(os.getpid()) is not None
