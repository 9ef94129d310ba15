import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from benchmarks.contest import SCRIPTS
from benchmarks.environments import ENVIRONMENTS
from benchmarks.given import chain, diamond, fan, independent, pipeline
from benchmarks.peers import PEERS
from benchmarks.peers.work import Node, Work, run_ready
from jupyter_dataops.api.reading import analyse_text
from jupyter_dataops.spec.models import Severity

WORKS = {"chain": chain(3), "fan": fan(3), "independent": independent(3), "diamond": diamond(1)}


@pytest.mark.parametrize("script", PEERS)
def test_every_peer_has_its_script_and_environment(script: str) -> None:
    assert (SCRIPTS / f"{script}.py").exists()
    assert PEERS[script].environment in ENVIRONMENTS


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_our_notebook_has_the_edges_that_the_peers_are_told(work: Work) -> None:
    analysed = analyse_text(json.dumps(pipeline(work)), "work", "work")

    assert [found for found in analysed.diagnostics if found.severity is Severity.ERROR] == []
    assert {(edge.source, edge.target) for edge in analysed.flow.edges} == {
        (upstream, name) for name, node in work.nodes.items() for upstream in node.upstream
    }


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_peers_start_a_node_once_and_when_its_upstream_have_ended(work: Work) -> None:
    ended: list[str] = []

    class Watched(ThreadPoolExecutor):
        def submit(self, run: Callable[[Node], str], node: Node) -> Future[str]:
            assert set(node.upstream) <= set(ended)
            return super().submit(run, node)

    def run_node(node: Node) -> str:
        ended.append(node.name)
        return node.name

    with Watched(work.jobs) as pool:
        done = run_ready(work, pool, run_node)

    assert done == {name: name for name in work.nodes}
    assert sorted(ended) == sorted(work.nodes)
