"""Where stock Locust and we differ on purpose, and why. Everything else that differs is a fault."""

from __future__ import annotations

import re
from typing import Any, NamedTuple


class Known(NamedTuple):
    why: str
    file: str  # patterns
    place: str
    stock: str = ".*"
    ours: str = ".*"

    def covers(self, difference: Any) -> bool:
        return all(
            re.fullmatch(pattern, str(value), re.DOTALL)
            for pattern, value in zip(self[1:], difference, strict=True)
        )


HEAD = r"('Type     Name[^']*', )?'-{8}\|"  # of a table, and the rule below it

KNOWN = [
    Known(
        "of an even number of requests, stock's median is the upper of the two in the middle, and "
        "any percentile that falls on a request is the next one up; ours is the nearest rank",
        r"run_stats(_history)?\.csv", r"RANK of four: (Total )?(Median Response Time|50%|75%)",
    ),
    Known(
        "the column of names is as wide as the longest name needs, where nobody sees it on a "
        "terminal",
        "stderr", "lines .*", rf"\[{HEAD}-{{76,80}}\|[^']*'\]", rf"\[{HEAD}-{{120}}\|[^']*'\]",
    ),
]  # fmt: skip

# Of the console: lines of ours alone, and lines that say the same of another program.
GENERATOR = "Generator (this process, not the target)"
VERSION = re.compile(r"(locust\.main: Starting )Locust.*")


def levelled_console(lines: list[str]) -> list[str]:
    """Without the table about the generator, which stock does not have."""
    levelled: list[str] = []
    skipping = False
    for line in lines:
        if line.startswith(GENERATOR):
            skipping = True
        elif skipping and not line:
            skipping = False
        if not skipping:
            levelled.append(VERSION.sub(r"\1", line))
    while levelled and not levelled[-1]:
        levelled.pop()
    return levelled
