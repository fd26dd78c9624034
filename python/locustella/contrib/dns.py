"""DNS queries by dnspython: each function of its `dns.query` is a method of the client.

    class Resolver(DNSUser):
        @task
        def look_up(self):
            message = dns.message.make_query("shop.test", dns.rdatatype.A)
            self.client.udp(message, "127.0.0.1", port=5300, name="A shop.test")

Needs `pip install 'locustella[dns]'`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exception import LocustError
from ..user.users import User
from .drivers import driver_of
from .timed_call import timed

with driver_of("dns"):
    import dns.query
    from dns.exception import DNSException
    from dns.message import Message

if TYPE_CHECKING:
    from ..env import Environment
    from ..event import EventHook


class DNSClient:
    """Sends what it is given by `dns.query`, and records it under `name`, or the function's name.

    An exception of dnspython's is recorded and the query returns None; an answer without an answer
    section is recorded as a failure, and returned.
    """

    def __init__(self, request_event: EventHook) -> None:
        self.request_event = request_event

    def __getattr__(self, function_name: str) -> Callable[..., Message]:
        query = getattr(dns.query, function_name)

        def send(message: Message, *args: Any, name: str | None = None, **kwargs: Any) -> Message:
            call = timed(lambda: query(message, *args, **kwargs), DNSException)
            if call.exception is None and not call.result.answer:
                call.exception = LocustError("No answer in DNS response")
            call.fire(
                self.request_event, "DNS", name or function_name, response=call.result
            )
            return call.result

        return send


class DNSUser(User):
    """A user with a DNSClient as its `client`."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = DNSClient(environment.events.request)
