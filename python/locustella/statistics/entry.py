"""One entry of the statistics, with Locust's attributes over the native numbers.

    entry = stats.entries[("/basket", "GET")]
    entry.num_requests, entry.get_response_time_percentile(0.95), entry.percentile_ms(0.95)

Every attribute may be assigned. Times are in milliseconds, sizes in bytes, instants in Unix
seconds.

Thread: the hub's.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from .._core import StatsEntryData
from ..util.rounding import proper_round
from . import clock
from . import constants as settings
from .counts import Counts
from .error import StatsBaseDict
from .format import left, percentile_row, shown_ms, shown_number, summary_row
from .response_time_rounding import bucket_response_time, users_bucket

if TYPE_CHECKING:
    from ..stats import RequestStats

EXTRA_SNAPSHOTS = 10  # beyond the window: how far a snapshot may lie from the one looked for
WINDOW_TOLERANCE = 8  # seconds


class StatsEntryDict(StatsBaseDict):
    """A StatsEntry on its way from a worker to the master, and in JSON files."""

    last_request_timestamp: float | None
    start_time: float
    num_requests: int
    num_none_requests: int
    num_failures: int
    total_response_time: float
    max_response_time: float
    min_response_time: float | None
    total_content_length: float
    response_times: dict[float, int]
    num_reqs_per_sec: dict[int, int]
    num_fail_per_sec: dict[int, int]


class CachedResponseTimes(NamedTuple):
    """How an entry stood at the end of some second."""

    response_times: dict[float, int]
    num_requests: int
    num_none_requests: int


def snapshot_limit() -> int:
    """How many snapshots an entry keeps for its percentiles of the last seconds."""
    return settings.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW + EXTRA_SNAPSHOTS


def _number(name: str, doc: str) -> Any:
    """An attribute that is a number of the native entry: a property."""

    def assign(self: StatsEntry, value: Any) -> None:
        setattr(self._data, name, value)

    return property(attrgetter(f"_data.{name}"), assign, doc=doc)


def _counts(name: str, doc: str) -> Any:
    """An attribute that is a {number: count} of the native entry: a property."""

    def read(self: StatsEntry) -> Counts:
        data = self._data
        return Counts(getattr(data, name), lambda counts: setattr(data, name, counts))

    def assign(self: StatsEntry, counts: dict[float, int]) -> None:
        setattr(self._data, name, counts)

    return property(read, assign, doc=doc)


def name_column_width() -> int:
    """Of the console's main table, whose other columns are packed to leave names more room."""
    return settings.STATS_NAME_WIDTH - settings.STATS_TYPE_WIDTH + 4


def _average(total: float, number: float) -> float:
    return total / number if number else 0.0


