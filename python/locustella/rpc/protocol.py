"""One message between two nodes, and its bytes.

On the wire a message is a msgpack array `[type, data, node_id]`. Two kinds of values that msgpack
does not know travel as maps: `{"__datetime__": true, "as_str": "20260131T235959.000000"}` and
`{"__ObjectId__": true, "as_str": "<24 hex digits>"}`.
"""

from __future__ import annotations

import datetime
from typing import Any

_DATETIME = "%Y%m%dT%H:%M:%S.%f"


def encode(value: object) -> dict[str, object]:
    """msgpack's `default`: the map that stands for a datetime or an ObjectId."""
    if isinstance(value, datetime.datetime):
        return {"__datetime__": True, "as_str": value.strftime(_DATETIME)}
    if type(value).__name__ == "ObjectId":  # bson need not be installed, so it is not imported
        return {"__ObjectId__": True, "as_str": str(value)}
    raise TypeError(f"cannot send a {type(value).__name__} to another node: {value!r}")


def decode(value: dict[Any, Any]) -> Any:
    """msgpack's `object_hook`: undoes `encode`."""
    if "__datetime__" in value:
        return datetime.datetime.strptime(value["as_str"], _DATETIME)
    if "__ObjectId__" in value:
        try:
            from bson import ObjectId
        except ImportError:
            raise RuntimeError(
                "another node sent a bson ObjectId: install pymongo here to receive it"
            ) from None
        return ObjectId(value["as_str"])
    return value


class Message:
    """A message's `type`, its `data` and the id of the node that sent it (or is to get it)."""

    def __init__(self, message_type: str, data: Any, node_id: str | None) -> None:
        self.type = message_type
        self.data = data
        self.node_id = node_id

    def __repr__(self) -> str:
        return f"<Message {self.type}:{self.node_id}>"

    def serialize(self) -> bytes:
        import msgpack

        return msgpack.dumps((self.type, self.data, self.node_id), default=encode)

    @classmethod
    def unserialize(cls, data: bytes) -> Message:
        import msgpack

        return cls(*msgpack.loads(data, raw=False, strict_map_key=False, object_hook=decode))
