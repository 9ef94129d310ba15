"""Recognises the functions of random generators that all code of a process shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DRAWS: Final[Mapping[str, frozenset[str]]] = {
    "random": _words(
        """betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits lognormvariate
        normalvariate paretovariate randbytes randint random randrange sample shuffle triangular uniform
        vonmisesvariate weibullvariate"""
    ),
    "numpy.random": _words(
        """beta binomial bytes chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace
        logistic lognormal logseries multinomial multivariate_normal negative_binomial noncentral_chisquare
        noncentral_f normal pareto permutation poisson power rand randint randn random random_integers random_sample
        ranf rayleigh sample shuffle standard_cauchy standard_exponential standard_gamma standard_normal standard_t
        triangular uniform vonmises wald weibull zipf"""
    ),
}
"""Functions of each shared generator that take the next numbers from it."""
_SEEDS: Final = frozenset({"seed", "setstate", "set_state"})
RANDOM_FUNCTIONS: Final = _SEEDS.union(*_DRAWS.values())
"""Last parts of the dotted names that are of interest here."""


def generators_in(names: Iterable[str], modules: Mapping[str, str]) -> dict[str, bool]:
    """Shared generators that these functions draw from or seed, to whether one of them seeds it.

    Parameters
    ----------
    names
        Functions, as the code writes them.
    modules
        Names bound by imports, to what they stand for.

    Examples
    --------
    >>> modules = {"np": "numpy", "mix": "random.shuffle"}
    >>> generators_in({"np.random.rand", "np.random.default_rng", "mix"}, modules)
    {'random': False, 'numpy.random': False}
    """
    found: dict[str, bool] = {}
    for name in sorted(names):
        base, dot, rest = name.partition(".")
        if base not in modules:
            continue
        generator, _, function = f"{modules[base]}{dot}{rest}".rpartition(".")
        if generator in _DRAWS and function in _DRAWS[generator] | _SEEDS:
            found[generator] = found.get(generator, False) or function in _SEEDS
    return found
