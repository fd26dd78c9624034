"""What the modules of locustella.contrib share, and what of them is not as in Locust.

Their request events are looked at under both: tests/compat/test_drivers.py, test_vector_stores.py.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import gevent
import pytest
from locustella_process import command
from tests.support.small_servers import MqttBroker

from locustella import events
from locustella.contrib.timed_call import fire_outcome, timed
from locustella.env import Environment
from locustella.event import EventHook

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

DRIVERS = {
    "dns": "dns", "milvus": "grpc", "mongodb": "pymongo", "mqtt": "paho", "oai": "openai",
    "postgres": "psycopg", "qdrant": "qdrant_client", "socketio": "socketio",
}  # fmt: skip


def fired(call) -> dict:
    """What listeners get of a call."""
    heard = []
    hook = EventHook()
    hook.add_listener(lambda **event: heard.append(event))
    call(hook)
    (event,) = heard
    return event


class TestDriversThatAreMissing:
    @pytest.mark.parametrize("module", DRIVERS)
    def test_the_error_says_what_to_install(self, monkeypatch, module):
        name = f"locustella.contrib.{module}"
        monkeypatch.delitem(sys.modules, name, raising=False)
        for known in list(sys.modules):
            if known.partition(".")[0] == DRIVERS[module]:
                monkeypatch.delitem(sys.modules, known)
        monkeypatch.setitem(sys.modules, DRIVERS[module], None)
        with pytest.raises(ModuleNotFoundError, match=rf"pip install 'locustella\[{module}\]'"):
            import_module(name)

    def test_each_has_an_extra(self):
        folder = ROOT / "python/locustella/contrib"
        named = {
            extra
            for file in folder.glob("*.py")
            for extra in re.findall(r"^with driver_of\(\"(\w+)\"\)", file.read_text(), re.MULTILINE)
        }
        assert named == DRIVERS.keys() and named <= EXTRAS.keys()

    def test_no_other_hint_beside_it(self, tmp_path):
        code = "import sys\nsys.modules['paho'] = None\nfrom locust.contrib.mqtt import MqttUser\n"
        run = command(tmp_path, ["--headless", "-t", "1"], {"locustfile.py": code})
        assert run.code == 1 and run.err.count("pip install") == 1
        assert "ModuleNotFoundError" in run.err and "'locustella[mqtt]'" in run.err


class TestTimedCall:
    def test_a_success(self):
        call = timed(lambda: "rows")
        event = fired(lambda hook: call.fire(hook, "SQL", "select", url="x"))
        assert call.result == "rows" and 0 <= call.response_time < 1000
        assert event == {
            "request_type": "SQL", "name": "select", "start_time": call.start_time,
            "response_time": call.response_time, "response_length": 0, "exception": None,
            "context": {}, "url": "x",
        }  # fmt: skip

    def test_the_time_is_that_of_the_call(self):
        assert 19 < timed(lambda: gevent.sleep(0.02)).response_time < 1000

    def test_failures_are_kept_and_others_raised(self):
        call = timed(lambda: {}["key"], LookupError)
        assert type(call.exception) is KeyError and call.result is None
        with pytest.raises(KeyError):
            timed(lambda: {}["key"], ValueError)

    def test_the_end_of_a_greenlet_is_no_failure(self):
        results = []
        greenlet = gevent.spawn(lambda: results.append(timed(lambda: gevent.sleep(10))))
        gevent.sleep(0)
        greenlet.kill()
        assert results == [] and isinstance(greenlet.value, gevent.GreenletExit)

    def test_outcomes(self):
        outcome = timed(lambda: []).as_outcome(is_empty=lambda rows: not rows)
        assert not outcome["success"] and outcome["empty"] and outcome["result"] == []
        event = fired(lambda hook: fire_outcome(hook, "milvus", "query", outcome))
        assert event["exception"] is None and event["start_time"] == outcome["start_time"]
        broken = timed(lambda: 1 / 0).as_outcome()
        assert not broken["success"] and "result" not in broken
        event = fired(lambda hook: fire_outcome(hook, "milvus", "query", broken))
        assert type(event["exception"]) is ZeroDivisionError


class TestEventsOfAnEnvironment:
    """Locust fires the global events for these users, which count for no environment of its own."""

    @pytest.fixture
    def postgres(self, monkeypatch):
        class Connection:
            def execute(self, query): ...

            def close(self): ...

        driver = ModuleType("psycopg")
        driver.connect = lambda conn_string: Connection()
        monkeypatch.setitem(sys.modules, "psycopg", driver)
        monkeypatch.delitem(sys.modules, "locustella.contrib.postgres", raising=False)
        yield import_module("locustella.contrib.postgres")
        del sys.modules["locustella.contrib.postgres"]

    def test_a_user_fires_those_of_its_environment(self, postgres, environment):
        class Shop(postgres.PostgresUser):
            conn_string = "postgresql://shop"

        everywhere = []
        events.request.add_listener(lambda **event: everywhere.append(event))
        Shop(environment).client.execute_query("SELECT 1")
        events.request._handlers.pop()
        assert environment.stats.total.num_requests == 1 and everywhere == []

    def test_a_client_by_itself_fires_the_global_ones(self, postgres):
        everywhere = []
        events.request.add_listener(lambda **event: everywhere.append(event["request_type"]))
        postgres.PostgresClient("postgresql://shop").execute_query("SELECT 1")
        events.request._handlers.pop()
        assert everywhere == ["postgres_success"]


class TestMqtt:
    """What Locust's client gets wrong: it counts a failure too many, or a success, or dies."""

    pytestmark = pytest.mark.filterwarnings("ignore:Callback API version 1:DeprecationWarning")

    @pytest.fixture
    def broker(self):
        with MqttBroker() as broker:
            yield broker

    @pytest.fixture
    def connected(self, broker):
        """Connected clients, made with more arguments, whose loop is turned by hand."""
        mqtt = pytest.importorskip("paho.mqtt.client")
        from locustella.contrib.mqtt import MqttClient

        clients = []

        def connect(*args, **kwargs):
            environment, recorded = Environment(), []
            environment.events.request.add_listener(lambda **event: recorded.append(event))
            client = MqttClient(*args, environment=environment, **kwargs)
            clients.append(client)
            client.connect("127.0.0.1", broker.port)
            self.turn(client, recorded, 1)
            return client, recorded

        yield connect
        for client in clients:
            if client.is_connected():
                client.disconnect()
        assert mqtt

    @staticmethod
    def turn(client, recorded, until):
        for _ in range(200):
            if len(recorded) >= until:
                return
            client.loop(0.05)
        raise AssertionError(f"no request number {until}: {recorded}")

    @staticmethod
    def rows(recorded):
        return [(r["name"], type(r["exception"]).__name__) for r in recorded]

    @pytest.mark.parametrize("qos", [0, 1, 2])
    def test_a_message_that_is_sent_by_the_call_itself(self, connected, qos):
        client, recorded = connected()
        client.publish("rooms/1", b"warm", qos=qos)
        self.turn(client, recorded, 2)
        assert self.rows(recorded) == [
            ("connect", "NoneType"), (f"publish:{qos}:rooms/1", "NoneType"),
        ]  # fmt: skip
        assert 0 < recorded[1]["response_time"] < 5000

    def test_version_5_refuses_in_other_words_and_says_goodbye(self, connected):
        from paho.mqtt.client import MQTTv5

        client, recorded = connected(protocol=MQTTv5)
        client.subscribe("secret/1")
        self.turn(client, recorded, 2)
        client.disconnect()
        assert self.rows(recorded) == [
            ("connect", "NoneType"), ("subscribe:0:secret/1", "AssertionError"),
            ("disconnect", "NoneType"),
        ]  # fmt: skip

    @pytest.mark.parametrize("version", [4, 5])
    def test_pahos_newer_callbacks(self, connected, version):
        from paho.mqtt.client import MQTTv5, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        protocol = MQTTv5 if version == 5 else MQTTv311
        client, recorded = connected(CallbackAPIVersion.VERSION2, protocol=protocol)
        client.subscribe("rooms/1")
        self.turn(client, recorded, 2)
        client.subscribe("secret/1")
        self.turn(client, recorded, 3)
        client.publish("rooms/1", b"warm", qos=1)
        self.turn(client, recorded, 4)
        client.disconnect()
        assert self.rows(recorded) == [
            ("connect", "NoneType"), ("subscribe:0:rooms/1", "NoneType"),
            ("subscribe:0:secret/1", "AssertionError"), ("publish:1:rooms/1", "NoneType"),
            ("disconnect", "NoneType"),
        ]  # fmt: skip

    def test_one_topic_with_its_own_quality(self, connected):
        client, recorded = connected()
        client.subscribe(("rooms/1", 1))
        self.turn(client, recorded, 2)
        assert recorded[1]["name"] == "subscribe:0:rooms/1"

    def test_a_lost_connection_by_the_other_loop(self, connected):
        client, recorded = connected(use_loop_selectors=True)
        client.publish("hangup", b"")
        self.turn(client, recorded, 3)
        assert self.rows(recorded)[1:] == [
            ("publish:0:hangup", "NoneType"), ("disconnect", "MQTTErrorCode"),
        ]  # fmt: skip
        assert client._loop(0.01) != 0
        with pytest.raises(ValueError):
            client._loop(-1)
