"""FastHttpUser and its client: Locust's leaner HTTP API, on the same native connections.

    class Shopper(FastHttpUser):
        @task
        def browse(self):
            self.client.get("/products", name="/products")

It differs from HttpUser as in Locust: entries are named by the path as given, success is a list of
status codes, certificates are not verified unless `insecure = False`, answers are `FastResponse`s.

Thread: the hub's.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exception import (
    CatchResponseError,
    LocustError,
    MissingHostError,
    ResponseError,
    StopTest,
)
from ..http.fast.agent import (
    LocustUserAgent,
)
from ..http.fast.errors import (
    FAILURE_EXCEPTIONS,
    ConnectionError,
    HTTPConnectionClosed,
    HTTPParseError,
    LocustBadStatusCode,
    RetriesExceeded,
)
from ..http.fast.headers import Headers
from ..http.fast.request import (
    FastRequest,
)
from ..http.fast.response import (
    ErrorResponse,
    FastResponse,
    ResponseContextManager,
    RestResponseContextManager,
)
from ..http.fast.session import FastHttpSession, absolute_http_url_regexp
from ..http.header_fields import basic_auth_value
from ..legacy.names import legacy_user_class
from ..user.rest import RestMixin
from ..user.users import User, checked_source_ip, missing_host

if TYPE_CHECKING:
    from ..env import Environment


class FastHttpUser(User, RestMixin[RestResponseContextManager]):
    """A user whose `client` is a FastHttpSession. Set the attributes below in the class."""

    abstract = True

    client: FastHttpSession
    network_timeout: float = 60.0
    connection_timeout: float = 60.0
    max_redirects: int = 30
    max_retries: int = 0
    insecure: bool = True
    default_headers: dict[str, str] | None = None
    concurrency: int = 10
    proxy_host: str | None = None
    proxy_port: int | None = None
    client_pool: Any = None  # an HTTPClientPool, ours or geventhttpclient's
    ssl_context_factory: Callable[[], object] | None = None
    # Addresses of this machine that the users' connections leave from, as --source-ip takes them;
    # empty: as that option says.
    source_ip: str = ""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if self.host is None:
            raise MissingHostError(missing_host(type(self)))
        self.client = FastHttpSession(
            base_url=self.host,
            request_event=self.environment.events.request,
            user=self,
            insecure=self.insecure,
            client_pool=self.client_pool,
            concurrency=self.concurrency,
            ssl_context_factory=self.ssl_context_factory,
            headers=self.default_headers,
            network_timeout=self.network_timeout,
            connection_timeout=self.connection_timeout,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
            proxy_host=self.proxy_host,
            proxy_port=self.proxy_port,
            source_ip=checked_source_ip(type(self)),
        )


FastHttpLocust = legacy_user_class("FastHttpLocust", FastHttpUser)

FastHttpSession.__module__ = __name__

_construct_basic_auth_str = basic_auth_value


def insecure_ssl_context_factory() -> ssl.SSLContext:
    """A context that verifies nothing, for `ssl_context_factory`."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


__all__ = (
    "FAILURE_EXCEPTIONS",
    "CatchResponseError",
    "ConnectionError",
    "ErrorResponse",
    "FastHttpSession",
    "FastHttpUser",
    "FastRequest",
    "FastResponse",
    "HTTPConnectionClosed",
    "HTTPParseError",
    "Headers",
    "LocustBadStatusCode",
    "LocustError",
    "LocustUserAgent",
    "ResponseContextManager",
    "ResponseError",
    "StopTest",
    "RestResponseContextManager",
    "RetriesExceeded",
    "absolute_http_url_regexp",
    "insecure_ssl_context_factory",
)
