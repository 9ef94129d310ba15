"""papermill's engine ``dataops``: runs a tagged notebook as a pipeline.

``papermill in.ipynb out.ipynb --engine dataops -p month 6`` and everything else that speaks papermill drives us through
this. The output is the original notebook with every node's outputs in its own cells; a failed node's error is where
papermill looks for it. Engine options: ``jobs``, ``fail_fast``.

papermill imports this module whenever it is itself imported, by anybody: so this one imports nothing until it is used.
"""

from __future__ import annotations

from typing import Any


class PipelineEngine:
    """What papermill asks of an engine (`papermill.engines.Engine`)."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """The executed notebook. See `jupyter_dataops.api.under_papermill`."""
        from jupyter_dataops.api.under_papermill import ManagedEngine  # noqa: PLC0415 - see the module's docstring

        return ManagedEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel that is asked for; else what `jupyter dataops run` takes, where papermill itself would refuse."""
        from jupyter_dataops.spec.notebook import DEFAULT_KERNEL  # noqa: PLC0415 - see the module's docstring

        return str(name or nb.metadata.get("kernelspec", {}).get("name") or DEFAULT_KERNEL)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language of `nb`, or `language`."""
        from papermill.utils import nb_language  # noqa: PLC0415 - see the module's docstring

        return str(nb_language(nb, language))
