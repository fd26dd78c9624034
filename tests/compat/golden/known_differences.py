"""Where stock Locust and we differ on purpose, and why. Everything else that differs is a fault.

That times are not rounded needs no entry: the comparison leaves them that much room.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple


class Known(NamedTuple):
    why: str
    file: str  # patterns, each for all of it
    place: str
    stock: str = ".*"
    ours: str = ".*"

    def covers(self, difference: Any) -> bool:
        return all(
            re.fullmatch(pattern, str(value), re.DOTALL)
            for pattern, value in zip(self[1:], difference, strict=True)
        )


HEAD = r"('Type     Name[^']*', )?'-{8}\|"  # of a table, and the rule below it
NO_COUNT = r"'GET +\S+  0 0\(0\.00%\) \| NNNN'"
COUNT = r"'GET +\S+  1 [01]\([.\d]+%\) \| NNNN'"
PERCENTILES = r"'GET +\S+  N{11} 1'"

KNOWN = [
    Known(
        "of an even number of requests, stock's median is the upper of the two in the middle, and "
        "any percentile that falls on a request is the next one up; ours is the nearest rank",
        r"run_stats(_history)?\.csv", r"RANK of four: (Median Response Time|50%|75%)",
    ),
    Known(
        "the column of names is as wide as the longest name needs, where nobody sees it on a "
        "terminal",
        "stderr", "lines .*", rf"\[{HEAD}-{{76,80}}\|[^']*'\]", rf"\[{HEAD}-{{120}}\|[^']*'\]",
    ),
    Known(
        "stock loses what happens after the CSV files were written for the last time: here the "
        "request of an on_stop at the end of the test",
        r"run_stats(_history)?\.csv", r"(GET departure| Aggregated): (Total )?Request Count",
        "2|5", "3|6",
    ),
    Known("", r"run_stats\.csv", "GET (departure|arrival): Requests/s"),
    Known(
        "--json-file has a second file, about the run, and the log says where they are",
        r"numbers_run\.json", "the file", "None", "is there",
    ),
    Known(
        "",
        "stderr", "lines .*", r"\[\]", r"\['\S+ HOST/INFO/locust.main: The results are in [^']*'\]",
    ),
    Known(
        "with --json stock resets the entries by writing them, and then prints a table of zeros",
        "stderr", "lines .*", rf"\[({NO_COUNT}(, )?)+\]", rf"\[({COUNT}(, )?)+\]",
    ),
    Known("", "stderr", "lines .*", r"\[\]", rf"\[({PERCENTILES}(, )?)+\]"),
    Known(
        "gevent's own report of a greenlet that died stands in stock's console beside the log's",
        "stderr", "lines .*", r"\['', 'Traceback .*<Greenlet .*: run_user.* failed .*\]", r"\[\]",
    ),
]  # fmt: skip

# Log lines that say the same in other words: stock's, and what stands for it. None: nothing does,
# as it tells of stock's own working (or, of the run time, what is not so when there is a shape).
WORDS: list[tuple[str, str | None]] = [
    (r"(.*/locust\.main: Starting )Locust.*", r"\1"),
    (r"(.*/locust\.runners: )Shape test starting\.", r"\1Load shape starts"),
    (r".*/locust\.runners: Shape worker starting", None),
    (
        r"(.*/locust\.runners: )Shape test updating to (\d+ users at [\d.]+) spawn rate",
        r"\1Load shape: \2 per second",
    ),
    (r"(.*/locust\.runners: )Shape test stopping", r"\1Load shape is over"),
    (r".*WARNING/locust\.main: --run-time, --users or --spawn-rate have no impact .*", None),
    (
        r"(.*WARNING/locust\.main: )The following option\(s\) will be ignored: (.*)",
        r"\1OPTIONS ARE IGNORED: \2",
    ),
    (
        r"(.*WARNING/locust\.main: )\w+ does not read these options, .* ignored: (.*?)\. .*",
        r"\1OPTIONS ARE IGNORED: \2",
    ),
]
GENERATOR = "Generator (this process, not the target)"
WITH_A_SHAPE = re.compile(r".*/locust\.runners: Load shape starts")
RUN_TIME = re.compile(r".*/locust\.main: Run time limit set to .*")


def levelled_console(lines: list[str]) -> list[str]:
    """In our words, and without the table about the generator, which stock does not have."""
    levelled: list[str] = []
    skipping = False
    for line in lines:
        skipping = line.startswith(GENERATOR) or (skipping and bool(line))
        said = None if skipping else _in_our_words(line)
        if said is not None:
            levelled.append(said)
    if any(WITH_A_SHAPE.fullmatch(line) for line in levelled):
        levelled = [line for line in levelled if not RUN_TIME.fullmatch(line)]
    while levelled and not levelled[-1]:
        levelled.pop()
    return levelled


def _in_our_words(line: str) -> str | None:
    for pattern, words in WORDS:
        match = re.fullmatch(pattern, line)
        if match is not None:
            return None if words is None else match.expand(words)
    return line
