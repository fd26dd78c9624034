"""How sure the ends of an entry's response times are.

    ends = ends_of(environment.stats.total)
    ends.upper_bound, ends.stamped_share()       # 12, 0.97

Thread: the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ...stats import RequestStats, StatsEntry


class Ends(NamedTuple):
    """Counts of timed requests."""

    kernel: int = 0  # the kernel stamped the arrival of the last byte
    upper_bound: int = 0  # it was over at the latest then, perhaps earlier
    read: int = 0  # as this process read it, or as somebody told: its own lateness is in it

    def share(self, count: int) -> float | None:
        """Of all of them; None where there are none."""
        return count / sum(self) if sum(self) else None

    def stamped_share(self) -> float | None:
        """Of how many the kernel stamped the end."""
        return self.share(self.kernel)


def ends_of(entry: StatsEntry) -> Ends:
    return Ends(**entry._data.ends)


def as_json(stats: RequestStats) -> dict[str, Any]:
    """By entry, and of all together."""
    entries = sorted(stats.entries.values(), key=lambda entry: (str(entry.name), str(entry.method)))
    return {
        "entries": [
            {"name": str(entry.name), "method": str(entry.method or ""), **ends_of(entry)._asdict()}
            for entry in entries
        ],
        "total": ends_of(stats.total)._asdict(),
    }


def words(stats: RequestStats) -> str:
    """What is to be said of the response times where the generator was late."""
    share = ends_of(stats.total).stamped_share()
    if not share:
        return "The kernel stamped none of the response times, so this is in them"
    if share == 1:
        return "The kernel stamped all response times, so they stay true"
    percent = min(max(share * 100, 0.1), 99.9)
    return (
        f"The kernel stamped {percent:.1f} % of the response times, and these stay true; "
        "the others may be too long"
    )
