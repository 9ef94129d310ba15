"""When a schedule fires, and what is to be done about it: pure decisions over values. The clock is an argument.

`Trigger` and `Policy` are the values; `next_fire` and its neighbours know when a trigger fires, `decide` what a service
has to do now. No disk, no network, no clock; the database of zones is all that is read.
"""

from jupyter_dataops.schedules.as_json import policy_from_json, policy_to_json, trigger_from_json, trigger_to_json
from jupyter_dataops.schedules.describing import describe
from jupyter_dataops.schedules.due import decide, resume
from jupyter_dataops.schedules.facts import ActiveRun, Decision, Facts, Occurrences, Verdict
from jupyter_dataops.schedules.fires import fires_between, next_fire
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.preview import Preview, upcoming
from jupyter_dataops.schedules.templates import FireContext, check_templates, render_parameters
from jupyter_dataops.schedules.text import format_trigger, parse_trigger
from jupyter_dataops.schedules.triggers import (
    AllOf,
    AnyOf,
    Asset,
    At,
    Condition,
    Cron,
    File,
    Interval,
    Trigger,
    signal_key,
    signalled,
)
from jupyter_dataops.states import FireFate

__all__ = [
    "ActiveRun",
    "AllOf",
    "AnyOf",
    "Asset",
    "At",
    "Catchup",
    "Condition",
    "Cron",
    "Decision",
    "Facts",
    "File",
    "FireContext",
    "FireFate",
    "Interval",
    "Occurrences",
    "OnFold",
    "OnGap",
    "Overlap",
    "Policy",
    "Preview",
    "Trigger",
    "Verdict",
    "check_templates",
    "decide",
    "describe",
    "fires_between",
    "format_trigger",
    "next_fire",
    "parse_trigger",
    "policy_from_json",
    "policy_to_json",
    "render_parameters",
    "resume",
    "signal_key",
    "signalled",
    "trigger_from_json",
    "trigger_to_json",
    "upcoming",
]
