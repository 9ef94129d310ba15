"""Every setting: a new one is a row here, a field of `Settings`, and a row of ``docs/configuration.md``. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.config import forms, tables
from jupyter_dataops.config.forms import Form, TableForm


class Row(Struct, frozen=True):
    """One setting."""

    key: str
    """Its name in files, and the field of `Settings` that has it."""
    form: Form | TableForm
    is_private: bool = False
    """The environment of kernels does not have it: nodes have no use for it, and others had."""

    @property
    def variable(self) -> str:
        """The environment variable that gives it."""
        return f"DATAOPS_{self.key.upper()}"

    def text(self, value: Any) -> str:
        """The text of the variable that gives exactly `value`; empty: that of the default."""
        if value is None:
            return ""
        return self.form.text(value) if isinstance(self.form, TableForm) else self.form.write(value)

    def show(self, value: Any) -> Any:
        """The value as JSON, without anything secret."""
        if isinstance(self.form, TableForm):
            return {name: self.form.show(one) for name, one in value.items()}
        return self.form.show(value)


_ROWS: Final = (
    Row("store", Form(forms.store)),
    Row("artifacts", Form(forms.artifacts)),
    Row("executor", Form(forms.executor)),
    Row("jobs", Form(forms.count)),
    Row("max_active_runs", Form(forms.count)),
    Row("lease_s", Form(forms.seconds, repr)),
    Row("fork", Form(forms.switch, lambda is_on: "on" if is_on else "off")),
    Row("no_preload", Form(forms.modules, ",".join, list)),
    Row("actor", Form(forms.actor)),
    Row("policy", Form(forms.policy, lambda rules: json.dumps(list(rules)), list)),
    Row(
        "pools",
        TableForm(
            'sizes, "[pools]" with lines such as "gpu = 2"',
            tables.pool,
            read_text=tables.pool_sizes,
            write_text=tables.pool_text,
        ),
    ),
    Row("retry", TableForm('retry tags, "[retry]" with lines such as "retries = 2"', tables.retry)),
    Row("parameters", TableForm('values, "[parameters]" with lines such as "country = \'de\'"', tables.parameter)),
    Row(
        "secrets",
        TableForm('places, "[secrets]" with lines such as "TOKEN = \'env:GH_TOKEN\'"', tables.secret, str, str),
    ),
    Row(
        "notifications",
        TableForm(
            'tables, "[notifications.NAME]" with urls',
            tables.notification,
            tables.plain_notification,
            tables.shown_notification,
        ),
        is_private=True,
    ),
)

ROWS: Final[Mapping[str, Row]] = MappingProxyType({row.key: row for row in _ROWS})
"""Every setting, by its key."""
