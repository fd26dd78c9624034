"""One message between two nodes, and its bytes.

On the wire a message is a msgpack array `[type, data, node_id]`. Two kinds of values that msgpack
does not know travel as maps: `{"__datetime__": true, "as_str": "20260131T235959.000000"}` and
`{"__ObjectId__": true, "as_str": "<24 hex digits>"}`.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

_DATETIME = "%Y%m%dT%H:%M:%S.%f"


def encode(obj: object) -> dict[str, object]:
    """msgpack's `default`: the map that stands for a datetime or an ObjectId."""
    if isinstance(obj, datetime.datetime):
        return {"__datetime__": True, "as_str": obj.strftime(_DATETIME)}
    if type(obj).__name__ == "ObjectId":  # bson need not be installed, so it is not imported
        return {"__ObjectId__": True, "as_str": str(obj)}
    raise TypeError(f"cannot send a {type(obj).__name__} to another node: {obj!r}")


def decode(obj: dict[Any, Any]) -> Any:
    """msgpack's `object_hook`: undoes `encode`."""
    if "__datetime__" in obj:
        return datetime.datetime.strptime(obj["as_str"], _DATETIME)
    if "__ObjectId__" in obj:
        try:
            from bson import ObjectId
        except ImportError:
            raise RuntimeError(
                "another node sent a bson ObjectId: install pymongo here to receive it"
            ) from None
        return ObjectId(obj["as_str"])
    return obj


class _MissingObjectId:
    """In place of bson's class."""

    def __init__(self, s: object) -> None:
        raise RuntimeError("ObjectIds are bson's: install pymongo")


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


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "ObjectId":  # bson's, where it is installed
            try:
                from bson import ObjectId
            except ImportError:
                return _MissingObjectId
            return ObjectId
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
