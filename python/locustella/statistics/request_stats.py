"""All statistics of a test: its entries, its errors and the total."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._core import StatsEntryData, StatsErrorData, StatsTable, errors_beyond_limit
from . import clock
from .entry import StatsEntry, StatsEntryDict, snapshot_limit
from .error import StatsError, StatsErrorDict, encodable
from .response_time_rounding import users_bucket, users_rounding

if TYPE_CHECKING:
    from .report.seconds import Seconds

logger = logging.getLogger("locust.stats")


def text_of(name: object) -> str:
    """A name as the reports show it: what is no text has to be sorted and written, too."""
    if isinstance(name, str):
        return name
    try:
        return str(name)
    except Exception:  # a script's own class
        return f"<{type(name).__name__}>"


def method_text(method: object) -> str:
    """The same for a method; None shows nothing, as in Locust's tables."""
    return "" if method is None else text_of(method)


def _storing_entries(name: str) -> Callable[..., Any]:
    change = getattr(dict, name)

    def method(self: EntriesDict, *args: Any, **kwargs: Any) -> Any:
        before = dict(self)
        try:
            return change(self, *args, **kwargs)
        finally:
            self._tell_changes(before)

    method.__name__ = name
    return method


class EntriesDict(dict[tuple[str, str], StatsEntry]):
    """{(name, method): StatsEntry}; a missing key makes its entry.

    While it is a RequestStats' `entries`, requests recorded natively appear in it, and what is put
    in or taken out is so for the recording, too.
    """

    def __init__(self, request_stats: RequestStats) -> None:
        super().__init__()
        self.request_stats = request_stats

    def __missing__(self, key: tuple[str, str]) -> StatsEntry:
        stats = self.request_stats
        as_text = (text_of(key[0]), method_text(key[1]))
        if as_text != key:
            return self[as_text]
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

    def _tell_changes(self, before: dict[tuple[str, str], StatsEntry]) -> None:
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
        self.history: list[dict[str, Any]] = []
        self.seconds: Seconds | None = None  # once somebody wants them: seconds_of()
        self._table = StatsTable(clock.now(), snapshot_limit() if use_response_times_cache else 0)
        self._table_capsule = self._table.capsule()
        self._table.set_rounding(users_rounding())
        self._show_native_entries()
        self._error_at_hand: Exception | str | None = None
        self._told_of_errors = False
        # called whenever all of it begins again
        self.when_reset: list[Callable[[], object]] = []
        self.errors = {}
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
                if stats.seconds is not None:
                    stats.seconds.expect(data.name, data.method, data)

        self._table.on_new_entry(show)
        self._table.on_limit(_warn_of_names)

    @property
    def errors(self) -> dict[str, StatsError]:
        """{key: StatsError}, see StatsError.create_key()."""
        return self._errors

    @errors.setter
    def errors(self, errors: dict[str, StatsError]) -> None:
        self._errors = errors if isinstance(errors, dict) else dict(errors)
        me = weakref.ref(self)

        def show(data: StatsErrorData) -> tuple[str, StatsError]:
            stats = me()
            assert stats is not None
            return stats._show_failure(data)

        self._table.show_failures(self._errors, show)

    def _show_failure(self, data: StatsErrorData) -> tuple[str, StatsError]:
        """The one in `errors` that a native failure counts in, and its key."""
        method, name = data.method, data.name
        error: Exception | str = data.error
        if error == errors_beyond_limit:
            self._warn_of_errors()
        elif self._error_at_hand is not None:
            error = self._error_at_hand
        key = StatsError.create_key(method, name, error)
        if key not in self._errors:
            self._errors[key] = StatsError._over(data, method, name, error)
        return key, self._errors[key]

    def _warn_of_errors(self) -> None:
        if not self._told_of_errors:
            self._told_of_errors = True
            logger.warning(
                "Too many different errors: from now on, new ones are counted together as '%s';"
                " the totals miss nothing. Leave what differs each time (an id, a time) out of the"
                " text of the error, or raise environment.stats.error_limit.",
                errors_beyond_limit,
            )

    @property
    def error_limit(self) -> int:
        """So many different errors are told apart; further ones share one. May be assigned."""
        return self._table.error_limit

    @error_limit.setter
    def error_limit(self, errors: int) -> None:
        self._table.error_limit = errors

    def _face_of_total(self) -> StatsEntry:
        if self.use_response_times_cache:
            self._table.total.percentiles_ms_since(0, [])  # from now on it notes them
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

    def _adopt(self, key: object, entry: object) -> None:
        """Recording goes on in this entry; one that cannot take it natively stays Python's."""
        if not isinstance(key, tuple) or len(key) != 2:
            return
        name, method = key
        taken = isinstance(entry, StatsEntry) and self._table.adopt(method, name, entry._data)
        if not taken:
            self._table.erase(method, name)

    def _forget(self, key: object) -> None:
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
        self,
        method: str,
        name: str,
        response_time: float | None,
        content_length: int | None,
    ) -> None:
        """Count a request that ends now; `response_time` None where there is none to give.

        Names that are no text count as the text that they show; a length of None as 0.
        """
        method, name = method_text(method), text_of(name)
        content_length = 0 if content_length is None else content_length
        bucket = users_bucket(response_time)
        now = clock.now()
        if self._table.log_request(method, name, response_time, content_length, now, bucket):
            return
        self.total.log(response_time, content_length)
        self.entries[(name, method)].log(response_time, content_length)

    def log_error(self, method: str, name: str, error: Exception | str | None) -> None:
        """Count a failure of a request that log_request() counts."""
        method, name = method_text(method), text_of(name)
        text = encodable(StatsError.parse_error(error))
        self._error_at_hand = error
        try:
            if self._table.log_error(method, name, text, clock.now()):
                return
        finally:
            self._error_at_hand = None
        self.total.log_error(error)
        self.entries[(name, method)].log_error(error)
        key = StatsError.create_key(method, name, error)
        if key not in self.errors:
            self.errors[key] = StatsError(method, name, error)
        self.errors[key].occurred()

    def _record(
        self,
        method: str,
        name: str,
        response_time: float | None,
        content_length: int | None,
        exception: Exception | str | None,
        response: object,
        start_time: float | None,
    ) -> None:
        """log_request(), and log_error() where there is an exception, in one."""
        numbers_told = (response_time, content_length)
        if not self._logs_itself():
            self._record_in_steps(method, name, *numbers_told, exception)
            self._tell(method, name, *numbers_told, exception, response, start_time)
            return
        text = encodable(StatsError.parse_error(exception)) if exception else ""
        bucket = users_bucket(response_time)
        length = 0 if content_length is None else content_length
        numbers = (response_time, length, clock.now(), bucket)
        self._error_at_hand = exception
        try:
            taken = (bool(text) or not exception) and self._table.record(
                method_text(method), text_of(name), *numbers, text, response, start_time or 0.0
            )
        finally:
            self._error_at_hand = None
        if not taken:
            self._record_in_steps(method, name, *numbers_told, exception)
            self._tell(method, name, *numbers_told, exception, response, start_time)

    def _tell(
        self,
        method: str,
        name: str,
        response_time: float | None,
        content_length: int | None,
        exception: Exception | str | None,
        response: object,
        start_time: float | None,
    ) -> None:
        """Outputs, of a request that was counted in steps."""
        if not self._table.has_readers:
            return
        error = ""
        if exception:
            error = encodable(StatsError.parse_error(exception)) or type(exception).__name__
        self._table.tell(
            encodable(method_text(method)), encodable(text_of(name)), response_time,
            content_length or 0, clock.now(), error, response, start_time or 0.0,
        )  # fmt: skip

    def _record_in_steps(
        self,
        method: str,
        name: str,
        response_time: float | None,
        content_length: int | None,
        exception: Exception | str | None,
    ) -> None:
        self.log_request(method, name, response_time, content_length)
        if exception:
            self.log_error(method, name, exception)

    def _logs_itself(self) -> bool:
        """Nobody has put a log_request() or log_error() of his own in place of these."""
        cls, own = type(self), self.__dict__
        return (
            cls.log_request is _log_request
            and cls.log_error is _log_error
            and "log_request" not in own
            and "log_error" not in own
        )

    def _add_error(self, key: str, report: StatsErrorDict) -> None:
        """Count a worker's failures that are not in `errors`; `key` is its name for them."""
        method, name, error = report["method"], report["name"], report["error"]
        seen = (report.get("first_seen"), report.get("last_seen"))
        other_keys = key != StatsError.create_key(method, name, error)  # of another Locust
        if other_keys and len(self._errors) < self.error_limit:
            self.errors[key] = StatsError.unserialize(report)
        elif not self._table.merge_failure(
            method, name, encodable(str(error)), report["occurrences"], *seen
        ):
            self.errors[key] = StatsError.unserialize(report)

    def keep_phases(self, on: bool) -> None:
        """Whether the phases of native requests are kept by entry from now on."""
        self._table.keep_phases = on

    def clear_phases(self) -> None:
        """All phases kept so far are forgotten. (The other resets leave them.)"""
        self._table.clear_phases()

    def phase_rows(
        self,
    ) -> list[tuple[str, str, int, Mapping[str, tuple[float, int, float, float, float]]]]:
        """[(method, name, requests, {phase: (mean, happened, p50, p99, max) in seconds})]."""
        return self._table.phase_rows()

    def get(self, name: str, method: str) -> StatsEntry:
        """The entry of that name, made if need be."""
        return self.entries[(name, method)]

    def entry_within_limit(self, name: str, method: str) -> StatsEntry:
        """The entry that counts requests of that name; past `name_limit` that of all the others."""
        method, name = method_text(method), text_of(name)
        counted_as = self._table.file(method, name, clock.now())
        return self.entries[counted_as or (name, method)]

    def reset_all(self) -> None:
        """Every number back to zero; the entries stay."""
        self.total.reset()
        for entry in self.entries.values():
            entry.reset()
        self._begin_again()

    def clear_all(self) -> None:
        """No entries, no errors, a new total."""
        self._table.clear(clock.now())
        self._entries = EntriesDict(self)
        self._total = self._face_of_total()
        self._begin_again()

    def _begin_again(self) -> None:
        self.errors = {}
        self.history = []
        if self.seconds is not None:
            self.seconds.begin_anew(self)
        for also in self.when_reset:
            also()

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


_log_request, _log_error = RequestStats.log_request, RequestStats.log_error
_live: weakref.WeakSet[RequestStats] = weakref.WeakSet()


def follow_rounding() -> None:
    """Tell native recording of the rounding that holds now."""
    for stats in list(_live):
        stats._table.set_rounding(users_rounding())


def follow_window() -> None:
    """Tell native recording how far back the percentiles of the last seconds look now."""
    for stats in list(_live):
        if stats.use_response_times_cache:
            stats._table.keep_snapshots(snapshot_limit(), clock.now())


def _warn_of_names(method: str, name: str) -> None:
    logger.warning(
        "Too many different request names: from %s %s on, new names are counted together as"
        " '(names beyond the limit)'; the total misses nothing. Group requests under one name with"
        " the name parameter, e.g. client.get('/item/17', name='/item/[id]'), or raise"
        " environment.stats.name_limit.",
        method,
        name,
    )
