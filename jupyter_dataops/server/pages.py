"""What is served besides the operations: the report of a run as a page, the description of the API, and refusals."""

from __future__ import annotations

import json
from typing import Final, cast

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server.handlers import ROOT, DataOpsHandler, guarded
from jupyter_dataops.server.reading import read_request
from jupyter_dataops.service.openapi import openapi
from jupyter_dataops.service.operations import OPERATIONS
from jupyter_dataops.service.wire.runs import Report

REPORT_ROUTE: Final = f"{ROOT}runs/(?P<run_id>[^/]+)/report.html"
DOCUMENT_ROUTE: Final = f"{ROOT}openapi.json"
ELSEWHERE: Final = f"{ROOT.removesuffix('/')}(?:/.*)?"
"""Whatever else lies below the root."""

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Outputs of notebooks are not trusted: the page may style itself and nothing more, and has an origin of its own."""


class ReportPage(DataOpsHandler):
    """The report of a run, to be shown in a frame."""

    async def _get(self, run_id: str) -> None:
        row = OPERATIONS["report"]
        try:
            request = read_request(row, {"run_id": run_id}, self.request.query_arguments)
            report = cast("Report", await self.app.backend.answer(row.name, request, self.actor))
        except DataOpsError as error:
            self.refuse(error)
            return
        self.set_header("Content-Security-Policy", PAGE_POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        self.finish(report.html, set_content_type="text/html; charset=utf-8")

    get = guarded(_get, OPERATIONS["report"].action)


class Document(DataOpsHandler):
    """The description of the API."""

    async def _get(self) -> None:
        self.finish(json.dumps(openapi(server=f"{self.base_url}{ROOT.strip('/')}")))

    get = guarded(_get, "read")


class NoSuchRoute(DataOpsHandler):
    """Says that nothing is here, in JSON."""

    async def _refuse(self) -> None:
        self.send_error(404)

    get = guarded(_refuse, "read")
    post = guarded(_refuse, "read")
