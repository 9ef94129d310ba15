from __future__ import annotations

from http import HTTPStatus

import pytest
from pydantic import ValidationError
from tornado.web import HTTPError

from jupyter_dataops import errors
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server import refusals
from jupyter_dataops.server.refusals import STATUSES, malformed, refusal_of_http, status_of
from jupyter_dataops.service.wire.runs import RunsRequest


def _all_kinds(kind: type[DataOpsError] = DataOpsError) -> list[type[DataOpsError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all_kinds(child))]


def test_every_error_of_the_tree_has_a_status_that_is_no_mistake_of_ours() -> None:
    kinds = [kind for kind in _all_kinds() if kind.__module__ in (errors.__name__, refusals.__name__)]

    found = {kind.__name__: status_of(kind("wrong")) for kind in kinds}

    assert len(found) > 20
    assert HTTPStatus.INTERNAL_SERVER_ERROR not in found.values()
    assert {name for name, status in found.items() if status >= 500} == {
        "StoreError",
        "StoreUnavailable",
        "StoreTooNew",
    }


def test_a_status_is_given_for_each_branch_of_the_tree() -> None:
    assert {kind.__name__ for kind in DataOpsError.__subclasses__() if kind.__module__ == errors.__name__} <= {
        kind.__name__ for kind in STATUSES
    }


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.UsageError, 400),
        (errors.ParameterError, 400),
        (errors.RunNotFound, 404),
        (errors.NodeNotFound, 404),
        (errors.InvalidPipeline, 422),
        (errors.ArtifactMissing, 404),
        (errors.ArtifactCorrupt, 422),
        (errors.IllegalMove, 409),
        (errors.StoreUnavailable, 503),
        (errors.EnvironmentRefused, 409),
        (refusals.OutsideContents, 404),
        (refusals.RequestTooLarge, 413),
    ],
)
def test_an_error_has_the_status_that_a_browser_understands(kind: type[DataOpsError], status: int) -> None:
    assert status_of(kind("wrong")) == status


def test_a_malformed_request_names_fields_and_not_values() -> None:
    with pytest.raises(ValidationError) as caught:
        RunsRequest.model_validate({"limit": "the password", "more": "hunter2"})

    refused = malformed(caught.value, "list_runs")

    assert "limit: Input should be a valid integer" in refused.where
    assert "more: Extra inputs are not permitted" in refused.where
    assert "password" not in str(refused)
    assert "hunter2" not in str(refused)


def test_of_many_problems_the_first_are_told() -> None:
    with pytest.raises(ValidationError) as caught:
        RunsRequest.model_validate({f"x{n}": n for n in range(12)})

    assert malformed(caught.value, "list_runs").where.endswith("; and 7 more")


def test_an_error_of_tornado_keeps_its_message() -> None:
    refused = refusal_of_http(HTTPError(404, "nothing there"), 404)

    assert (refused.code, refused.message) == ("not_found", "nothing there")


def test_a_mistake_of_ours_tells_nothing_but_that_it_happened() -> None:
    refused = refusal_of_http(KeyError("/home/ana/.secret"), 500)

    assert refused.code == "internal"
    assert "secret" not in refused.model_dump_json()


def test_a_status_that_nobody_knows_has_a_refusal_too() -> None:
    assert refusal_of_http(None, 499).message == "status 499"
