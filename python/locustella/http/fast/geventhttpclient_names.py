"""What locustfiles import from geventhttpclient, where geventhttpclient is not installed.

    from geventhttpclient.client import HTTPClientPool

    class Shopper(FastHttpUser):
        client_pool = HTTPClientPool(concurrency=20)

Locust requires geventhttpclient; nothing here does. `as_locust` answers the imports of
`geventhttpclient` and `geventhttpclient.client` with this module when no other finder can.

Thread: any.
"""

from __future__ import annotations

from typing import Any

from ..pools import close_idle


class HTTPClientPool:
    """Connections that FastHttpUsers share: at most `concurrency` of them to a host at a time."""

    def __init__(self, **client_args: Any) -> None:
        self.client_args = client_args
        self.clients: dict[Any, Any] = {}

    def close(self) -> None:
        """Closes those that serve nobody; the next request opens a new one."""
        close_idle(self)

    def get_client(self, url: Any) -> Any:
        raise ImportError(_needed("the clients of an HTTPClientPool"))


def _needed(what: str) -> str:
    return f"{what} needs geventhttpclient itself: pip install geventhttpclient"


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(_needed(f"geventhttpclient's {name}"))
