from __future__ import annotations

import json

import pytest

from jupyter_dataops.server.reading import read_request
from jupyter_dataops.server.refusals import MalformedRequest
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire.runs import LogRequest, RetryRequest, RunRef, RunRequest, RunsRequest

PATH = {"run_id": "last"}


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_a_query_is_text_that_the_model_reads() -> None:
    assert read_request(OPERATIONS["list_runs"], {}, {"limit": [b"7"], "path": [b"a b.ipynb"]}) == RunsRequest(
        limit=7, path="a b.ipynb"
    )


def test_path_and_query_make_one_request() -> None:
    found = read_request(OPERATIONS["get_log"], {"run_id": "r", "node": "etl/x"}, {"start": [b"0"]})

    assert found == LogRequest(run_id="r", node="etl/x", start=0)


def test_path_and_body_make_one_request() -> None:
    found = read_request(OPERATIONS["retry"], PATH, {}, _body(nodes=["a"], jobs=2))

    assert found == RetryRequest(run_id="last", nodes=["a"], jobs=2)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_a_body_may_be_left_out_where_the_path_says_all(body: bytes) -> None:
    assert read_request(OPERATIONS["cancel"], PATH, {}, body) == RunRef(run_id="last")


@pytest.mark.parametrize(
    "name", [{"token": [b"abc"]}, {"1764331200000": [b""]}, {"_xsrf": [b"x"]}, {"no_track_activity": [b"1"]}]
)
def test_what_jupyter_adds_to_an_address_is_no_field(name: dict[str, list[bytes]]) -> None:
    assert read_request(OPERATIONS["list_runs"], {}, name) == RunsRequest()


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ({"lmit": [b"1"]}, "lmit: Extra inputs"),
        ({"limit": [b"many"]}, "limit: Input should be a valid integer"),
        ({"limit": [b"0"]}, "limit: Input should be greater"),
        ({"limit": [b"1", b"2"]}, "'limit' is given twice"),
        ({"path": [b"\xff"]}, "'path' is not UTF-8"),
        ({"17": [b"value"]}, "17: Extra inputs"),
    ],
)
def test_a_query_that_means_nothing_is_refused(query: dict[str, list[bytes]], what: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        read_request(OPERATIONS["list_runs"], {}, query)

    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"path": "\\ud800"}', "not JSON"),
        (b'{"path": "x", "parameters": {"a": NaN}}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "path: Field required"),
        (_body(path="x", jobs="2"), "jobs: Input should be a valid integer"),
        (_body(path="x", fail_fast="yes"), "fail_fast: Input should be a valid boolean"),
        (_body(path=7), "path: Input should be a valid string"),
        (_body(path="x", jobs=0), "jobs: Input should be greater"),
        (b"[" * 5_000, "not JSON"),
    ],
)
def test_a_body_that_means_nothing_is_refused(body: bytes, what: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        read_request(OPERATIONS["create_run"], {}, {}, body)

    assert what in str(caught.value)


def test_what_the_path_says_is_not_said_again() -> None:
    with pytest.raises(MalformedRequest, match="'run_id' is given twice"):
        read_request(OPERATIONS["retry"], PATH, {}, _body(run_id="other"))


def test_parameters_are_whatever_json_has() -> None:
    values = {"text": "ä", "number": 1.5, "list": [1, None, {"deep": True}]}

    found = read_request(OPERATIONS["create_run"], {}, {}, _body(path="x", parameters=values))

    assert found == RunRequest(path="x", parameters=values)
