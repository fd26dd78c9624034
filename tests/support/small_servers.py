"""Servers of other protocols than HTTP, each as much of one as its driver asks for.

    with MqttBroker() as broker:
        client.connect("127.0.0.1", broker.port)

They listen on a free loopback port; one thread accepts, one serves each connection. What they
answer depends on names alone, which each class lists.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import BinaryIO


class SmallServer:
    """Serves TCP connections by `serve`, which reads from and writes to a file until either ends.
    """

    kind = socket.SOCK_STREAM

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, self.kind)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> SmallServer:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _run(self) -> None:
        self._socket.listen()
        with suppress(OSError):  # the end of the test
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as file:
            with suppress(EndOfConnection, OSError):
                self.serve(file)

    def serve(self, file: BinaryIO) -> None:
        raise NotImplementedError


class EndOfConnection(Exception):
    """The client has closed it, or the server is to."""


def read(file: BinaryIO, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = file.read(length - len(data))
        if not more:
            raise EndOfConnection
        data += more
    return data


class MqttBroker(SmallServer):
    """MQTT 3.1.1 and 5 as far as the answer to each packet; it passes no message on.

    A client whose id begins with "refused" is not let in; a topic that begins with "secret" cannot
    be subscribed to; a message to "hangup" ends the connection.
    """

    def serve(self, file: BinaryIO) -> None:
        version = 4
        while True:
            kind, body = self._packet(file)
            if kind >> 4 == 1:  # CONNECT
                version = body[6]
                refused = b"refused" in body
                file.write(self._connected(version, refused))
                if refused:
                    raise EndOfConnection
            elif kind >> 4 == 3:  # PUBLISH
                self._take_message(file, kind >> 1 & 3, body)
            elif kind >> 4 == 6:  # PUBREL
                file.write(b"\x70\x02" + body[:2])
            elif kind >> 4 == 8:  # SUBSCRIBE
                file.write(self._subscribed(version, body))
            elif kind >> 4 == 12:  # PINGREQ
                file.write(b"\xd0\x00")
            elif kind >> 4 == 14:  # DISCONNECT
                raise EndOfConnection

    @staticmethod
    def _packet(file: BinaryIO) -> tuple[int, bytes]:
        kind = read(file, 1)[0]
        length = shift = 0
        while True:
            byte = read(file, 1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, read(file, length)

    @staticmethod
    def _connected(version: int, refused: bool) -> bytes:
        if version == 5:
            return b"\x20\x03\x00" + (b"\x87" if refused else b"\x00") + b"\x00"
        return b"\x20\x02\x00" + (b"\x05" if refused else b"\x00")

    @staticmethod
    def _take_message(file: BinaryIO, qos: int, body: bytes) -> None:
        topic_ends = 2 + int.from_bytes(body[:2], "big")
        if body[2:topic_ends] == b"hangup":
            raise EndOfConnection
        if qos:
            file.write(bytes((0x40 + 0x10 * (qos - 1), 2)) + body[topic_ends : topic_ends + 2])

    @staticmethod
    def _subscribed(version: int, body: bytes) -> bytes:
        properties = b"\x00" if version == 5 else b""
        rest, codes = body[2 + len(properties) :], b""
        while rest:
            end = 2 + int.from_bytes(rest[:2], "big")
            refusal = b"\x87" if version == 5 else b"\x80"
            codes += refusal if rest[2:].startswith(b"secret") else rest[end : end + 1]
            rest = rest[end + 1 :]
        answer = body[:2] + properties + codes
        return b"\x90" + bytes((len(answer),)) + answer


class PostgresServer(SmallServer):
    """PostgreSQL's protocol for simple statements, each answered by one row with a 1.

    A statement with the word "missing" fails, and with it, as there, the whole transaction.
    """

    def serve(self, file: BinaryIO) -> None:
        while True:
            length, code = struct.unpack("!ii", read(file, 8))
            read(file, length - 8)
            if code == 196608:  # the protocol's version 3; others ask for encryption
                break
            file.write(b"N")
        file.write(
            _message(b"R", struct.pack("!i", 0))
            + b"".join(
                _message(b"S", name + b"\0" + value + b"\0")
                for name, value in (
                    (b"server_version", b"15.0"),
                    (b"client_encoding", b"UTF8"),
                    (b"standard_conforming_strings", b"on"),
                )
            )
            + _message(b"Z", b"I")
        )
        state = b"I"
        while True:
            kind, length = struct.unpack("!ci", read(file, 5))
            body = read(file, length - 4)
            if kind == b"X":
                raise EndOfConnection
            if kind == b"Q":
                state = self._answer(file, body[:-1], state)

    @staticmethod
    def _answer(file: BinaryIO, statement: bytes, state: bytes) -> bytes:
        if statement in (b"BEGIN", b"ROLLBACK"):
            state = b"T" if statement == b"BEGIN" else b"I"
            answer = _message(b"C", statement + b"\0")
        elif state == b"E" or b"missing" in statement:
            sqlstate = b"25P02" if state == b"E" else b"42P01"
            state = b"E"
            fields = (b"SERROR", b"VERROR", b"C" + sqlstate, b"Mno such thing")
            answer = _message(b"E", b"\0".join(fields) + b"\0\0")
        else:
            column = b"one\0" + struct.pack("!ihihih", 0, 0, 23, 4, -1, 0)
            answer = (
                _message(b"T", struct.pack("!h", 1) + column)
                + _message(b"D", struct.pack("!hi", 1, 1) + b"1")
                + _message(b"C", b"SELECT 1\0")
            )
        file.write(answer + _message(b"Z", state))
        return state


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


class MongoServer(SmallServer):
    """MongoDB's protocol, by PyMongo's own BSON: each collection holds two documents.

    A search in one whose name begins with "broken" fails.
    """

    _OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013

    def serve(self, file: BinaryIO) -> None:
        import bson

        while True:
            length, number, _, operation = struct.unpack("<iiii", read(file, 16))
            body = read(file, length - 16)
            if operation == self._OP_QUERY:  # a driver's first words
                command = bson.decode(body[body.index(b"\0", 4) + 9 :])
                head = struct.pack("<iqii", 8, 0, 0, 1)
                operation = self._OP_REPLY
            else:
                command = bson.decode(body[5:])
                head = struct.pack("<iB", 0, 0)
            answer = head + bson.encode(self._answer(command))
            file.write(struct.pack("<iiii", 16 + len(answer), 0, number, operation) + answer)

    @staticmethod
    def _answer(command: dict[str, object]) -> dict[str, object]:
        if "find" in command:
            collection = str(command["find"])
            if collection.startswith("broken"):
                return {"ok": 0.0, "code": 2, "codeName": "BadValue", "errmsg": "no such operator"}
            documents = [{"_id": 1}, {"_id": 2}]
            name = f"{command['$db']}.{collection}"
            return {"ok": 1.0, "cursor": {"id": 0, "ns": name, "firstBatch": documents}}
        return {
            "ok": 1.0, "helloOk": True, "ismaster": True, "isWritablePrimary": True,
            "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000, "minWireVersion": 0, "maxWireVersion": 21,
        }  # fmt: skip


class DnsServer(SmallServer):
    """DNS over UDP, by dnspython: every name has the address 192.0.2.1.

    But one that begins with "empty" has none, and what asks for "silent" gets no answer.
    """

    kind = socket.SOCK_DGRAM

    def _run(self) -> None:
        import dns.message
        import dns.rrset

        with suppress(OSError):  # the end of the test
            while True:
                packet, client = self._socket.recvfrom(4096)
                if not packet:  # it was shut down
                    return
                asked = dns.message.from_wire(packet)
                name = asked.question[0].name
                answer = dns.message.make_response(asked)
                if not str(name).startswith("empty"):
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.1"))
                if not str(name).startswith("silent"):
                    self._socket.sendto(answer.to_wire(), client)
