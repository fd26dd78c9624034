"""Redis beside the shop: how long a message takes from its publisher to its subscriber.

    redis-server --port 6379
    locustella -f commerce/redis_test.py --headless -u 50 -r 5 -t 2h

Each user has two connections, one that publishes and one that subscribes to a channel of its own.
The entries are CONNECT, `publish` (until Redis has taken the message) and `publish to receive`
(until the subscriber has it). REDIS_HOST, REDIS_PORT and REDIS_PASSWORD say where it is. Stock
Locust runs the same file.
"""

import logging
import os
import socket
import time
import uuid

import _datadog  # noqa: F401
import _limits  # noqa: F401
from locust import User, between, events, task
from locust.exception import StopUser

HOST = os.environ.get("REDIS_HOST", "127.0.0.1")
PORT = int(os.environ.get("REDIS_PORT", "6379"))
PASSWORD = os.environ.get("REDIS_PASSWORD", "")
PATIENCE_S = 5


class RedisError(Exception):
    """What the server said."""


class Redis:
    """One connection. A command is an array of texts, and an answer begins with its kind."""

    def __init__(self):
        self._socket = socket.create_connection((HOST, PORT), PATIENCE_S)
        self._answers = self._socket.makefile("rb")
        if PASSWORD:
            self.call("AUTH", PASSWORD)

    def call(self, *words):
        words = [str(word).encode() for word in words]
        texts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        self._socket.sendall(b"*%d\r\n%s" % (len(words), texts))
        return self.read()

    def read(self):
        line = self._answers.readline()
        if not line:
            raise ConnectionError("Redis has closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._answers.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return rest.decode()

    def close(self):
        self._answers.close()
        self._socket.close()


def report(kind, name, since, length=0, exception=None):
    events.request.fire(
        request_type=kind,
        name=name,
        response_time=(time.perf_counter() - since) * 1000,
        response_length=length,
        exception=exception,
    )


class Messenger(User):
    wait_time = between(0.05, 0.2)

    def on_start(self):
        self.channel = f"orders-{uuid.uuid4()}"
        self.connections = []
        since = time.perf_counter()
        try:
            self.connections = [Redis(), Redis()]
            self.publisher, self.subscriber = self.connections
            self.subscriber.call("SUBSCRIBE", self.channel)
        except (OSError, RedisError) as error:
            report("CONNECT", f"{HOST}:{PORT}", since, exception=error)
            raise StopUser() from error
        report("CONNECT", f"{HOST}:{PORT}", since)

    @task
    def send_a_message(self):
        message = f"order {uuid.uuid4()}"
        since = time.perf_counter()
        try:
            self.publisher.call("PUBLISH", self.channel, message)
            report("REDIS", "publish", since, len(message))
            _kind, _channel, received = self.subscriber.read()
        except (OSError, RedisError) as error:
            report("REDIS", "publish to receive", since, exception=error)
            raise StopUser() from error
        wrong = None if received == message else ValueError("another message arrived")
        report("REDIS", "publish to receive", since, len(message), wrong)

    def on_stop(self):
        for connection in self.connections:
            connection.close()


@events.test_stopping.add_listener
def count_connections(**_event):
    try:
        redis = Redis()
        clients = redis.call("INFO", "clients")
        redis.close()
    except (OSError, RedisError) as error:
        logging.warning("Redis does not say how many clients it has: %s", error)
    else:
        logging.info("Redis: %s", " ".join(clients.split("\r\n")[1:2]))
