"""The HTML report: that nothing in it can do harm, how it is called, and its file."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from html_report import HOSTILE, Page, add_readings, environments, record
from locustella_process import command, interrupted_at

from locustella.env import Environment
from locustella.html import get_html_report, process_html_filename
from locustella.statistics.report.table import PAGE_ROWS


@pytest.fixture
def environment() -> Iterator[Environment]:
    yield from environments()


# Nothing in it can do harm


@pytest.mark.parametrize(
    "nasty",
    [
        HOSTILE,
        "\ud800 \x00 \x1b[31m \x85",
        "\u202eevil",
        "\u2028`'\"</script>${1}",
        "x" * 5_000_000,
        "line\r\nline\n" * 9999,
    ],
    ids=["markup", "no characters", "right to left", "quotes", "long", "many lines"],
)
def test_hostile_text(environment: Environment, nasty: str) -> None:
    record(environment)
    plain = Page(get_html_report(environment))
    record(environment, nasty)
    environment.stats.log_error("GET", nasty, nasty)
    environment.stats.log_error(nasty, "/", ValueError(nasty))
    environment.locustfile = environment.host = environment.profile = nasty
    assert environment.runner is not None
    environment.runner.log_exception(nasty, nasty, nasty)
    report = get_html_report(environment, theme=nasty)
    page = Page(report)
    assert set(page.tags) <= set(plain.tags) | {"details", "summary", "pre"}
    assert page.tags.count("script") == plain.tags.count("script")
    assert page.scripts.keys() == plain.scripts.keys() and len(page.scripts[""]) == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert len(report.encode("utf-8")) < 500_000
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", report)


def test_hostile_text_is_readable(environment: Environment) -> None:
    record(environment, HOSTILE)
    assert Page(get_html_report(environment)).tables["requests"][2][1] == HOSTILE


def test_a_long_text_keeps_its_beginning_and_its_end(environment: Environment) -> None:
    assert environment.runner is not None
    environment.runner.log_exception("local", "m", "first\n" + "y" * 3_000_000 + "\nlast")
    (row,) = Page(get_html_report(environment)).tables["exceptions"][1:]
    assert "first" in row[2] and row[2].endswith("last")
    assert "characters left out" in row[2] and len(row[2]) < 25_000


def test_the_page_loads_nothing_and_allows_its_own_script_only(environment: Environment) -> None:
    add_readings(environment, 2)
    page = Page(get_html_report(environment))
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "srcdoc", "action")]
    links = [value for name, value in page.attributes if name == "href"]
    assert {link[0] for link in links if link} == {"#", "?"}
    (policy,) = [value for _, value in page.attributes if value and "default-src 'none'" in value]
    assert re.search(r"script-src 'sha256-[\w+/]{43}='$", policy)


# Usable with ten thousand entries


def test_rows_beyond_the_first_page_wait_in_a_template(environment: Environment) -> None:
    environment.stats.name_limit = 20_000
    for number in range(10_000):
        record(environment, f"/item/{number}")
    report = get_html_report(environment)
    rows = Page(report).tables["requests"][2:]
    assert {row[1] for row in rows} == {*(f"/item/{n}" for n in range(10_000)), "Aggregated"}
    laid_out = re.sub("<template>.*?</template>", "", report, flags=re.S)
    assert Page(laid_out).tables["requests"][-1][:3] == ["", "Aggregated", "10,000"]
    assert len(Page(laid_out).tables["requests"]) == 2 + PAGE_ROWS + 1
    assert Page(report).shows(f"first {PAGE_ROWS} rows of 10,000")


# How it is called


def test_a_link_to_download_it(environment: Environment) -> None:
    assert 'href="?download=1&amp;theme=dark"' in get_html_report(environment, True, "dark")
    assert "?download" not in get_html_report(environment, show_download_link=False)


@pytest.mark.parametrize(
    "theme, media",
    [
        ("dark", "screen"),
        ("light", "not all"),
        ("", "screen and (prefers-color-scheme: dark)"),
    ],
)
def test_colours(environment: Environment, theme: str, media: str) -> None:
    report = get_html_report(environment, theme=theme, use_modern_ui=True)
    assert [value for name, value in Page(report).attributes if name == "media"] == [media]


@pytest.mark.parametrize(
    "users, rate, seconds, name",
    [
        (100, 10.0, 60, "r_100_10_60_100.html"),
        (1, 2.5, None, "r_1_2.5_{t}_1.html"),
        (None, None, None, "r_{u}_{r}_{t}_{u}.html"),
    ],
)
def test_tags_of_the_file_name(users: Any, rate: Any, seconds: Any, name: str) -> None:
    options = SimpleNamespace(
        html_file="r_{u}_{r}_{t}_{u}.html", num_users=users, spawn_rate=rate, run_time=seconds
    )
    process_html_filename(options)  # type: ignore[arg-type]
    assert options.html_file == name


# The file of a run

LOAD = """
    from locust import User, constant, events, task
    class Visitor(User):
        wait_time = constant(WAIT)
        def on_start(self):
            self.tell("hello")
            print("at work", flush=True)
        @task
        def work(self):
            self.tell("echo")
            DONE
        def on_stop(self):
            self.tell("goodbye")
        def tell(self, name):
            self.environment.events.request.fire(
                request_type="TCP", name=name, response_time=1.5, response_length=1,
                exception=None, context={})
    @events.quitting.add_listener
    def on_quitting(environment, **kwargs):
        with open(environment.parsed_options.html_file) as report:
            print("quitting listeners find it:", "hello" in report.read())
