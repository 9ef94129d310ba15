"""The parameters that a fire gives its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.spec.parameters import Parameter


def parameters_of(schedule: ScheduleRecord, fire: FireRecord, declared: Sequence[Parameter]) -> Mapping[str, Any]:  # noqa: ARG001
    """Those of the schedule, and over them those of the fire; templates are filled in."""
    return {**schedule.parameters, **fire.parameters}
