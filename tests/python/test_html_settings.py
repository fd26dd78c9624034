"""The HTML report's settings: what was asked for, and nothing that is secret."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from html_report import HOSTILE, Page, environments
from locustella_process import command

from locustella.argument_parser import get_parser
from locustella.command.given_settings import given_settings
from locustella.env import Environment
from locustella.html import get_html_report


@pytest.fixture
def environment() -> Iterator[Environment]:
    yield from environments()


def settings_of(page: Page) -> dict[str, str]:
    return {row[0]: row[1] for row in page.tables["settings"][1:]}


def given(*args: str) -> dict[str, str]:
    parser = get_parser(default_config_files=[])
    parser.add_argument("--tenant", default="north")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--token", is_secret=True, default="s3cret")
    parser.add_argument("--again", dest="token", default="s3cret")
    parser.add_argument("--internal", include_in_web_ui=False, default="quiet")
    return dict(given_settings(parser, parser.parse_args(args)))


def test_own_arguments_always_and_locusts_where_they_are_not_the_defaults() -> None:
    assert given() == {"--tenant": "north", "--fast": "no"}
    assert given("--fast", "--tenant", "south", "--csv", "out", "-L", "DEBUG") == {
        "--csv": "out",
        "--loglevel": "DEBUG",
        "--tenant": "south",
        "--fast": "yes",
    }


def test_what_is_secret_is_not_among_them() -> None:
    found = given("--token", "hunter2", "--internal", "mine")
    assert found == {"--tenant": "north", "--fast": "no"}


def test_what_the_test_was_asked_for(environment: Environment) -> None:
    environment.parsed_options = Namespace(num_users=50, spawn_rate=2.5, run_time=90, token="s3")
    environment.tags, environment.stop_timeout = ["slow", "fast"], 5.0
    environment.given_settings = lambda: [("--tenant", HOSTILE), ("--at", "a\u2028b")]
    report = get_html_report(environment)
    found = settings_of(Page(report))
    assert found.items() >= {
        "User classes": "Visitor (weight 1)",
        "Users": "50",
        "Spawn rate": "2.5 users/s",
        "Run time": "90 s",
        "Time to finish a task at the end": "5 s",
        "Tags": "slow fast",
        "--tenant": HOSTILE,
        "--at": "a\u2028b",
    }.items()
    assert found.keys() >= {"Load generator", "Python", "Machine"}
    assert "s3" not in found.values() and "<script>alert" not in report


def test_passwords_in_addresses(environment: Environment) -> None:
    environment.host = "https://me:hunter2@shop.example/a@b"
    environment.given_settings = lambda: [("--proxy", "http://me:hunter2@proxy:80")]
    report = get_html_report(environment)
    assert "hunter2" not in report
    assert Page(report).shows("https://shop.example/a@b")
    assert settings_of(Page(report))["--proxy"] == "http://proxy:80"


LOCUSTFILE = """
    from locust import User, constant, events, task
    @events.init_command_line_parser.add_listener
    def arguments(parser):
        parser.add_argument("--tenant", default="north")
        parser.add_argument("--token", is_secret=True, env_var="TOKEN", default="")
    class Visitor(User):
        wait_time = constant(60)
        fixed_count = 1
        @task
        def work(self):
            assert self.environment.parsed_options.token == "hunter2"
            self.environment.runner.quit()
"""


def test_the_settings_of_a_run(tmp_path: Path) -> None:
    arguments = ["--headless", "--only-summary", "-t", "20", "--html", "r.html"]
    arguments += ["--token", "hunter2", "--tenant", "south", "--stop-timeout", "3"]
    run = command(tmp_path, arguments, {"locustfile.py": LOCUSTFILE})
    assert run.code == 0, run.err
    report = (tmp_path / "r.html").read_text()
    assert "hunter2" not in report and "token" not in report
    assert settings_of(Page(report)).items() >= {
        "User classes": "Visitor (fixed count 1)",
        "Users": "1",
        "Run time": "20 s",
        "Time to finish a task at the end": "3 s",
        "--tenant": "south",
        "--headless": "yes",
    }.items()