"""
ENDING = LOAD.replace("WAIT", "60").replace("DONE", "self.environment.runner.quit()")
ENDLESS = LOAD.replace("WAIT", "0.01").replace("DONE", "pass")
ARGUMENTS = ["--headless", "--only-summary", "-t", "20", "-u", "2", "--html"]


def test_a_run_writes_it(tmp_path: Path) -> None:
    run = command(tmp_path, [*ARGUMENTS, "new/r_{u}_{t}.html"], {"locustfile.py": ENDING})
    assert run.code == 0, run.err
    assert "quitting listeners find it: True" in run.out
    page = Page((tmp_path / "new/r_2_20.html").read_text())
    names = {row[1] for row in page.tables["requests"][2:]}
    assert names == {"hello", "echo", "goodbye", "Aggregated"}
    assert page.shows("of one CPU core") and page.shows("locustfile.py")
    assert not page.shows("?download")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_by_a_signal_writes_all_of_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    run = interrupted_at(
        tmp_path,
        "at work",
        lambda process: process.send_signal(number),
        ["-f", "locustfile.py", *ARGUMENTS, "r.html"],
        {"locustfile.py": ENDLESS},
    )
    assert run.code == 0, run.err
    assert "quitting listeners find it: True" in run.out
    page = Page((tmp_path / "r.html").read_text())
    names = {row[1] for row in page.tables["requests"][2:]}
    assert "goodbye" in names  # users said it after the signal


@pytest.mark.parametrize("name, words", [(".", "it is a folder"), ("locustfile.py/x", "no folder")])
def test_a_name_that_cannot_be_written_is_told_at_once(
    tmp_path: Path, name: str, words: str
) -> None:
    run = command(tmp_path, [*ARGUMENTS, name], {"locustfile.py": ENDING})
    assert run.code == 1 and run.out == ""
    assert "cannot write the report to" in run.err and words in run.err
    assert "Traceback" not in run.err


def test_a_file_that_cannot_be_written_in_the_end_is_told(tmp_path: Path) -> None:
    vanishing = ENDING.split("    @events.quitting")[0] + (
        "    import pathlib, shutil\n"
        "    @events.test_start.add_listener\n"
        "    def on_start(**kwargs):\n"
        "        shutil.rmtree('new')\n"
        "        pathlib.Path('new').write_text('a file where a folder should be')\n"
    )
    run = command(tmp_path, [*ARGUMENTS, "new/r.html"], {"locustfile.py": vanishing})
    assert run.code == 1 and "Cannot write the report to new/r.html" in run.err
    assert "Aggregated" in run.err
