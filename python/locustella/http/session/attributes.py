"""What a session has as `requests` shows it, and tells the session when it changes.

    session.headers["X-Token"] = "t"           # the next request says so
    session.mount("https://", HTTPAdapter())   # ... and looks at its adapters again

Thread: the session's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity
from urllib3 import PoolManager
from urllib3.poolmanager import pool_classes_by_scheme

from .adapter import NativeAdapter


class SessionHeaders(CaseInsensitiveDict):
    """A session's headers."""

    def __init__(self, session: Any, data: Any = ()) -> None:
        self._session: Any = None
        self._checked = False
        super().__init__(data)
        self._session = session

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._changed()

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._changed()

    def _changed(self) -> None:
        self._checked = False
        if self._session is not None:
            self._session._reconfigure()

    def check(self) -> None:
        """InvalidHeader for a field that cannot be sent; looks once after each change."""
        if not self._checked:
            for name, value in self.items():
                if value is not None:
                    check_header_validity((name, value))
            self._checked = True

    def copy(self) -> CaseInsensitiveDict:
        return CaseInsensitiveDict(self._store.values())

    def __reduce__(self) -> Any:
        return CaseInsensitiveDict, (dict(self.items()),)


class SessionAdapters(OrderedDict):
    """A session's adapters by URL prefix; a NativeAdapter that serves nobody yet serves this session."""

    _session: Any = None

    @classmethod
    def of(cls, session: Any, adapters: Any) -> SessionAdapters:
        self = cls()
        self._session = session
        for prefix, adapter in adapters:
            self[prefix] = adapter
        return self

    def __setitem__(self, prefix: Any, adapter: Any) -> None:
        if isinstance(adapter, NativeAdapter):
            adapter.serve(self._session)
        super().__setitem__(prefix, adapter)
        self._changed()

    def __delitem__(self, prefix: Any) -> None:
        super().__delitem__(prefix)
        self._changed()

    def pop(self, *arguments: Any) -> Any:
        found = super().pop(*arguments)
        self._changed()
        return found

    def _changed(self) -> None:
        if self._session is not None:
            self._session._reconfigure()

    def __reduce__(self) -> Any:
        return OrderedDict, (list(self.items()),)


def is_own(adapter: Any, session: Any) -> bool:
    """Whether this is the adapter that the session has anyway."""
    return type(adapter) is NativeAdapter and adapter.serves(session) and not _retries(adapter)


def does_what_the_core_does(adapter: Any, session: Any) -> bool:
    """Whether the core sends in the same way: no retries, no pools or class of somebody's own."""
    if is_own(adapter, session):
        return True
    if type(adapter) is not HTTPAdapter or _retries(adapter) or adapter.proxy_manager or vars(adapter).keys() - _USUAL:
        return False
    pools = adapter.poolmanager
    return (
        type(pools) is PoolManager
        and not pools.connection_pool_kw.keys() - {"maxsize", "block"}
        and pools.pool_classes_by_scheme is pool_classes_by_scheme
    )


_USUAL = frozenset(vars(HTTPAdapter()))


def _retries(adapter: Any) -> bool:
    retries = adapter.max_retries
    return bool(retries.total or retries.connect or retries.read or retries.status or retries.status_forcelist)
