"""Messages between nodes: their bytes, and the values that need a form of their own."""

from __future__ import annotations

import datetime

import msgpack
import pytest

from locustella.rpc import Message
from locustella.rpc.protocol import decode, encode


@pytest.mark.parametrize(
    "data",
    [None, 1, "text", b"bytes", [1, 2.5], {"a": {"b": None}}, {1: "number as key"},
     {"at": datetime.datetime(2026, 1, 31, 23, 59, 59, 123456)}],
)  # fmt: skip
def test_there_and_back(data):
    message = Message.unserialize(Message("spawn", data, "node_1").serialize())
    assert (message.type, message.data, message.node_id) == ("spawn", data, "node_1")


def test_the_wire_is_an_array_of_three():
    assert msgpack.loads(Message("quit", None, "n").serialize()) == ["quit", None, "n"]


class ObjectId:
    def __str__(self):
        return "507f1f77bcf86cd799439011"


def test_an_object_id_becomes_a_map():
    assert encode(ObjectId()) == {"__ObjectId__": True, "as_str": "507f1f77bcf86cd799439011"}


def test_an_object_id_needs_bson_to_be_received(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bson", None)
    with pytest.raises(RuntimeError, match="pymongo"):
        decode({"__ObjectId__": True, "as_str": "507f1f77bcf86cd799439011"})


def test_what_cannot_be_sent():
    with pytest.raises(TypeError, match="object"):
        Message("x", object(), "n").serialize()
