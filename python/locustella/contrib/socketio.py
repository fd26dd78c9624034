"""Socket.IO by python-socketio: a client whose messages are requests.

    class Chatter(SocketIOUser):
        def on_start(self):
            self.sio.connect("http://127.0.0.1:5001")

        @task
        def say(self):
            self.sio.call("send_message", {"room": "lobby", "message": "hello"})

| type  | recorded for                          | response time         |
|-------|---------------------------------------|-----------------------|
| `WS`  | connect()                             | until connected       |
| `WSC` | call()                                | until acknowledged    |
| `WSE` | emit(), also that in call() and send() | 0: nothing is awaited |
| `WSS` | send()                                | 0                     |
| `WSR` | events from the server                | 0                     |

What python-socketio raises becomes the failure of the request. Needs
`pip install 'locustella[socketio]'`.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Any

import gevent

from ..user.users import User
from .drivers import driver_of

with driver_of("socketio"):
    import socketio

if TYPE_CHECKING:
    from gevent import Greenlet

    from ..event import EventHook


class SocketIOClient(socketio.Client):
    """A `socketio.Client` that fires `request_event`. See the module for what of it is recorded."""

    def __init__(self, request_event: EventHook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_event = request_event

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """`socketio.Client.connect`, timed."""
        with self.request_event.measure("WS", "connect"):
            super().connect(*args, **kwargs)

    def send(
        self, data: Any, namespace: str | None = None, callback: Any = None, name: str = "Unnamed"
    ) -> None:
        """`socketio.Client.send`, recorded under `name`."""
        send = super().send
        self._record("WSS", name, data, lambda: send(data, namespace, callback))

    def emit(
        self, event: Any, data: Any = None, namespace: str | None = None, callback: Any = None
    ) -> None:
        """`socketio.Client.emit`, recorded under the event's name."""
        emit = super().emit
        self._record("WSE", str(event), data, lambda: emit(event, data, namespace, callback))

    def call(self, event: Any, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`socketio.Client.call`, timed and recorded under the event's name; None if it failed."""
        with self.request_event.measure("WSC", event):
            return super().call(event, data, *args, **kwargs)

    def on_message(self, event: str, data: Any) -> None:
        """Called for each event from the server that has no handler of its own (`sio.on`).

        A subclass that can tell how long the event was under way, by a time stamp in it, say, fires
        the request event itself.
        """
        self._record("WSR", event, data)

    def _record(
        self, request_type: str, name: str, data: Any, action: Callable[[], Any] | None = None
    ) -> None:
        exception = None
        if action is not None:
            try:
                action()
            except Exception as error:
                exception = error
        self.request_event.fire(
            request_type=request_type,
            name=name,
            response_time=0,
            response_length=len(data) if data and isinstance(data, Sized) else 0,
            exception=exception,
            context={},
        )


class SocketIOUser(User):
    """A user with a SocketIOClient, `sio`, that is not connected yet.

    It may be mixed with other users: `class Shopper(SocketIOUser, HttpUser)`.
    """

    abstract = True
    #: Arguments of `socketio.Client`, such as {"reconnection_attempts": 1, "logger": True}
    options: dict[str, Any] = {}
    sio: SocketIOClient
    sio_greenlet: Greenlet[..., Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sio = SocketIOClient(self.environment.events.request, **self.options)
        self.sio_greenlet = gevent.spawn(self.sio.wait)
        self.sio.on("*", self.sio.on_message)
