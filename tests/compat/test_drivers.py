"""The users of locust.contrib that stand on a driver: the request events of each, with the driver
itself against a server of tests/support/small_servers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from socketserver import ThreadingMixIn
from threading import Thread
from unittest.mock import ANY
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from support.http_target import HttpTarget, Reply
from support.locust_run import Run
from support.small_servers import (
    DnsServer,
    MongoServer,
    MqttBroker,
    PostgresServer,
    SmallServer,
)


def needs(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")


class WithServer:
    """A class's SERVER runs beside its locustfile, which finds the port in the variable PORT."""

    SERVER: type[SmallServer]
    HOST = None


@pytest.fixture(scope="class", autouse=True)
def server(request: pytest.FixtureRequest) -> Iterator[None]:
    if not issubclass(request.cls, WithServer):
        yield
        return
    with request.cls.SERVER() as server:
        request.cls.ENV = {"PORT": str(server.port)}
        yield


@pytest.fixture(scope="class")
def run(run: Run) -> Run:
    """The run of a locustfile that has found its driver; it writes the fact "no driver" if not."""
    for missing in run.facts_named("no driver"):
        pytest.skip(f"{missing} is not installed there")
    return run


def rows(run) -> list[list[object]]:
    """What was recorded: types, names, lengths and the exceptions' types."""
    return [
        [r["type"], r["name"], r["length"], r["exception_type"]] for r in run.facts_named("request")
    ]


def all_took_time(run) -> bool:
    return all(0 < r["time"] < 20_000 for r in run.facts_named("request"))


@needs("dns")
class TestDns(WithServer):
    SERVER = DnsServer
    LOCUSTFILE = """
        import os
        from facts import error_text, fact, finish, record_requests
        from locust import events, task

        try:
            import dns.message
        except ImportError:
            fact("no driver", "dnspython")
            raise
        from locust.contrib.dns import DNSClient, DNSUser

        record_requests(events)

        @events.request.add_listener
        def on_request(response, start_time, **kwargs):
            fact("response", type(response).__name__)
            fact("start", start_time)

        class Resolver(DNSUser):
            @task
            def look_up(self):
                fact("client", type(self.client) is DNSClient)
                where = {"where": "127.0.0.1", "port": int(os.environ["PORT"])}
                for name in ("shop.test", "empty.test", "silent.test"):
                    message = dns.message.make_query(name, "A")
                    answer = self.client.udp(message, **where, timeout=0.3)
                    fact("answer", answer and [str(each[0]) for each in answer.answer])
                self.client.udp(dns.message.make_query("a.test", "A"), **where, name="renamed")
                fact("refused", error_text(self.client.udp, message, "no address", timeout=1))
                fact("unknown", error_text(lambda: self.client.no_such_function))
                finish(self.environment)
    """

    def test_events(self, run):
        assert rows(run) == [
            ["DNS", "udp", 0, None],
            ["DNS", "udp", 0, "LocustError"],
            ["DNS", "udp", 0, "Timeout"],
            ["DNS", "renamed", 0, None],
        ]
        assert all_took_time(run)
        requests = run.facts_named("request")
        assert 290 < requests[2]["time"] < 5000  # silence, for as long as the query waits
        assert requests[1]["exception"] == "LocustError('No answer in DNS response')"
        assert {json.dumps(r["context"]) for r in requests} == {"{}"}
        assert all(start > 1e9 for start in run.facts_named("start"))

    def test_answers(self, run):
        assert run.facts_named("answer") == [["192.0.2.1"], [], None]
        responses = run.facts_named("response")
        assert [kind.endswith("Message") for kind in responses] == [True, True, False, True]

    def test_what_is_no_dns_error_goes_to_the_task(self, run):
        assert run.fact("client") is True
        assert run.fact("refused").startswith("ValueError")
        assert run.fact("unknown").startswith("AttributeError")


@needs("bson")
class TestMongoDB(WithServer):
    SERVER = MongoServer
    LOCUSTFILE = """
        import os
        from facts import error_text, fact, finish, record_requests
        from locust import events, task

        try:
            from pymongo import MongoClient
        except ImportError:
            fact("no driver", "pymongo")
            raise
        from locust.contrib.mongodb import MongoDBUser

        record_requests(events)

        class Shop(MongoDBUser):
            conn_string = f"mongodb://127.0.0.1:{os.environ['PORT']}"
            db_name = "shop"

            @task
            def search(self):
                fact("client", isinstance(self.client, MongoClient))
                fact("db", self.client.db.name)
                fact("returned", self.client.execute_query("products", {"colour": "red"}))
                self.client.execute_query("broken", {"$no": 1})
                fact("no name", error_text(self.client.execute_query, 7, {}))
                finish(self.environment)
    """

    def test_events(self, run):
        assert rows(run) == [
            ["MONGODB", "QUERY", 0, None], ["MONGODB", "QUERY", 0, "OperationFailure"],
        ]  # fmt: skip
        assert all(r["time"] >= 0 for r in run.facts_named("request"))

    def test_the_client(self, run):
        assert run.fact("client") is True and run.fact("db") == "shop"
        assert run.fact("returned") is None
        assert run.fact("no name").startswith("TypeError")


