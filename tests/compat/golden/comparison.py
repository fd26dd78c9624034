"""Every difference between what two runs have put out: column by column, key by key, line by line.

    for difference in differences(stock, ours, slack_ms=500):
        print(difference)          # run_stats.csv: GET /json: Request Count: '3' != '4'

Counts, names, orders, keys and messages must be equal. Times may lie apart by the slack, or by
what stock's two digits lose; rates, which depend on the times, are compared by their shares.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from .known_differences import KNOWN, levelled_console
from .sides import Side

ROUNDING = 0.06  # of a time: two significant digits, rounded
SHARES = 0.02
CLOCK_S = 30.0
EXACT = {
    "Type", "Name", "Method", "Request Count", "Failure Count", "Total Request Count",
    "Total Failure Count", "Average Content Size", "Total Average Content Size", "Error",
    "Occurrences", "Count", "Message", "Nodes",
    "name", "method", "num_requests", "num_none_requests", "num_failures", "total_content_length",
}  # fmt: skip
MOMENTS = {"Timestamp", "First Seen", "Last Seen", "last_request_timestamp", "start_time"}
RATES = {"Requests/s", "Failures/s"}
PER_SECOND = {"num_reqs_per_sec", "num_fail_per_sec"}
# Rows of the console's tables.
RATES_ROW = re.compile(r"(.*?) +(\d+ +\d+\(\d+\.\d\d%\)) \|((?: +[\d.]+){4}) \|(?: +[\d.]+){2}")
PERCENTILES_ROW = re.compile(r"(.*?)((?: +[\d.]+){4,})( +\d+)")


class Difference(NamedTuple):
    file: str
    place: str
    stock: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: stock {self.stock!r}, ours {self.ours!r}"


def differences(stock: Side, ours: Side, slack_ms: float) -> list[Difference]:
    """Those that have no reason in `known_differences`."""
    found = [
        difference
        for difference in _all(stock, ours, slack_ms)
        if not any(known.covers(difference) for known in KNOWN)
    ]
    return found


def _all(stock: Side, ours: Side, slack_ms: float) -> Iterator[Difference]:
    if stock.run.exit_code != ours.run.exit_code:
        yield Difference("process", "exit code", stock.run.exit_code, ours.run.exit_code)
    for name in sorted({*stock.texts, *ours.texts}):
        one, other = stock.texts.get(name), ours.texts.get(name)
        if one is None or other is None:
            yield Difference(name, "the file", one and "is there", other and "is there")
        elif name.endswith(".csv"):
            yield from _tables(name, one, other, slack_ms)
        elif name.endswith(".json") or (name == "stdout" and one.startswith("[")):
            yield from _documents(name, one, other, slack_ms)
        else:
            yield from _consoles(name, one, other)


# -- CSV ------------------------------------------------------------------------------------------


def _tables(file: str, one: str, other: str, slack_ms: float) -> Iterator[Difference]:
    heads, tables = [], []
    for text in (one, other):
        reader = csv.DictReader(io.StringIO(text))
        tables.append(list(reader))
        heads.append(list(reader.fieldnames or []))
    if heads[0] != heads[1]:
        yield Difference(file, "columns", heads[0], heads[1])
        return
    if file.endswith("_history.csv"):
        tables = [_last_of_each(rows) for rows in tables]
    keys = [[_key(row) for row in rows] for rows in tables]
    if keys[0] != keys[1]:
        yield Difference(file, "rows and their order", keys[0], keys[1])
        return
    for row, ours in zip(*tables, strict=True):
        for column in heads[0]:
            if column in RATES:
                wholes = [rows[-1][column] for rows in tables]
                same = file.endswith("_history.csv") or _same_share(
                    row[column], wholes[0], ours[column], wholes[1]
                )
            else:
                same = _same(column, row[column], ours[column], slack_ms)
            if not same:
                yield Difference(file, f"{_key(row)}: {column}", row[column], ours[column])


def _key(row: dict[str, str]) -> str:
    parts = ("Type", "Method", "Name", "Error", "Count", "Message")
    return " ".join(row[part] for part in parts if part in row)


def _last_of_each(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """How often a history was written depends on the time; its order and its end do not."""
    return list({_key(row): row for row in rows}.values())


def _same_share(stock: str, stock_whole: str, ours: str, our_whole: str) -> bool:
    if float(stock_whole) == 0 or float(our_whole) == 0:
        return float(stock) == float(ours) == float(stock_whole) == float(our_whole)
    return abs(float(stock) / float(stock_whole) - float(ours) / float(our_whole)) < SHARES


# -- JSON -----------------------------------------------------------------------------------------


def _documents(file: str, one: str, other: str, slack_ms: float) -> Iterator[Difference]:
    lists = [json.loads(one), json.loads(other)]
    keys = [[f"{entry['method']} {entry['name']}" for entry in entries] for entries in lists]
    if keys[0] != keys[1]:
        yield Difference(file, "entries and their order", keys[0], keys[1])
        return
    for key, stock, ours in zip(keys[0], *lists, strict=True):
        if list(stock) != list(ours):
            yield Difference(file, f"{key}: keys", list(stock), list(ours))
            continue
        for name in stock:
            if not _same_value(name, stock[name], ours[name], slack_ms):
                yield Difference(file, f"{key}: {name}", stock[name], ours[name])


def _same_value(name: str, stock: Any, ours: Any, slack_ms: float) -> bool:
    if name in PER_SECOND:
        return sum(stock.values()) == sum(ours.values())
    if name == "response_times":
        sorted_times = [
            [float(time) for time in sorted(times, key=float) for _ in range(times[time])]
            for times in (stock, ours)
        ]
        return len(sorted_times[0]) == len(sorted_times[1]) and all(
            _near(*pair, slack_ms) for pair in zip(*sorted_times, strict=True)
        )
    if name == "total_response_time":
        return _near(stock, ours, slack_ms * 20)
    return _same(name, stock, ours, slack_ms)


# -- single values --------------------------------------------------------------------------------


def _same(name: str, stock: Any, ours: Any, slack_ms: float) -> bool:
    if name in EXACT:
        return stock == ours
    if name in MOMENTS:
        if stock is None or ours is None:
            return stock == ours
        return abs(_moment(stock) - _moment(ours)) < CLOCK_S
    if name == "User Count":
        return stock.isdigit() and ours.isdigit()
    if name == "Traceback":
        return own_frames(stock) == own_frames(ours)
    if name.endswith(("%", "Response Time")) or name.endswith("_response_time"):
        if not {stock, ours}.isdisjoint({"N/A", None}):
            return stock == ours
        return _near(float(stock), float(ours), slack_ms)
    raise AssertionError(f"nobody has said how to compare {name!r}")


def _near(stock: float, ours: float, slack_ms: float) -> bool:
    return abs(stock - ours) <= max(slack_ms, ROUNDING * max(stock, ours))


def _moment(value: str | float) -> float:
    if isinstance(value, str) and not value.isdigit():
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    return float(value)


def own_frames(text: str) -> str:
    """A traceback without the frames of the libraries, whose lines are not the locustfile's."""
    parts = re.split(r'(?m)^(?=  File ")', text)
    return "".join(
        part if index == 0 or part.startswith('  File "FOLDER') else _after_frame(part)
        for index, part in enumerate(parts)
    )


