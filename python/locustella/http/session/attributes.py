"""A session's adapters, as `requests` shows them.

    session.mount("https://", HTTPAdapter())   # the next request looks at its adapters again

Thread: the session's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.poolmanager import pool_classes_by_scheme

from .adapter import NativeAdapter

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from .session import NativeSession


class SessionAdapters(OrderedDict[str, Any]):
    """A session's adapters by URL prefix; a NativeAdapter that serves nobody yet serves this
    session.
    """

    _session: NativeSession | None = None

    @classmethod
    def of(
        cls, session: NativeSession, adapters: Iterable[tuple[str, BaseAdapter]]
    ) -> SessionAdapters:
        self = cls()
        self._session = session
        for prefix, adapter in adapters:
            self[prefix] = adapter
        return self

    def __setitem__(self, prefix: str, adapter: BaseAdapter) -> None:
        if isinstance(adapter, NativeAdapter):
            adapter.serve(self._session)
        super().__setitem__(prefix, adapter)

    def __reduce__(self) -> Any:
        return OrderedDict, (list(self.items()),)


def is_own(adapter: object, session: NativeSession) -> bool:
    """Whether this is the adapter that the session has anyway."""
    return type(adapter) is NativeAdapter and adapter.serves(session) and not _retries(adapter)


def does_what_the_core_does(adapter: object, session: NativeSession) -> bool:
    """Whether the core sends in the same way: no retries, no pools or class of somebody's own."""
    if is_own(adapter, session):
        return True
    if (
        type(adapter) is not HTTPAdapter
        or _retries(adapter)
        or adapter.proxy_manager
        or vars(adapter).keys() - _USUAL
    ):
        return False
    pools = adapter.poolmanager
    return (
        type(pools) is PoolManager
        and not pools.connection_pool_kw.keys() - {"maxsize", "block"}
        and pools.pool_classes_by_scheme is pool_classes_by_scheme
    )


_USUAL = frozenset(vars(HTTPAdapter()))


def _retries(adapter: HTTPAdapter) -> bool:
    retries = adapter.max_retries
    return bool(
        retries.total
        or retries.connect
        or retries.read
        or retries.status
        or retries.status_forcelist
    )
