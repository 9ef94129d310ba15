"""The works that contestants share: chains, fans and diamonds of nodes, as a work and as a tagged notebook."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.work import Node, Work, notebook

JOBS = 2
_FRAMES = "import numpy as np\nimport pandas as pd"


def chain(size: int) -> Work:
    """Trivial nodes, each reading the number of the one before; the last one checks the sum."""
    nodes = [Node("n0", (), "n0 = 1")]
    nodes += [Node(f"n{index}", (f"n{index - 1}",), f"n{index} = 1 + n{index - 1}") for index in range(1, size)]
    return _work(nodes, f"n{size - 1} == {size}")


def independent(size: int) -> Work:
    """Trivial nodes that have nothing to do with each other."""
    nodes = [Node(f"n{index}", (), f"n{index} = 1") for index in range(size)]
    return _work(nodes, f"n{size - 1} == 1")


def fan(size: int) -> Work:
    """Independent trivial nodes, and one that joins them."""
    names = tuple(f"n{index}" for index in range(size))
    nodes = [Node(name, (), f"{name} = 1") for name in names]
    return _work([*nodes, Node("join", names, f"join = {' + '.join(names)}")], f"join == {size}")


def diamond(megabytes: int) -> Work:
    """Four nodes that import pandas and hand a frame of this size on: one makes it, two change it, one adds them up."""
    rows = megabytes * 10**6 // 80
    made = f"a = pd.DataFrame(np.random.default_rng(0).random(({rows}, 10)), columns=list('abcdefghij'))"
    nodes = [
        Node("a", (), made),
        Node("b", ("a",), "b = a + 1"),
        Node("c", ("a",), "c = a * 2"),
        Node("d", ("b", "c"), "d = b + c"),
    ]
    return _work(nodes, f"d.shape == ({rows}, 10)", imports=_FRAMES, frames=True)


def pipeline(work: Work) -> dict[str, Any]:
    """The same work as one notebook of ours."""
    made = notebook([*([work.imports] if work.imports else []), *(node.source for node in work.nodes.values())])
    tags = [*([["setup"]] if work.imports else []), *([f"node:{name}", f"out:{name}"] for name in work.nodes)]
    for cell, tagged in zip(made["cells"], tags, strict=True):
        cell["metadata"]["tags"] = tagged
    return made


def _work(nodes: list[Node], result: str, **options: Any) -> Work:
    """The work whose last node checks its own result: a contestant that loses a value fails."""
    last = nodes[-1]
    checked = Node(last.name, last.upstream, f"{last.source}\nassert {result}")
    return Work({node.name: node for node in [*nodes[:-1], checked]}, JOBS, **options)
