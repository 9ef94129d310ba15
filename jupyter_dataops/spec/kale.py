"""Kale's tags in our words. A pure translation, tag by tag; see Kale's page on annotating notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

METADATA_KEY: Final = "kubeflow_notebook"
"""Where Kale, since its first releases, keeps a pipeline's name and settings in the notebook."""

# Kale prints what a `pipeline-metrics` cell names; as a node of its own the cell runs, and shows, just that.
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "imports": "setup",
        "functions": "setup",
        "pipeline-parameters": "parameters",
        "pipeline-metrics": "node:pipeline-metrics",
        "skip": "skip",
    }
)
_CACHE: Final[Mapping[str, str]] = MappingProxyType({"enabled": "cache:on", "disabled": "cache:off"})
_FOREIGN: Final = frozenset({"limit", "image", "annotation", "label", "report"})
_SECRET_PARTS = 3


def from_kale(text: str) -> str | None:
    """The tag `text` in our words, unchanged if it is not Kale's; `None` where Kale ignores it.

    Examples
    --------
    >>> from_kale("step:train"), from_kale("prev:load"), from_kale("imports"), from_kale("node:mine")
    ('node:train', 'after:load', 'setup', 'node:mine')
    >>> from_kale("block:") is None
    True
    """
    key, colon, value = (part.strip() for part in text.partition(":"))
    if not colon:
        return _WORDS.get(key, text)
    if key in ("step", "block"):
        return _WORDS.get(value, f"node:{value}") if value else None
    if key == "prev":
        return f"after:{value}" if value else None
    if key == "cache":
        return _CACHE.get(value, text)
    parts = value.split(":")
    if key == "secret" and len(parts) == _SECRET_PARTS:  # Kubernetes secret, its key, the variable it is seen as
        return f"secret:{parts[-1]}"
    return text


def is_foreign(text: str) -> bool:
    """Whether `text` is an option of Kale's for Kubernetes, which is kept and shown but not acted on.

    Examples
    --------
    >>> is_foreign("limit:nvidia.com/gpu:1"), is_foreign("timeout:1m")
    (True, False)
    """
    key, colon, _ = text.partition(":")
    return bool(colon) and key.strip() in _FOREIGN


def pipeline_name(metadata: Mapping[str, Any]) -> str | None:
    """The name that Kale's notebook metadata, old or new, gives the pipeline."""
    settings = metadata.get(METADATA_KEY)
    name = settings.get("pipeline_name") if isinstance(settings, Mapping) else None
    return name.strip() or None if isinstance(name, str) else None
