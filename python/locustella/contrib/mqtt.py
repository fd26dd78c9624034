"""MQTT by paho-mqtt: a client whose connections, messages and subscriptions are requests.

    class Sensor(MqttUser):
        host = "broker.test"
        wait_time = between(0.01, 0.1)

        @task
        def measure(self):
            self.client.publish("sensors/1", b"21.5", qos=1)

| name                         | recorded                  | response time                      |
|------------------------------|---------------------------|------------------------------------|
| `connect`, `disconnect`      | when it has happened      | 0                                  |
| `publish:<qos>:<topic>`      | when paho has published   | until it was sent (QoS 0), or      |
|                              |                           | acknowledged (QoS 1 and 2)         |
| `subscribe:<qos>:<topic>`    | when the broker answers   | until then                         |

All are of type `MQTT`. A user connects when it is made, and paho's loop, a greenlet of its own,
keeps it connected. Needs `pip install 'locustella[mqtt]'`.
"""

from __future__ import annotations

import random
import selectors
import string
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ..user.users import User
from .drivers import driver_of

with driver_of("mqtt"):
    import paho.mqtt.client as mqtt

if TYPE_CHECKING:
    from ..env import Environment

REQUEST_TYPE = "MQTT"
SUBACK_FAILURE = 0x80
"""Codes from here on say that a broker refuses; of MQTT 3 it is the only one."""

_ID_CHARACTERS = string.ascii_letters + string.digits


class PublishedMessageContext(NamedTuple):
    """What listeners get to know of a message, beside the client's id, in the event's `context`."""

    qos: int
    topic: str
    start_time: float
    payload_size: int


class _Subscription(NamedTuple):
    qos: int
    topic: str
    start_time: float