def _after_frame(part: str) -> str:
    lines = part.splitlines(keepends=True)[1:]
    while lines and lines[0].startswith("    "):
        lines.pop(0)
    return "".join(lines)


# -- the console ----------------------------------------------------------------------------------


def _consoles(file: str, one: str, other: str) -> Iterator[Difference]:
    stock, ours = [
        levelled_console(masked(own_frames(text)).splitlines()) for text in (one, other)
    ]
    for tag, i, j, m, n in difflib.SequenceMatcher(None, stock, ours, False).get_opcodes():
        if tag != "equal":
            yield Difference(file, f"lines {i + 1}-{j}", stock[i:j], ours[m:n])


def masked(text: str) -> str:
    """Without what differs from run to run: the times, and the blanks of their columns."""
    text = re.sub(r"(?m)^\[[-\d]+ [:,\d]+\] [^/\n]+/", "[TIME] HOST/", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)
    return "\n".join(_masked_row(line).rstrip() for line in text.splitlines())


def _masked_row(line: str) -> str:
    """A row of the tables: name and counts stay, the times do not."""
    rates = RATES_ROW.fullmatch(line)
    if rates is not None:
        counts, times = " ".join(rates[2].split()), "N" * len(rates[3].split())
        return f"{rates[1]}  {counts} | {times}"
    row = PERCENTILES_ROW.fullmatch(line)
    if row is not None:
        return f"{row[1].rstrip()}  {'N' * len(row[2].split())} {row[3].strip()}"
    return line
