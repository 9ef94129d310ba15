"""What the page about the server lists is what there is."""

from __future__ import annotations

import re
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest
from yaml import safe_load

from jupyter_dataops.server.announcements import SCHEMAS
from jupyter_dataops.server.app import DataOpsServerApp
from jupyter_dataops.server.metrics import make_metrics
from jupyter_dataops.server.refusals import STATUSES
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire.watching import Told, WatchRequest
from tests.support.source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "server.md").read_text("utf-8")


def section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables in a section, without their heads."""
    lines = [line for line in section(heading).splitlines() if re.match(r"\| *`", line)]
    return [[part.strip() for part in line.strip("|").split(" | ")] for line in lines]


def test_routes_are_those_of_the_table() -> None:
    expected = [
        [f"`{row.name}`", f"`{row.method} {row.route}`", row.action, row.summary] for row in OPERATIONS.values()
    ]

    assert [[part.strip() for part in row] for row in rows("Routes")] == expected


def test_messages_of_the_stream_are_those_of_the_wire() -> None:
    asked = {kind.model_fields["op"].default for kind in get_args(get_args(WatchRequest)[0])}
    told = {kind.model_fields["kind"].default for kind in get_args(get_args(Told)[0])}

    assert {row[0].strip("`") for row in rows("The stream")} == asked | told


def test_events_are_those_of_the_schemas() -> None:
    schemas = [safe_load(path.read_text("utf-8")) for path in SCHEMAS]
    listed = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2])) for row in rows("Events")}
    common = set(re.findall(r"`(\w+)`", section("Events").split("Every event has")[1].split(".")[0]))

    assert listed.keys() == {schema["$id"].split("/jupyter_dataops/")[1].split("/")[0] for schema in schemas}
    for schema in schemas:
        name = schema["$id"].split("/jupyter_dataops/")[1].split("/")[0]
        assert common | listed[name] == set(schema["properties"]), name
        assert schema["$id"] in PAGE


def test_metrics_are_those_of_the_registry() -> None:
    registry = CollectorRegistry()
    make_metrics(registry)
    named = re.findall(r"^# HELP (\w+)", generate_latest(registry).decode(), re.MULTILINE)

    assert {row[0].strip("`") for row in rows("Metrics")} == {name for name in named if not name.endswith("_created")}


def test_settings_are_the_traits_of_the_extension() -> None:
    own = DataOpsServerApp.class_own_traits(config=True)
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows("Configuration")}

    assert listed.keys() == own.keys()
    for name, default in listed.items():
        assert str(own[name].default_value) == default.replace("_", ""), name


def test_statuses_are_those_that_errors_have() -> None:
    listed = {int(status) for status in re.findall(r"^\| *`(\d{3})`", section("Errors"), re.MULTILINE)}

    assert listed == {status.value for status in STATUSES.values()} | {403, 405, 500}
