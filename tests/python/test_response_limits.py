"""The options that bound what is taken in of a response, and the words when a bound is met."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest
from locustella_process import command

from locustella import _core
from locustella.argument_parser import get_parser
from locustella.http.response_limits import (
    OPTIONS,
    apply_response_limits,
    byte_size,
    limit_words,
    set_response_limits,
    size_text,
)


@pytest.fixture(autouse=True)
def limits_put_back():
    before = _core.response_limits()
    yield before
    set_response_limits(**before)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10b", 10),
        ("256k", 262_144),
        ("256K", 262_144),
        ("64 MiB", 64 << 20),
        ("1gb", 1 << 30),
        (" 7 ", 7),
    ],
)
def test_sizes(text, size):
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "k", "-1", "1.5m", "1t", "0x10", "a lot"])
def test_what_is_no_size(text):
    with pytest.raises(ArgumentTypeError, match="256k, 64m, 1g"):
        byte_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(1 << 30, "1 GiB"), (262_144, "256 KiB"), (1000, "1000 bytes"), (1536 << 10, "1536 KiB")],
)
def test_sizes_in_words(size, text):
    assert size_text(size) == text
    if "bytes" not in text:
        assert byte_size(text) == size


def test_without_options_the_limits_stay(limits_put_back):
    apply_response_limits(get_parser().parse_args(["-f", "x.py"]))
    assert _core.response_limits() == limits_put_back


def test_options_reach_the_core():
    apply_response_limits(
        get_parser().parse_args(
            [
                "--max-response-head",
                "64k",
                "--max-response-fields",
                "50",
                "--max-response-body",
                "2m",
            ]
        )
    )
    limits = _core.response_limits()
    assert (limits["head"], limits["fields"], limits["body"]) == (65536, 50, 2 << 20)


def test_environment_variables(monkeypatch):
    monkeypatch.setenv("LOCUST_MAX_INTERIM_RESPONSES", "7")
    apply_response_limits(get_parser().parse_args([]))
    assert _core.response_limits()["interim"] == 7


@pytest.mark.parametrize(
    "arguments",
    [
        ["--max-response-head", "huge"],
        ["--max-response-body", "0"],
        ["--max-response-head", "9g"],
        ["--max-response-fields", "-1"],
    ],
)
def test_nonsense_is_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        get_parser().parse_args(arguments)
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize("limit", OPTIONS)
def test_the_words_name_the_limit_and_its_option(limit):
    words = limit_words(limit)
    value = _core.response_limits()[limit]
    assert OPTIONS[limit].name in words
    assert (size_text(value) if OPTIONS[limit].is_size else str(value)) in words


def test_the_report_of_a_run_names_the_option(shop, tmp_path):
    run = command(
        tmp_path,
        [
            "-f",
            "load.py",
            "--headless",
            "-u",
            "1",
            "-t",
            "20s",
            "-H",
            shop,
            "--only-summary",
            "--max-response-body",
            "1k",
        ],
        {
            "load.py": """
            from locust import FastHttpUser, HttpUser, task
            class Visitor(HttpUser):
                @task
                def once(self):
                    self.client.get("/bytes/1025")
                    self.client.get("/bytes/1024")
                    self.environment.runner.quit()
            """
        },
    )
    assert run.code == 1, run.err
    assert (
        'GET /bytes/1025: HTTPException("the response\'s body is larger than 1 KiB: --max-response-body raises the limit")'  # noqa: E501
        in run.err
    )
    assert "GET /bytes/1024:" not in run.err
