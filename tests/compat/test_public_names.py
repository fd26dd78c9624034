"""Every public name and option of stock Locust is here, takes what it takes there, or has a reason.

The installed stock Locust is asked, not a list: tests/support/public_names.py. The page that comes
out of it is docs/compat.md.
"""

from __future__ import annotations

import os

import pytest

from support import compat_table
from support.compat_table import STOCK_PYTHON, compared, signature


@pytest.fixture(scope="module")
def names():
    """(stock's, ours)."""
    python = os.environ.get(STOCK_PYTHON)
    if not python:
        pytest.skip(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
    return compat_table.both(python)


def test_nothing_is_missing_without_a_reason(names):
    assert compat_table.unexplained(*names) == []


def test_no_reason_is_out_of_date(names):
    assert compat_table.needless(*names) == []


def test_the_page_is_up_to_date(names):
    assert compat_table.TABLE.read_text(encoding="utf-8") == compat_table.page(*names), (
        "run python tests/support/compat_table.py"
    )


def test_the_names_that_users_know_are_among_them(names):
    rows = {row.key for found in compat_table.rows(*names).values() for row in found}
    assert {
        "locust.HttpUser", "locust.env.Environment.create_local_runner", "locust.stats.StatsEntry",
        "locust.runners.Runner.stats", "locust.user.users.User.environment",
        "locust.contrib.fasthttp.FastHttpUser.client", "locust.util.timespan.parse_timespan",
    } <= rows  # fmt: skip


ANY, NAMED = "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY"
FIRST = ["a", ANY, None]


@pytest.mark.parametrize(
    ("stock", "ours", "found"),
    [
        ([FIRST], [FIRST], "same"),
        ([FIRST], [["a", ANY, "1"]], "accepts more"),
        ([FIRST], [FIRST, ["b", NAMED, "1"]], "accepts more"),
        ([["a", ANY, "1"]], [["a", ANY, "2"]], "`a=2`"),
        ([["a", ANY, "1"]], [FIRST], "`a` has to be given"),
        ([FIRST, ["b", ANY, "1"]], [["b", ANY, "1"], ["a", ANY, "1"]], "`a` at another place"),
        ([["b", NAMED, "1"]], [["k", "VAR_KEYWORD", None]], "accepts more"),
        ([["b", NAMED, "1"]], [], "takes no `b`"),
        ([["k", "VAR_KEYWORD", None]], [], "takes no **k"),
        ([["a", ANY, "1"]], [["a", NAMED, "1"]], "`a` by its name only"),
        ([FIRST], [["a", "POSITIONAL_ONLY", None]], "`a` by its place only"),
        ([], [FIRST], "wants `a`"),
        ([FIRST], None, "has parameters that Python cannot tell"),
    ],
)
def test_how_parameters_are_compared(stock, ours, found):
    assert compared(stock, ours) == found


def test_how_a_signature_is_written():
    assert signature([FIRST, ["b", NAMED, "1"], ["k", "VAR_KEYWORD", None]]) == "(a, *, b=1, **k)"
