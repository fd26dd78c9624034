"""Reads an HTML report as a browser would, and makes small tests to report on.

    page = Page(get_html_report(environment))
    page.tables["requests"][-1][:4]             # ["", "Aggregated", "3", "1"]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from unittest import mock

from locustella import TaskSet, User, task
from locustella.env import Environment
from locustella.stats import format_utc_timestamp

START = 1_700_000_000  # 2023-11-14 22:13:20 UTC
CERTAINTY = ["Stamped", "At most", "Read"]
HOSTILE = "</td></script><script>alert('x')</script><img src=//evil onerror=alert(1)>\"'&{{$title}}"


class Page(HTMLParser):
    """Reads a report as a browser would; refuses tags that do not close in order.

    `texts`: what stands on the page, `tags`: all of them, `tables`: rows of cells by the table's
    class (template rows included), `scripts`: contents of script elements by class.
    """

    VOID = {"meta", "br"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.classes: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.scripts: dict[str, list[str]] = {}
        self._script = self._table = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        css_class = dict(attributes).get("class") or ""
        self.classes.append(css_class)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "script":
            self._script = css_class
        elif tag == "table":
            self._table = css_class
            self.tables[css_class] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self.tables[self._table][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.setdefault(self._script, []).append(data)
        elif "style" not in self.open:
            self.texts.append(data)
            if "td" in self.open or "th" in self.open:
                self.tables[self._table][-1][-1] += data

    def shows(self, text: str) -> bool:
        return text in "".join(self.texts)


class Deeper(TaskSet):
    @task(3)
    def often(self) -> None: ...

    @task
    def seldom(self) -> None: ...


class Visitor(User):
    host = "http://shop.example"
    tasks = [Deeper]


def environments() -> Iterator[Environment]:
    """One that has a local runner; for a fixture."""
    environment = Environment(user_classes=[Visitor], locustfile="load.py")
    runner = environment.create_local_runner()
    environment.stats.total.start_time = START
    yield environment
    runner.quit()


def record(environment: Environment, name: str = "/", ms: float = 5, second: int = 0) -> None:
    with mock.patch("locustella.statistics.clock.now", return_value=START + second + 0.5):
        environment.stats.log_request("GET", name, ms, 100)


def add_readings(environment: Environment, count: int, **values: float) -> None:
    """`count` readings five seconds apart, with one user more in each."""
    for number in range(count):
        when = format_utc_timestamp(START + 5 * number)
        reading: dict[str, Any] = {
            "current_rps": 12.5,
            "current_fail_per_sec": 0.5,
            "response_time_percentile_0.5": 4,
            "response_time_percentile_0.95": 40,
            "total_avg_response_time": 7.25,
            "user_count": number,
            **values,
        }
        environment.stats.history.append(
            {key: [when, value] for key, value in reading.items()} | {"time": when}
        )


def charts(page: Page) -> list[dict[str, Any]]:
    """Those of the whole test, each with the `begin` and the `at` of its points."""
    found = [json.loads(text) for text in page.scripts.get("chart-data", [])]
    times = [json.loads(text) for text in page.scripts.get("chart-times", [])]
    small = page.classes.count("chart small")
    return [chart | times[0] for chart in found[: len(found) - small]]


def small_charts(page: Page) -> list[dict[str, Any]]:
    """Those of single names: of each its rates, then its times."""
    found = [json.loads(text) for text in page.scripts.get("chart-data", [])]
    times = json.loads(page.scripts["chart-times"][-1])
    return [chart | times for chart in found[len(found) - page.classes.count("chart small") :]]


def values(chart: dict[str, Any]) -> dict[str, list[float | None]]:
    """Of the lines of a chart, by their labels."""
    return {series["label"]: series["values"] for series in chart["series"]}
