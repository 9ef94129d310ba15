"""What is remembered of earlier runs, made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.earlier import Prospect
from jupyter_dataops.records import EarlierResult, NodeRunRecord, ResultRecord
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.coordinated import EARLIER, outputs


@dataclass
class Remembers:
    """Knows the results in a store, and in `known`; the key of a node is its name."""

    store: RunStore = field(default_factory=MemoryRunStore)
    known: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    is_confirmed: bool = True

    def find(self, name: NodeName, records: Mapping[NodeName, NodeRunRecord]) -> Prospect:
        self.asked.append(name)
        result = ResultRecord(f"key of {name}", {})
        earlier = self.store.find_results([result.key]).get(result.key)
        if name in self.known:
            earlier = EarlierResult(result, NodeRunRecord(EARLIER, name, 0, outputs=outputs("x")))
        return Prospect(result, earlier, "it still holds" if earlier else "it is new", may_reuse=True)

    def confirm(self, name: NodeName, records: object, before: ResultRecord) -> ResultRecord | None:
        return before if self.is_confirmed else None
