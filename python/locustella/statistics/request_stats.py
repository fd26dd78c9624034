"""All statistics of a test: its entries, its errors and the total."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable
from typing import Any

from .._core import StatsEntryData, StatsTable
from .entry import StatsEntry, StatsEntryDict, snapshot_limit
from .error import StatsError, StatsErrorDict
from .response_time_rounding import users_bucket, users_rounding

logger = logging.getLogger("locust.stats")


def _storing_entries(name: str) -> Callable:
    change = getattr(dict, name)

    def method(self: EntriesDict, *args: Any, **kwargs: Any) -> Any:
        before = dict(self)
        try:
            return change(self, *args, **kwargs)
        finally:
            self._tell_changes(before)

    method.__name__ = name
    return method


class EntriesDict(dict):
    """{(name, method): StatsEntry}; a missing key makes its entry.

    While it is a RequestStats' `entries`, requests recorded natively appear in it, and what is put
    in or taken out is so for the recording, too.
    """

    def __init__(self, request_stats: RequestStats) -> None:
        super().__init__()
        self.request_stats = request_stats

    def __missing__(self, key: tuple[str, str]) -> StatsEntry:
        stats = self.request_stats
        entry = StatsEntry(
            stats, key[0], key[1], use_response_times_cache=stats.use_response_times_cache
        )
        self[key] = entry
        return entry

    def __setitem__(self, key: tuple[str, str], entry: StatsEntry) -> None:
        super().__setitem__(key, entry)
        if self._recorded():
            self.request_stats._adopt(key, entry)

    def __delitem__(self, key: tuple[str, str]) -> None:
        super().__delitem__(key)
        if self._recorded():
            self.request_stats._forget(key)

    def _recorded(self) -> bool:
        return getattr(self.request_stats, "entries", None) is self

    def _tell_changes(self, before: dict) -> None:
        if not self._recorded():
            return
        for key in before.keys() - self.keys():
            self.request_stats._forget(key)
        for key, entry in self.items():
            if before.get(key) is not entry:
                self.request_stats._adopt(key, entry)


for _name in ("__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(EntriesDict, _name, _storing_entries(_name))


class RequestStats:
    """All entries and errors of a test, and the total: `environment.stats`."""

    def __init__(self, use_response_times_cache: bool = True) -> None:
        """
        :param use_response_times_cache: keep what the percentiles of the last seconds need (a
            worker does not: its master does)
        """
        self.use_response_times_cache = use_response_times_cache
        self.errors: dict[str, StatsError] = {}
        self.history: list[dict[str, Any]] = []
        self._table = StatsTable(time.time(), snapshot_limit() if use_response_times_cache else 0)
        self._table_capsule = self._table.capsule()
        self._table.set_rounding(users_rounding())
        self._show_native_entries()
        self._entries = EntriesDict(self)
        self._total = self._face_of_total()
        _live.add(self)

    def _show_native_entries(self) -> None:
        me = weakref.ref(self)

        def show(data: StatsEntryData) -> None:
            stats = me()
            if stats is not None:
                entry = StatsEntry._over(data, stats, data.name, data.method)
                dict.__setitem__(stats._entries, (data.name, data.method), entry)

        self._table.on_new_entry(show)
        self._table.on_limit(_warn_of_names)

    def _face_of_total(self) -> StatsEntry:
        return StatsEntry._over(self._table.total, self, "Aggregated", "")

    @property
    def name_limit(self) -> int:
        """So many names get an entry of their own; further ones share one. May be assigned."""
        return self._table.name_limit

    @name_limit.setter
    def name_limit(self, names: int) -> None:
        self._table.name_limit = names

    @property
    def total(self) -> StatsEntry:
        """All requests together."""
        return self._total

    @total.setter
    def total(self, entry: StatsEntry) -> None:
        self._table.set_total(entry._data)
        self._total = entry

    @property
    def entries(self) -> dict[tuple[str, str], StatsEntry]:
        """{(name, method): StatsEntry}"""
        return self._entries

    @entries.setter
    def entries(self, entries: dict[tuple[str, str], StatsEntry]) -> None:
        if not isinstance(entries, EntriesDict):
            given, entries = entries, EntriesDict(self)
            entries.update(given)
        self._table.erase_entries()
        self._entries = entries
        for key, entry in entries.items():
            self._adopt(key, entry)

    def _adopt(self, key: Any, entry: Any) -> None:
        """Recording goes on in this entry; one that cannot take it natively stays Python's."""
        if not isinstance(key, tuple) or len(key) != 2:
            return
        name, method = key
        taken = isinstance(entry, StatsEntry) and self._table.adopt(method, name, entry._data)
        if not taken:
            self._table.erase(method, name)

    def _forget(self, key: Any) -> None:
        if isinstance(key, tuple) and len(key) == 2:
            self._table.erase(key[1], key[0])

    @property
    def num_requests(self) -> int:
        return self.total.num_requests

    @property
    def num_none_requests(self) -> int:
        return self.total.num_none_requests

    @property
    def num_failures(self) -> int:
        return self.total.num_failures

    @property
    def last_request_timestamp(self) -> float | None:
        return self.total.last_request_timestamp

    @property
    def start_time(self) -> float:
        return self.total.start_time

    def log_request(
        self, method: str, name: str, response_time: float | None, content_length: int
    ) -> None:
        """Count a request that ends now; `response_time` None where there is none to give."""
        bucket = users_bucket(response_time)
        now = time.time()
        if self._table.log_request(method, name, response_time, content_length, now, bucket):
            return
        self.total.log(response_time, content_length)
        self.entries[(name, method)].log(response_time, content_length)

    def log_error(self, method: str, name: str, error: Exception | str | None) -> None:
        """Count a failure of a request that log_request() counts."""
        if not self._table.log_error(method, name, time.time()):
            self.total.log_error(error)
            self.entries[(name, method)].log_error(error)
        key = StatsError.create_key(method, name, error)
        if key not in self.errors:
            self.errors[key] = StatsError(method, name, error)
        self.errors[key].occurred()

    def get(self, name: str, method: str) -> StatsEntry:
        """The entry of that name, made if need be."""
        return self.entries[(name, method)]

    def entry_within_limit(self, name: str, method: str) -> StatsEntry:
        """The entry that counts requests of that name; past `name_limit` that of all the others."""
        counted_as = self._table.file(method, name, time.time())
        return self.entries[counted_as or (name, method)]

    def reset_all(self) -> None:
        """Every number back to zero; the entries stay."""
        self.total.reset()
        for entry in self.entries.values():
            entry.reset()
        self.errors = {}
        self.history = []

    def clear_all(self) -> None:
        """No entries, no errors, a new total."""
        self._table.clear(time.time())
        self._entries = EntriesDict(self)
        self._total = self._face_of_total()
        self.errors = {}
        self.history = []

    def serialize_stats(self) -> list[StatsEntryDict]:
        """get_stripped_report() of every entry that has something to report."""
        return [
            entry.get_stripped_report()
            for entry in self.entries.values()
            if entry.num_requests or entry.num_failures
        ]

    def serialize_errors(self) -> dict[str, StatsErrorDict]:
        """All errors, as plain data."""
        return {key: error.serialize() for key, error in self.errors.items()}


_live: weakref.WeakSet[RequestStats] = weakref.WeakSet()


def follow_rounding() -> None:
    """Tell native recording of the rounding that holds now."""
    for stats in list(_live):
        stats._table.set_rounding(users_rounding())


def follow_window() -> None:
    """Tell native recording how far back the percentiles of the last seconds look now."""
    for stats in list(_live):
        if stats.use_response_times_cache:
            stats._table.keep_snapshots(snapshot_limit(), time.time())


def _warn_of_names(method: str, name: str) -> None:
    logger.warning(
        "Too many different request names: from %s %s on, new names are counted together as"
        " '(names beyond the limit)'; the total misses nothing. Group requests under one name with"
        " the name parameter, e.g. client.get('/item/17', name='/item/[id]'), or raise"
        " environment.stats.name_limit.",
        method,
        name,
    )
