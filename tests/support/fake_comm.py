"""A comm whose other end a test holds."""

from __future__ import annotations

from typing import Any

from comm.base_comm import BaseComm


class FakeComm(BaseComm):
    """Notes what is published."""

    def __init__(self, **options: Any) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        super().__init__(**options)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        self.published.append((msg_type, data or {}))

    def says(self, content: object) -> None:
        """A custom message of the front end."""
        self.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The panel's custom messages."""
        messages = (data for kind, data in list(self.published) if kind == "comm_msg")
        return [data["content"] for data in messages if data["method"] == "custom"]
