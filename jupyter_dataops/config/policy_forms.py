"""How the rules of a policy are written: which there are, and what stands behind ``=``. Pure.

What each forbids is in `jupyter_dataops.deploying.policy_rules`, which has a row for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from jupyter_dataops.spec.suggestions import suggestion

A_NUMBER: Final = "a number"
NAMES: Final = "names"


class RuleForm(Struct, frozen=True):
    """How one rule is written."""

    takes: str = ""
    """What may stand behind ``=``; empty: nothing."""
    default: str = ""
    """What counts where nothing does."""


RULE_FORMS: Final[Mapping[str, RuleForm]] = MappingProxyType(
    {
        "owner": RuleForm(),
        "no_absolute_paths": RuleForm(),
        "no_pickles": RuleForm(),
        "checks": RuleForm(A_NUMBER, "1"),
        "tested": RuleForm(),
        "pinned_parameters": RuleForm(NAMES),
        "max_retries": RuleForm(A_NUMBER, "3"),
        "kernels": RuleForm(NAMES, "python3"),
        "timeouts": RuleForm(),
        "no_warnings": RuleForm(),
        "complete": RuleForm(),
        "same_packages": RuleForm(),
    }
)
"""Every rule, by its name."""


def is_own(written: str) -> bool:
    """Whether it is a rule of the user's, ``module:callable``."""
    module, mark, attribute = written.partition(":")
    return bool(mark) and all(part.isidentifier() for part in (*module.split("."), *attribute.split(".")))


def parse_rule(written: str) -> tuple[str, str]:
    """Name and value of a rule that is none of the user's.

    Raises
    ------
    ValueError
        There is no such rule, or it takes no such value; the message completes "the policy ...".

    Examples
    --------
    >>> parse_rule("max_retries=2"), parse_rule("checks"), parse_rule("owner")
    (('max_retries', '2'), ('checks', '1'), ('owner', ''))
    >>> parse_rule("ownr")
    Traceback (most recent call last):
    ValueError: has an unknown rule 'ownr': did you mean 'owner'? Rules of your own are written module:callable
    """
    name, mark, value = (part.strip() for part in written.partition("="))
    form = RULE_FORMS.get(name)
    if form is None:
        known = suggestion(name, RULE_FORMS) or f"the rules are {', '.join(RULE_FORMS)}."
        raise ValueError(f"has an unknown rule '{name}': {known} Rules of your own are written module:callable")
    if mark and not form.takes:
        raise ValueError(f"has a value for the rule '{name}', which takes none: write '{name}'")
    if mark and (not value.strip("| ") or (form.takes == A_NUMBER and not value.isdecimal())):
        raise ValueError(f"has {value!r} for the rule '{name}', which takes {form.takes}")
    return name, value or form.default