class TestPostgres(WithServer):
    SERVER = PostgresServer
    LOCUSTFILE = """
        import os
        from facts import fact, finish, record_requests
        from locust import events, task

        try:
            import psycopg
        except ImportError:
            fact("no driver", "psycopg")
            raise
        from locust.contrib.postgres import PostgresUser

        record_requests(events)

        class Shop(PostgresUser):
            conn_string = f"postgresql://shop@127.0.0.1:{os.environ['PORT']}/shop"

            @task
            def query(self):
                fact("connection", isinstance(self.client.connection, psycopg.Connection))
                fact("returned", self.client.execute_query("SELECT 1"))
                self.client.execute_query("SELECT * FROM missing")
                self.client.execute_query("SELECT 1")
                self.client.connection.rollback()
                events.test_stop.add_listener(lambda **_: fact("closed", self.client.connection.closed))
                finish(self.environment)
    """  # noqa: E501

    def test_events(self, run):
        assert rows(run) == [
            ["postgres_success", "execute_query", 0, None],
            ["postgres_failure", "execute_query", 0, "UndefinedTable"],
            ["postgres_failure", "execute_query", 0, "InFailedSqlTransaction"],
        ]
        assert all(r["time"] >= 0 for r in run.facts_named("request"))

    def test_the_client(self, run):
        assert run.fact("connection") is True and run.fact("returned") is None
        assert run.fact("closed") is True


MQTT_STEPS = """
    import os
    from facts import fact, finish, record_requests
    from locust import events, task

    import gevent
    try:
        import paho.mqtt.client as mqtt
    except ImportError:
        fact("no driver", "paho")
        raise
    from locust.contrib.mqtt import MqttClient, MqttUser

    record_requests(events)
    recorded = []
    events.request.add_listener(lambda name, **_: recorded.append(name))

    def wait_for(name, count=1):
        with gevent.Timeout(10, RuntimeError(f"no {name}: {recorded}")):
            while recorded.count(name) < count:
                gevent.sleep(0.005)
"""


class TestMqtt(WithServer):
    SERVER = MqttBroker
    LOCUSTFILE = MQTT_STEPS + """
    class Sensor(MqttUser):
        host = "127.0.0.1"
        port = int(os.environ["PORT"])

        @task
        def work(self):
            client = self.client
            wait_for("connect")
            fact("id", client.client_id)
            client.publish("rooms/1", b"21.5")
            wait_for("publish:0:rooms/1")
            client.publish("rooms/2", "warm", qos=1)
            wait_for("publish:1:rooms/2")
            client.publish("rooms/3", 21, qos=2)
            wait_for("publish:2:rooms/3")
            client.publish("rooms/4")
            wait_for("publish:0:rooms/4")
            client.subscribe("rooms/5", qos=1)
            wait_for("subscribe:1:rooms/5")
            client.subscribe([("rooms/6", 0), ("rooms/7", 1)])
            wait_for("subscribe:0:rooms/6")
            client.subscribe("secret/1")
            wait_for("subscribe:0:secret/1")
            client.publish("hangup")
            wait_for("connect", 2)
            client.disconnect()
            wait_for("disconnect", 2)
            client.publish("rooms/8")
            client.subscribe("rooms/9")
            finish(self.environment)
    """

    def test_events(self, run):
        assert rows(run) == [
            ["MQTT", "connect", 0, None],
            ["MQTT", "publish:0:rooms/1", 4, None],
            ["MQTT", "publish:1:rooms/2", 4, None],
            ["MQTT", "publish:2:rooms/3", 0, None],
            ["MQTT", "publish:0:rooms/4", 0, None],
            ["MQTT", "subscribe:1:rooms/5", 0, None],
            ["MQTT", "subscribe:0:rooms/6", 0, None],
            ["MQTT", "subscribe:0:secret/1", 0, "AssertionError"],
            ["MQTT", "publish:0:hangup", 0, None],
            ["MQTT", "disconnect", 0, "MQTTErrorCode"],
            ["MQTT", "connect", 0, None],
            ["MQTT", "disconnect", 0, None],
            ["MQTT", "publish:0:rooms/8", 0, "MQTTErrorCode"],
            ["MQTT", "subscribe:0:rooms/9", 0, "MQTTErrorCode"],
        ]

    def test_times(self, run):
        took = [r["time"] for r in run.facts_named("request")]
        immediate = {0, 9, 10, 11, 12, 13}
        assert all(took[n] == 0 for n in immediate)
        assert all(0 < ms < 5000 for n, ms in enumerate(took) if n not in immediate)

    def test_contexts(self, run):
        client_id = run.fact("id")
        assert client_id.startswith("locust-") and len(client_id) == 23
        contexts = [r["context"] for r in run.facts_named("request")]
        assert {context.pop("client_id") for context in contexts} == {client_id}
        starts = [context.pop("start_time") for context in contexts if context]
        assert all(start > 1e9 for start in starts) and starts == sorted(starts)
        assert contexts[0] == contexts[9] == contexts[11] == {}
        assert contexts[2] == {"qos": 1, "topic": "rooms/2", "payload_size": 4}
        assert contexts[7] == {"qos": 0, "topic": "secret/1"}


