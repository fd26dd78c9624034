"""The words of failures that the core has for native users are those that reports show for
Python's.

Both are held to one table, tests/unit/client/failure_words.tsv: here Python's exceptions, in
tests/unit/client/failure_words_test.cpp the core's words. Its first lines say what each request
was.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from locustella import _core
from locustella._core import Error, Stage
from locustella.http.errors import Failure, requests_error
from locustella.http.fast.errors import body_error, failed_in_body, fast_error
from locustella.http.session.http_session import root_cause
from locustella.stats import StatsError

TABLE = Path(__file__).parents[1] / "unit" / "client" / "failure_words.tsv"
URLS = {"plain": "http://shop.test:8080/items?id=7", "tls": "https://shop.test/items"}
BODY = b"abc"


def rows() -> list[list[str]]:
    lines = [
        line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def failure_of(stage: str, category: str, code: str, message: str, words: str) -> tuple:
    """As `_native_failure()` tells it; the words' backslash escapes are undone."""
    number: Any = Error(int(code)) if category == "http" else int(code)
    return (
        getattr(Stage, stage.upper()),
        category,
        number,
        message,
        words.encode().decode("unicode_escape"),
    )


def failed_response(failure: tuple, url: str, answered: bool) -> Any:
    """What the words are made from, as a response has it."""
    details = (None, None, (2.5, 5))
    request = requests.Request("GET", url).prepare()
    return SimpleNamespace(
        request=request,
        answer_so_far=lambda: SimpleNamespace(request=request),
        _native_failure=lambda: failure,
        _native_status=lambda: 200 if answered else 0,
        _native_fields=lambda: [("Content-Length", "10")] if answered else [],
        _native_body_size=lambda: len(BODY) if answered else 0,
        _native_body=lambda: b"",  # decodes: what a decoder says of a body is not the core's to say
        _native_history=lambda: [None, None],
        _native_session=lambda: SimpleNamespace(max_redirects=2),
        _native_sent=lambda: details,
        _native_asked=lambda: ("GET", None, details),
    )


def words_of(dialect: str, failure: tuple, url: str, answered: bool) -> str:
    response = failed_response(failure, url, answered)
    if dialect == "requests":
        shown = StatsError.parse_error(root_cause(requests_error(response, failure)))
        return re.sub(r" at 0x[0-9a-f]+>", " at 0x....>", shown)  # a connection's place in memory
    if failed_in_body(response):
        return StatsError.parse_error(body_error(failure))
    return StatsError.parse_error(fast_error(Failure(*failure), [url], 1, 30))


@pytest.mark.parametrize("row", rows(), ids=lambda row: "-".join(row[:4] + row[6:7]))
def test_python_says_what_the_table_says(row):
    dialect, stage, category, code, message, words, scheme, answered, shown = row
    failure = failure_of(stage, category, code, message, words)
    assert words_of(dialect, failure, URLS[scheme], answered == "answered") == shown


def test_every_error_of_the_core_is_in_the_table():
    for dialect in ("requests", "geventhttpclient"):
        told = {int(row[3]) for row in rows() if row[0] == dialect and row[2] == "http"}
        # unsendable_head is raised into the script, as under http.client: nothing is recorded.
        recorded = set(Error.__members__.values()) - {Error.UNSENDABLE_HEAD}
        assert told == {int(error) for error in recorded}


def test_the_limits_are_those_of_a_fresh_process():
    assert _core.response_limits() == {
        "head": 256 << 10,
        "fields": 1000,
        "body": 1 << 30,
        "interim": 100,
    }
