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
from urllib3.poolmanager import key_fn_by_scheme, pool_classes_by_scheme

from .adapter import NativeAdapter, retries_of_its_own

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
    if type(adapter) is not NativeAdapter or not adapter.serves(session):
        return False
    return not adapter.needs_urllib3()


def does_what_the_core_does(adapter: object, session: NativeSession) -> bool:
    """Whether the core sends in the same way: no retries, no pools or class of somebody's own, and
    no pool that blocks. How many connections it may keep makes no difference to any answer.
    """
    if is_own(adapter, session):
        return True
    if (
        type(adapter) is not HTTPAdapter
        or retries_of_its_own(adapter)
        or adapter.proxy_manager
        or vars(adapter).keys() - _USUAL
    ):
        return False
    pools = adapter.poolmanager
    return (
        type(pools) is PoolManager
        and not pools.connection_pool_kw.keys() - {"maxsize", "block"}
        and not pools.connection_pool_kw.get("block")
        and not vars(pools).keys() - _USUAL_OF_POOLS
        and pools.pool_classes_by_scheme is pool_classes_by_scheme
        and pools.key_fn_by_scheme == key_fn_by_scheme
    )


_USUAL = frozenset(vars(HTTPAdapter()))
_USUAL_OF_POOLS = frozenset(vars(PoolManager()))