class MqttClient(mqtt.Client):
    """A `paho.mqtt.client.Client` that records what it does; more arguments are that class's.

    Without a `client_id` it takes one at random, as the broker would, but knows it.
    `use_loop_selectors`: wait by epoll and not by select(), which cannot wait for a socket with a
    number above 1023. A test with more than about 340 users in a process needs it.

    A subclass may name requests otherwise (`_generate_event_name`).
    """

    def __init__(
        self, *args: Any, environment: Environment, client_id: str | None = None,
        protocol: Any = mqtt.MQTTv311, use_loop_selectors: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        # 23 characters are what every broker takes
        client_id = client_id or "locust-" + "".join(random.choices(_ID_CHARACTERS, k=16))
        super().__init__(*args, client_id=client_id, protocol=protocol, **kwargs)
        self.environment = environment
        self.client_id = client_id
        self._use_loop_selectors = use_loop_selectors
        # by message id, each with the time at which it began
        self._publish_requests: dict[int, tuple[PublishedMessageContext, float]] = {}
        self._subscribe_requests: dict[int, tuple[_Subscription, float]] = {}
        self._being_published = 0
        self._published_at_once: set[int] = set()
        self.on_connect = self._on_connect_cb
        self.on_disconnect = self._on_disconnect_cb
        self.on_publish = self._on_publish_cb
        self.on_subscribe = self._on_subscribe_cb

    def _generate_event_name(self, event_type: str, qos: int, topic: str) -> str:
        return f"{event_type}:{qos}:{topic}"

    def _fire(
        self, name: str, response_time: float = 0, response_length: int = 0, exception: Any = None,
        **context: Any,
    ) -> None:  # fmt: skip
        self.environment.events.request.fire(
            request_type=REQUEST_TYPE,
            name=name,
            response_time=response_time,
            response_length=response_length,
            exception=exception,
            context={"client_id": self.client_id, **context},
        )

    # -- what paho reports. Its versions of MQTT and of its own callbacks give more or less --------

    def _on_connect_cb(
        self, client: mqtt.Client, userdata: Any, flags: Any, rc: Any, *_more: Any
    ) -> None:
        self._fire("connect", exception=Exception(str(rc)) if rc != 0 else None)

    def _on_disconnect_cb(self, client: mqtt.Client, userdata: Any, *told: Any) -> None:
        rc = told[0] if len(told) == 1 else told[-2]  # behind it its properties
        self._fire("disconnect", exception=rc if rc != 0 else None)

    def _on_publish_cb(self, client: mqtt.Client, userdata: Any, mid: int, *_more: Any) -> None:
        if mid in self._publish_requests:
            self._fire_published(*self._publish_requests.pop(mid))
        elif self._being_published:  # sent by the very call that asks for it
            self._published_at_once.add(mid)
        else:
            self._fire("publish", exception=_nobodys(mid), mid=mid)

    def _fire_published(self, message: PublishedMessageContext, began: float) -> None:
        self._fire(
            self._generate_event_name("publish", message.qos, message.topic),
            (time.perf_counter() - began) * 1000,
            message.payload_size,
            **message._asdict(),
        )

    def _on_subscribe_cb(
        self, client: mqtt.Client, userdata: Any, mid: int, granted: Any, *_more: Any
    ) -> None:
        if mid not in self._subscribe_requests:
            self._fire("subscribe", exception=_nobodys(mid), mid=mid)
            return
        subscription, began = self._subscribe_requests.pop(mid)
        codes = [getattr(code, "value", code) for code in granted]
        exception = None
        if any(code >= SUBACK_FAILURE for code in codes):
            exception = AssertionError(f"The broker refuses the subscription: {codes}")
        self._fire_subscribed(subscription, began, exception)

    def _fire_subscribed(self, subscription: _Subscription, began: float, exception: Any) -> None:
        self._fire(
            self._generate_event_name("subscribe", subscription.qos, subscription.topic),
            (time.perf_counter() - began) * 1000,
            exception=exception,
            **subscription._asdict(),
        )

    # -- what users ask for ------------------------------------------------------------------------

    def publish(
        self, topic: str, payload: Any = None, qos: int = 0, retain: bool = False,
        properties: Any = None,
    ) -> mqtt.MQTTMessageInfo:  # fmt: skip
        """`paho.mqtt.client.Client.publish`. One that paho refuses is a failure at once."""
        size = len(payload) if payload and not isinstance(payload, int | float) else 0
        message, began = PublishedMessageContext(qos, topic, time.time(), size), time.perf_counter()
        self._being_published += 1
        try:
            info = super().publish(topic, payload, qos, retain, properties)
        finally:
            self._being_published -= 1
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            name = self._generate_event_name("publish", qos, topic)
            self._fire(name, exception=info.rc, **message._asdict())
        elif info.mid in self._published_at_once:
            self._published_at_once.discard(info.mid)
            self._fire_published(message, began)
        else:
            self._publish_requests[info.mid] = message, began
        return info

    def subscribe(
        self, topic: Any, qos: int = 0, options: Any = None, properties: Any = None
    ) -> tuple[Any, int | None]:
        """`paho.mqtt.client.Client.subscribe`. Several topics are recorded under the first one."""
        first = topic if isinstance(topic, str) else topic[0]
        subscription = _Subscription(
            qos, first if isinstance(first, str) else first[0], time.time()
        )
        began = time.perf_counter()
        result, mid = super().subscribe(topic, qos, options, properties)
        if result != mqtt.MQTT_ERR_SUCCESS:
            name = self._generate_event_name("subscribe", qos, subscription.topic)
            self._fire(name, exception=result, **subscription._asdict())
        elif mid is None:  # nothing will be answered
            self._fire_subscribed(subscription, began, None)
        else:
            self._subscribe_requests[mid] = subscription, began
        return result, mid

    # -- paho's loop -------------------------------------------------------------------------------

    def _loop(self, timeout: float = 1.0) -> Any:
        """One turn of paho's loop, which calls this."""
        if not self._use_loop_selectors:
            return super()._loop(timeout)
        if timeout < 0:
            raise ValueError("Invalid timeout.")
        sock, waker = self._sock, self._sockpairR
        try:
            readable, writable = self._wait_by_selector(sock, waker, timeout)
        except (TypeError, ValueError, KeyError):  # the connection has gone meanwhile
            return mqtt.MQTT_ERR_CONN_LOST
        except OSError:
            return mqtt.MQTT_ERR_UNKNOWN
        if readable and ((rc := self.loop_read()) or self._sock is None):
            return rc
        if waker is not None and self._emptied(waker):  # something is to be sent
            writable = True
        if writable and ((rc := self.loop_write()) or self._sock is None):
            return rc
        return self.loop_misc()

    def _wait_by_selector(self, sock: Any, waker: Any, timeout: float) -> tuple[bool, bool]:
        """(whether the socket can be read, whether it can be written)"""
        decrypted = sock.pending() if hasattr(sock, "pending") else 0  # which no selector sees
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.want_write() else 0)
        with selectors.DefaultSelector() as selector:
            selector.register(sock, wanted)
            if waker is not None:
                selector.register(waker, selectors.EVENT_READ)
            ready = selector.select(0 if decrypted else timeout)
        seen = sum(events for key, events in ready if key.fileobj is sock)
        return bool(decrypted or seen & selectors.EVENT_READ), bool(seen & selectors.EVENT_WRITE)

    @staticmethod
    def _emptied(waker: Any) -> bool:
        """Whether paho has written into the pair of sockets that ends a wait."""
        with suppress(OSError):  # nothing there, or closed
            return bool(waker.recv(10000))
        return False


def _nobodys(mid: int) -> AssertionError:
    return AssertionError(f"The broker has answered message {mid}, which was never sent")


class MqttUser(User):
    """A user with a connected client of `client_cls` as its `client`."""

    abstract = True

    host: str | None = "localhost"
    port = 1883
    transport = "tcp"  # or "websockets", ...
    ws_path = "/mqtt"  # ... at this path
    tls_context: Any = None
    client_cls: type[MqttClient] = MqttClient
    client_id: str | None = None
    username: str | None = None
    password: str | None = None
    protocol: Any = mqtt.MQTTv311
    use_loop_selectors: bool = False

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client: MqttClient = self.client_cls(
            environment=environment,
            transport=self.transport,
            client_id=self.client_id,
            protocol=self.protocol,
            use_loop_selectors=self.use_loop_selectors,
        )
        if self.tls_context:
            self.client.tls_set_context(self.tls_context)
        if self.transport == "websockets" and self.ws_path:
            self.client.ws_set_options(path=self.ws_path)
        if self.username and self.password:
            self.client.username_pw_set(username=self.username, password=self.password)
        self.client.connect_async(host=self.host, port=self.port)
        self.client.loop_start()
