"""What Jupyter Server loads."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Integer

from jupyter_dataops.api.deliveries import Deliveries
from jupyter_dataops.api.recovery import find_dead_runs
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server.announcements import SCHEMAS
from jupyter_dataops.server.backend import Answers, Backend, Tell, Watches
from jupyter_dataops.server.handlers import handlers
from jupyter_dataops.server.languages import carry_catalogues
from jupyter_dataops.server.metrics import Metrics, shared_metrics
from jupyter_dataops.server.news import News
from jupyter_dataops.server.pages import DOCUMENT_ROUTE, ELSEWHERE, REPORT_ROUTE, Document, NoSuchRoute, ReportPage
from jupyter_dataops.server.places import ContentsPlaces
from jupyter_dataops.server.reporter import Reporter
from jupyter_dataops.server.rounds import Rounds
from jupyter_dataops.server.stream import GOING_AWAY, ROUTE, StreamHandler
from jupyter_dataops.wiring import Layout, SystemClock, open_run_store

if TYPE_CHECKING:
    from jupyter_dataops.scheduling.service import SchedulerService


class DataOpsServerApp(ExtensionApp):
    """The extension `jupyter_dataops`; traits are set as `c.DataOpsServerApp.name` in the server's configuration."""

    name = "jupyter_dataops"

    max_request_bytes = Integer(
        64 * 1024 * 1024, min=1, help="Longest body of a request; a longer one is refused with 413."
    ).tag(config=True)
    threads = Integer(4, min=1, help="How many requests are worked on at the same time; others wait.").tag(config=True)
    watch_interval_s = Float(
        0.05, min=0.01, help="Seconds between two looks at what is new, while a browser watches runs."
    ).tag(config=True)
    news_interval_s = Float(
        1.0, min=0.01, help="The same for events and metrics, while no browser watches. A look costs microseconds."
    ).tag(config=True)
    run_scheduler = Bool(
        False, help="Whether this server starts what schedules have due, as `jupyter dataops scheduler` does."
    ).tag(config=True)
    follow_links = Bool(
        False,
        help="Whether a symbolic link below the root folder may lead to a notebook outside.",
    ).tag(config=True)

    backend: Backend
    rounds: Rounds
    metrics: Metrics
    reporter: Reporter
    _places: ContentsPlaces
    scheduler: SchedulerService | None = None

    def initialize_settings(self) -> None:
        """Everything is built; nothing is opened, or waited for, before the server serves."""
        server: Any = self.serverapp
        carry_catalogues()
        self.metrics = shared_metrics()
        self._places = ContentsPlaces(server.contents_manager, may_follow_links=self.follow_links)
        self.backend = Backend(self.open_service, self.open_watcher, threads=self.threads)
        for schema in SCHEMAS:
            server.event_logger.register_event_schema(schema)
        self.reporter = Reporter(self._open_news, self.backend.in_thread, server.event_logger, self.log)
        self.rounds = Rounds(
            self.backend.in_thread,
            self._round,
            self.reporter.glance,
            often_s=self.watch_interval_s,
            seldom_s=self.news_interval_s,
        )
        server.io_loop.add_callback(self.rounds.start)
        if self.run_scheduler:
            server.io_loop.add_callback(self._start_scheduler)

    def initialize_handlers(self) -> None:
        """Every route of the table of operations is served, and the few that are none."""
        self.handlers.extend(handlers())
        self.handlers.append((REPORT_ROUTE, ReportPage))
        self.handlers.append((DOCUMENT_ROUTE, Document))
        self.handlers.append((ROUTE, StreamHandler))
        self.handlers.append((ELSEWHERE, NoSuchRoute))

    async def stop_extension(self) -> None:
        """Nothing of the extension is left; runs go on, since they are processes of their own."""
        for one in self.rounds.lookers:
            if isinstance(one, StreamHandler):
                one.close(GOING_AWAY, "the server stops")
        await self._stop_scheduler()
        await self.rounds.stop()
        self.reporter.close()
        if "_deliveries" in self.__dict__:  # looked at once
            await self.backend.in_thread(self._deliveries.close)
        self.backend.close()

    async def _round(self) -> None:
        """What is new is emitted, and what runners have left unsent is on its way."""
        await self.reporter.report()
        if self.reporter.follows:
            self._deliveries.look()

    # -- what is opened when it is first needed, in a thread

    def open_service(self) -> Answers:
        """The service for the notebooks below the server's root. Raises `DataOpsError`."""
        from jupyter_dataops.service.service import Service  # noqa: PLC0415 - a second that no server's start need pay

        return Service(self._places, self._settings, load_settings)

    def open_watcher(self, service: Any, tell: Tell) -> Watches:
        """What tells `tell` of what is watched."""
        from jupyter_dataops.service.watcher import Watcher  # noqa: PLC0415 - see `open_service`

        return Watcher(service, tell)

    def _open_news(self, after: int | None) -> News | None:
        settings = self._settings
        if not Path(settings.store).exists():
            # Whoever has never run a pipeline needs no store, and no database library in memory.
            return None
        store, layout, clock = open_run_store(settings), Layout.of(settings), SystemClock()
        return News(
            store,
            self.metrics,
            find_dead=lambda: find_dead_runs(store, layout, clock),
            path_of=self._places.shown,
            after=after,
        )

    async def _start_scheduler(self) -> None:
        def open_it() -> SchedulerService:
            from jupyter_dataops.scheduling.service import SchedulerService  # noqa: PLC0415 - see `open_service`

            return SchedulerService(self._settings)

        try:
            self.scheduler = await self.backend.in_thread(open_it)
        except DataOpsError as error:
            self.log.error("schedules are not served: %s", error)  # noqa: TRY400 - it says what is wrong
            return
        self.scheduler.start()

    async def _stop_scheduler(self) -> None:
        service, self.scheduler = self.scheduler, None
        if service is not None:
            service.stop()
            await self.backend.in_thread(service.join)

    @cached_property
    def _deliveries(self) -> Deliveries:
        return Deliveries(self._settings)

    @cached_property
    def _settings(self) -> Settings:
        return load_settings(self._places.root)