class TestMqttOfVersion5(WithServer):
    """... with a client of somebody's own, and the loop for sockets that select() does not take."""

    SERVER = MqttBroker
    LOCUSTFILE = MQTT_STEPS + """
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2000, most), most))
    many = [open(os.devnull) for _ in range(1100)]

    class Client(MqttClient):
        def _generate_event_name(self, event_type, qos, topic):
            return f"{event_type} {topic.partition('/')[0]}"

    class Sensor(MqttUser):
        host = "127.0.0.1"
        port = int(os.environ["PORT"])
        protocol = mqtt.MQTTv5
        client_cls = Client
        client_id = "mine"
        use_loop_selectors = True

        @task
        def work(self):
            wait_for("connect")
            fact("number", self.client.socket().fileno())
            for number in range(50):
                self.client.publish(f"rooms/{number}", b"x" * 2000, qos=1)
            wait_for("publish rooms", 50)
            self.client.subscribe("rooms/#")
            wait_for("subscribe rooms")
            finish(self.environment)
    """

    def test_events(self, run):
        assert rows(run) == [
            ["MQTT", "connect", 0, None],
            *[["MQTT", "publish rooms", 2000, None]] * 50,
            ["MQTT", "subscribe rooms", 0, None],
        ]
        assert {r["context"]["client_id"] for r in run.facts_named("request")} == {"mine"}
        assert run.fact("number") > 1024


class TestMqttThatIsRefused(WithServer):
    SERVER = MqttBroker
    LOCUSTFILE = MQTT_STEPS + """
    class Sensor(MqttUser):
        host = "127.0.0.1"
        port = int(os.environ["PORT"])
        client_id = "refused"

        @task
        def work(self):
            wait_for("connect")
            self.client.loop_stop()
            finish(self.environment)
    """

    def test_events(self, run):
        first = run.facts_named("request")[0]
        assert [first["name"], first["exception_type"]] == ["connect", "Exception"]
        assert first["context"] == {"client_id": "refused"}
        assert run.exit_code == 1


class ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


class SocketIOServer(SmallServer):
    """Answers to "join", says "said" back, and lets nobody in who says the wrong word."""

    def __init__(self) -> None:
        import socketio

        chat = socketio.Server(async_mode="threading", allow_upgrades=False)

        @chat.event
        def connect(sid, environ, auth):
            if auth == {"word": "wrong"}:
                raise ConnectionRefusedError("go away")

        @chat.event
        def join(sid, room):
            return f"joined {room}"

        @chat.event
        def silent(sid, data):
            chat.emit("said", data, to=sid)

        @chat.event
        def message(sid, data):
            chat.emit("said", data, to=sid)

        self._server = make_server(
            "127.0.0.1", 0, socketio.WSGIApp(chat), ThreadingWSGIServer, QuietHandler
        )
        self.port = self._server.server_port

    def __enter__(self) -> SocketIOServer:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


TIMED = ("WS", "WSC", "GET")