class StatsEntry:
    """The statistics of one (name, method), or of all requests together."""

    num_requests: int = _number("num_requests", "Requests, failed ones included.")
    num_none_requests: int = _number("num_none_requests", "Requests without a response time.")
    num_failures: int = _number("num_failures", "Failures.")
    total_response_time: float = _number("total_response_time", "Sum of the response times, ms.")
    min_response_time: float | None = _number(
        "min_response_time", "Exact, ms; None while there is none."
    )
    max_response_time: float = _number("max_response_time", "Exact, ms; 0 while there is none.")
    total_content_length: float = _number(
        "total_content_length", "Sum of the response lengths, bytes."
    )
    start_time: float = _number("start_time", "When counting began, Unix seconds.")
    last_request_timestamp: float | None = _number(
        "last_request_timestamp", "Unix seconds, or None."
    )
    response_times: dict[float, int] = _counts(
        "response_times", "{rounded response time in ms: requests}"
    )
    num_reqs_per_sec: dict[int, int] = _counts("num_reqs_per_sec", "{Unix second: requests}")
    num_fail_per_sec: dict[int, int] = _counts("num_fail_per_sec", "{Unix second: failures}")

    def __init__(
        self, stats: RequestStats, name: str, method: str, use_response_times_cache: bool = False
    ) -> None:
        """An entry of its own; it counts requests of its name once it is put into `stats.entries`.

        :param use_response_times_cache: keep what the percentiles of the last seconds need
        """
        snapshots = snapshot_limit() if use_response_times_cache else 0
        self._face(StatsEntryData(clock.now(), snapshots), stats, name, method)
        self._keeps_snapshots = bool(use_response_times_cache)

    @classmethod
    def _over(cls, data: StatsEntryData, stats: RequestStats, name: str, method: str) -> StatsEntry:
        """The face of an entry that native recording has made."""
        entry = cls.__new__(cls)
        entry._face(data, stats, name, method)
        entry._keeps_snapshots = bool(stats.use_response_times_cache)
        return entry

    def _face(self, data: StatsEntryData, stats: RequestStats, name: str, method: str) -> None:
        self._data = data
        self.stats = stats
        self.name = name
        self.method = method
        self._own_cache: dict[int, CachedResponseTimes] | None = None

    # Recording

    def reset(self) -> None:
        """Every number back to the beginning, which is now."""
        self._own_cache = None
        self._data.reset(clock.now())

    def log(self, response_time: float | None, content_length: int) -> None:
        """Count a request that ends now. ValueError for a time that is no finite number."""
        bucket = users_bucket(response_time)
        self._data.log(response_time, content_length, clock.now(), bucket)

    def _log_time_of_request(self, current_time: float) -> None:
        self.num_reqs_per_sec[int(current_time)] += 1
        self.last_request_timestamp = current_time

    def _log_response_time(self, response_time: float | None) -> None:
        if response_time is None:
            self.num_none_requests += 1
            return
        self.total_response_time += response_time
        least, bucket = self.min_response_time, users_bucket(response_time)
        self.min_response_time = response_time if least is None else min(least, response_time)
        self.max_response_time = max(self.max_response_time, response_time)
        self.response_times[bucket_response_time(response_time) if bucket is None else bucket] += 1

    def log_error(self, error: Exception | str | None) -> None:
        """Count a failure; the request itself is counted by log()."""
        self._data.log_error(clock.now())

    def extend(self, other: StatsEntry) -> None:
        """Add another entry's numbers."""
        self._data.extend(other._data)

    # Ratios and rates

    @property
    def fail_ratio(self) -> float:
        """Failures per request; 1.0 where there are failures only."""
        if self.num_requests:
            return self.num_failures / self.num_requests
        return 1.0 if self.num_failures > 0 else 0.0

    @property
    def avg_response_time(self) -> float:
        """Milliseconds."""
        return _average(self.total_response_time, self.num_requests - self.num_none_requests)

    @property
    def avg_content_length(self) -> float:
        """Bytes."""
        return _average(self.total_content_length, self.num_requests) if self.num_requests else 0

    def _recent_rate(self, count_between: Callable[[int, int], int]) -> float:
        # The last two seconds are left out, as they may be still coming in.
        last = self.stats.last_request_timestamp
        if last is None:
            return 0
        end = int(last) - 2
        begin = max(int(last) - 12, int(self.stats.start_time or 0))
        return float(_average(count_between(begin, end), max(end - begin, 0)))

    @property
    def current_rps(self) -> float:
        """Requests per second over about the last ten."""
        return self._recent_rate(self._data.requests_between)

    @property
    def current_fail_per_sec(self) -> float:
        """Failures per second over about the last ten."""
        return self._recent_rate(self._data.failures_between)

    def _total_rate(self, count: int) -> float:
        stats = self.stats
        if not stats.last_request_timestamp or not stats.start_time:
            return 0.0
        return _average(count, stats.last_request_timestamp - stats.start_time)

    @property
    def total_rps(self) -> float:
        """Requests per second of the whole test."""
        return self._total_rate(self.num_requests)

    @property
    def total_fail_per_sec(self) -> float:
        """Failures per second of the whole test."""
        return self._total_rate(self.num_failures)

    # Percentiles

    @property
    def median_response_time(self) -> float:
        """Milliseconds, rounded as Locust does, but never beyond the exact extremes."""
        return self._data.median()

    def get_response_time_percentile(self, percent: float) -> float:
        """What that fraction (0.0 to 1.0) of the requests stayed within: ms, as Locust rounds."""
        return self._data.percentiles([percent])[0]

    def _percentiles(self, fractions: Iterable[float]) -> list[float]:
        return self._data.percentiles(list(fractions))

    def percentile_ms(self, fraction: float) -> float:
        """What that fraction (0.0 to 1.0) of the requests stayed within: ms, to 1 %.

        0.0 while there are no response times. `percentile_ms(1)` is the exact maximum.
        """
        return self._data.percentile_ms(fraction)

    def _shown_percentiles(self, fractions: Iterable[float]) -> list[float]:
        """What tables, files and pages show: precise, or with LOCUST_ROUNDING as Locust rounds."""
        if settings.LOCUST_ROUNDING:
            return self._percentiles(fractions)
        return [self._data.percentile_ms(fraction) for fraction in fractions]

    def _shown_median(self) -> float:
        return self.median_response_time if settings.LOCUST_ROUNDING else self.percentile_ms(0.5)

    def _shown_current_percentiles(self, fractions: Iterable[float]) -> list[float] | None:
        """The same over about the last ten seconds; None where nothing is known of them."""
        if not settings.LOCUST_ROUNDING and self.use_response_times_cache:
            fractions = list(fractions)
            for second in self._window_beginnings():
                found = self._data.percentiles_ms_since(second, fractions)
                if found is not None:
                    return found
            if self.num_requests and self._began_in_the_window():
                return self._shown_percentiles(fractions)  # all there is
        return self._current_percentiles(fractions)

    def _began_in_the_window(self) -> bool:
        began: float = self.stats.start_time or self.start_time
        return clock.now() - began <= settings.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW

    def get_current_response_time_percentile(self, percent: float) -> float | None:
        """The same over about the last ten seconds; None where nothing is known of them.

        ValueError unless `use_response_times_cache` is set.
        """
        found = self._current_percentiles([percent])
        return found[0] if found else None

    def _current_percentiles(self, fractions: Iterable[float]) -> list[float] | None:
        if not self.use_response_times_cache:
            raise ValueError(
                "the last seconds' response times are not kept: use_response_times_cache is off"
            )
        cache = self._python_cache()
        for second in self._window_beginnings():
            if cache is None:
                if self._data.has_snapshot(second):
                    return self._data.percentiles_since(second, list(fractions))
            elif second in cache:
                return self._percentiles_after(cache[second], fractions)
        return None

    @staticmethod
    def _window_beginnings() -> Iterable[int]:
        """The seconds at which the window may begin, the wanted one first, then its neighbours."""
        wanted = int(clock.now()) - settings.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW
        yield wanted
        for distance in range(1, WINDOW_TOLERANCE + 1):
            yield wanted - distance
            yield wanted + distance

    def _percentiles_after(
        self, then: CachedResponseTimes, fractions: Iterable[float]
    ) -> list[float]:
        news = settings.diff_response_time_dicts(self.response_times, then.response_times)
        timed_now = self.num_requests - self.num_none_requests
        requests = timed_now - (then.num_requests - then.num_none_requests)
        return [
            settings.calculate_response_time_percentile(news, requests, fraction)
            for fraction in fractions
        ]

    # Snapshots for the percentiles of the last seconds: native, until somebody looks at them

    @property
    def use_response_times_cache(self) -> bool:
        """Whether what the percentiles of the last seconds need is kept."""
        return self._keeps_snapshots

    @use_response_times_cache.setter
    def use_response_times_cache(self, keep: bool) -> None:
        self._keeps_snapshots = bool(keep)
        self._data.keep_snapshots(snapshot_limit() if keep else 0, clock.now())
        if keep and self._own_cache is not None:
            self._keep_snapshots_here()

    @property
    def response_times_cache(self) -> dict[int, CachedResponseTimes] | None:
        """{Unix second: CachedResponseTimes}, oldest first, or None.

        Whoever has looked at it or assigned it gets it filled from then on.
        """
        if self._keeps_snapshots and self._python_cache() is None:
            self._own_cache = OrderedDict(
                (second, CachedResponseTimes(times, requests, none_requests))
                for second, times, requests, none_requests in self._data.snapshots()
            )
            self._keep_snapshots_here()
        return self._own_cache

    @response_times_cache.setter
    def response_times_cache(self, cache: dict[int, CachedResponseTimes] | None) -> None:
        self._own_cache = cache
        if self._keeps_snapshots and cache is not None:
            self._keep_snapshots_here()

    def _python_cache(self) -> dict[int, CachedResponseTimes] | None:
        """Null while the snapshots are kept natively (a native reset takes them back)."""
        return self._own_cache if self._data.snapshots_handed_over else None

    def _keep_snapshots_here(self) -> None:
        me = weakref.ref(self)

        def keep(second: int) -> None:
            entry = me()
            if entry is not None:
                entry._cache_response_times(second)

        self._data.hand_over_snapshots(keep)

    def _cache_response_times(self, t: int) -> None:
        if not self._data.snapshots_handed_over and self._keeps_snapshots:
            self._data.take_snapshot(t)
            return
        if self._own_cache is None:
            self._own_cache = OrderedDict()
        cache = self._own_cache
        cache[t] = CachedResponseTimes(
            self._data.response_times, self.num_requests, self.num_none_requests
        )
        for second in list(cache)[: max(len(cache) - snapshot_limit(), 0)]:
            del cache[second]

    def __copy__(self) -> StatsEntry:
        twin = type(self)(self.stats, self.name, self.method, self.use_response_times_cache)
        twin.start_time = self.start_time
        twin.extend(self)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> StatsEntry:
        return self.__copy__()

    # Other forms

    def serialize(self) -> StatsEntryDict:
        """As plain data, for the cluster and for JSON."""
        data = self._data
        return {
            "name": self.name,
            "method": self.method,
            "last_request_timestamp": data.last_request_timestamp,
            "start_time": data.start_time,
            "num_requests": data.num_requests,
            "num_none_requests": data.num_none_requests,
            "num_failures": data.num_failures,
            "total_response_time": data.total_response_time,
            "max_response_time": data.max_response_time,
            "min_response_time": data.min_response_time,
            "total_content_length": data.total_content_length,
            "response_times": data.response_times,
            "num_reqs_per_sec": data.num_reqs_per_sec,
            "num_fail_per_sec": data.num_fail_per_sec,
        }

    @classmethod
    def unserialize(cls, data: StatsEntryDict, stats: RequestStats) -> StatsEntry:
        """The other way; keys that are none of ours are passed over."""
        entry = cls(stats, data["name"], data["method"])
        known = StatsEntryDict.__annotations__.keys() - StatsBaseDict.__annotations__.keys()
        for key, value in data.items():
            if key in known:
                setattr(entry, key, value)
        return entry

    def get_stripped_report(self) -> StatsEntryDict:
        """serialize(), then reset()."""
        report = self.serialize()
        self.reset()
        return report

    def _summary_cells(self, current: bool) -> list[str]:
        """Of the console's table: requests, failures, four times, two rates."""
        rps = self.current_rps if current else self.total_rps
        fails = self.current_fail_per_sec if current else self.total_fail_per_sec
        # (Below, "or 0" also takes the minus from a zero that a clock set back has left.)
        failed = f"{self.num_failures}({self.fail_ratio * 100:.2f}%)"
        times = (
            self.avg_response_time,
            self.min_response_time or 0,
            self.max_response_time,
            self._shown_median() or 0,
        )
        rates = (f"{rps or 0:.2f}", f"{fails or 0:.2f}")
        return [f"{self.num_requests:d}", failed, *map(shown_ms, times), *rates]

    def to_string(self, current: bool = True) -> str:
        """A line of the console's table, with the rates of the last seconds or of all the test."""
        method = f"{self.method} " if self.method else ""
        named = f"{left(method, settings.STATS_TYPE_WIDTH)} {left(self.name, name_column_width())}"
        return named + summary_row(self._summary_cells(current))

    def __str__(self) -> str:
        return self.to_string(current=True)

    def percentile(self) -> str:
        """A line of the console's table of percentiles. ValueError where there are no requests."""
        if not self.num_requests:
            raise ValueError("no requests, hence no percentiles")
        return (
            f"{left(self.method or '', settings.STATS_TYPE_WIDTH)}"
            f" {left(self.name, settings.STATS_NAME_WIDTH)}"
            f"{percentile_row(self._percentile_cells())}"
        )

    def _percentile_cells(self) -> list[str]:
        times = self._shown_percentiles(settings.PERCENTILES_TO_REPORT)
        return [*map(shown_ms, times), str(self.num_requests)]

    def to_dict(self, escape_string_values: bool = False) -> dict[str, Any]:
        """As plain data, for the web interface and the HTML report."""
        fractions = settings.PERCENTILES_TO_STATISTICS
        least, most = self.min_response_time, self.max_response_time
        average, median = self.avg_response_time, self._shown_median()
        percentiles = self._shown_percentiles(fractions)
        if settings.LOCUST_ROUNDING:
            least, most = 0 if least is None else proper_round(least), proper_round(most)
        else:
            times = (least, most, average, median, *percentiles)
            least, most, average, median, *percentiles = map(shown_number, times)
        return {
            "method": self.method,
            "name": self.name,
            "num_requests": self.num_requests,
            "num_failures": self.num_failures,
            "min_response_time": least,
            "max_response_time": most,
            "current_rps": self.current_rps,
            "current_fail_per_sec": self.current_fail_per_sec,
            "avg_response_time": average,
            "median_response_time": median,
            "total_rps": self.total_rps,
            "total_fail_per_sec": self.total_fail_per_sec,
            "avg_content_length": self.avg_content_length,
            **{
                f"response_time_percentile_{fraction}": found
                for fraction, found in zip(fractions, percentiles, strict=True)
            },
        }
