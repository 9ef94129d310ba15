"""What runs in memory have published."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from jupyter_dataops.events import NodeEvent
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AssetRecord, NodeRunRecord, RunRecord
from jupyter_dataops.store import publishing


class Shelf(Struct):
    """Assets in order of publication, and who is told of each."""

    assets: list[AssetRecord] = field(default_factory=list)
    listeners: list[Callable[[AssetRecord], object]] = field(default_factory=list)
    """Called once a version is there for good."""

    def versions(self, name: str) -> list[AssetRecord]:
        """All of one name, in order."""
        return [asset for asset in self.assets if asset.name == name]

    def publish(
        self, run: RunRecord, node_run: NodeRunRecord, event: NodeEvent, nodes: Mapping[NodeName, NodeRunRecord]
    ) -> None:
        """Each asset that the event publishes has its next version.

        Parameters
        ----------
        node_run
            As it is after the event.
        """
        for name, variable in publishing.published(event).items():
            made = nodes[publishing.publisher(node_run)]
            if variable not in made.outputs:
                continue
            artifact, earlier = made.outputs[variable].artifact, self.versions(name)
            own = [one for one in earlier if (one.node, one.notebook) == (made.node, run.notebook)]
            if not publishing.is_new(own[-1] if own else None, made, variable, artifact):
                continue
            self.assets.append(
                AssetRecord(
                    name=name,
                    version=len(earlier) + 1,
                    variable=variable,
                    artifact=artifact,
                    run_id=run.run_id,
                    node=made.node,
                    source_run_id=publishing.computed_in(made),
                    notebook=run.notebook,
                    pipeline=run.options.get("name") or "",
                    published_at=event.at,
                )
            )

    def tell(self, after: int) -> None:
        """Whoever listens is told of all but the first `after`."""
        for asset in self.assets[after:]:
            for told in self.listeners:
                told(asset)