@needs("socketio")
class TestSocketIO(WithServer):
    SERVER = SocketIOServer
    LOCUSTFILE = """
        import os
        from facts import TARGET, fact, finish, record_requests
        from locust import HttpUser, events, task
        from locust.contrib.socketio import SocketIOClient, SocketIOUser

        import gevent
        import socketio

        record_requests(events)
        received = gevent.event.AsyncResult()

        class Chatter(SocketIOUser, HttpUser):
            host = TARGET
            options = {"reconnection": False}

            @task
            def talk(self):
                url = f"http://127.0.0.1:{os.environ['PORT']}"
                fact("classes", [type(self.sio) is SocketIOClient, isinstance(self.sio, socketio.Client)])
                self.sio.connect(url, auth={"word": "wrong"}, transports=["polling"])
                self.sio.connect(url, transports=["polling"])
                fact("joined", self.sio.call("join", "lobby"))
                fact("late", self.sio.call("join", "lobby", timeout=0))
                self.sio.emit("silent", {"a": 1, "b": 2})
                gevent.sleep(0)
                self.wait_for("WSR", 1)
                self.sio.on("said", lambda data: received.set(data))
                self.sio.send("hello", name="greeting")
                fact("received", received.get(timeout=10))
                fact("status", self.client.get("/json").status_code)
                self.sio.disconnect()
                fact("after the end", self.sio.emit("silent"))
                finish(self.environment)

            def wait_for(self, kind, count):
                with gevent.Timeout(10):
                    while sum(e.num_requests for e in self.environment.stats.entries.values()
                              if e.method == kind) < count:
                        gevent.sleep(0.005)
    """  # noqa: E501

    def test_events(self, run):
        assert rows(run) == [
            ["WS", "connect", 0, "ConnectionError"],
            ["WS", "connect", 0, None],
            ["WSE", "join", 5, None],
            ["WSC", "join", 0, None],
            ["WSE", "join", 5, None],
            ["WSC", "join", 0, "TimeoutError"],
            ["WSE", "silent", 2, None],
            ["WSR", "said", 2, None],
            ["WSE", "message", 5, None],
            ["WSS", "greeting", 5, None],
            ["GET", "/json", ANY, None],
            ["WSE", "silent", 0, "BadNamespaceError"],
        ]

    def test_times(self, run):
        timed = [r["time"] for r in run.facts_named("request") if r["type"] in TIMED]
        assert all(0 < ms < 10_000 for ms in timed)
        rest = [r["time"] for r in run.facts_named("request") if r["type"] not in TIMED]
        assert set(rest) == {0}

    def test_what_comes_back(self, run):
        assert run.fact("classes") == [True, True]
        assert run.fact("joined") == "joined lobby" and run.fact("received") == "hello"
        assert run.fact("late") is None
        assert run.fact("status") == 200


@pytest.fixture(scope="class")
def openai_routes(target: HttpTarget) -> None:
    answer = {"id": "r1", "object": "response", "output": [], "usage": {"output_tokens": 42}}
    for path, status, content in (
        ("/v1/responses", 200, answer),
        ("/v1/models", 200, {"object": "list", "data": []}),
        ("/v1/models/missing", 404, {"error": {"message": "no such model"}}),
    ):
        reply = Reply(status, [("Content-Type", "application/json")], json.dumps(content).encode())
        target.add_route(path, lambda _, reply=reply: reply)


@pytest.mark.usefixtures("openai_routes")
class TestOpenAI:
    LOCUSTFILE = """
        import os
        from facts import TARGET, error_text, fact, finish, record_requests
        from locust import events, task

        os.environ["OPENAI_BASE_URL"] = TARGET + "/v1"
        fact("no key", error_text(__import__, "locust.contrib.oai"))
        os.environ["OPENAI_API_KEY"] = "key"
        try:
            import openai
        except ImportError:
            fact("no driver", "openai")
            raise
        from locust.contrib.oai import OpenAIClient, OpenAIUser

        record_requests(events)

        @events.request.add_listener
        def on_request(response, start_time, **kwargs):
            fact("status", response.status_code)
            fact("start", start_time)

        class Asker(OpenAIUser):
            @task
            def ask(self):
                fact("client", [type(self.client) is OpenAIClient, self.client.user is self])
                fact("id", self.client.responses.create(model="small", input="?").id)
                with self.client.rename_request("short"):
                    self.client.responses.create(model="small", input="?")
                self.client.models.list()
                fact("refused", error_text(self.client.models.retrieve, "missing"))
                finish(self.environment)
    """

    def test_events(self, run):
        assert rows(run) == [
            ["POST", "/v1/responses", 42, None],
            ["POST", "short", 42, None],
            ["GET", "/v1/models", 0, None],
            ["GET", "/v1/models/missing", 0, "HTTPStatusError"],
        ]
        assert all_took_time(run)
        assert run.facts_named("status") == [200, 200, 200, 404]
        assert all(start > 1e9 for start in run.facts_named("start"))

    def test_the_client(self, run):
        assert run.fact("client") == [True, True] and run.fact("id") == "r1"
        assert run.fact("refused").startswith("NotFoundError")
        assert run.fact("no key") is not None
