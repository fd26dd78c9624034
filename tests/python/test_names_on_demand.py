"""Names that a module imports when somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from locustella.process.names_on_demand import names_on_demand

FIND = names_on_demand(
    "locustella.some_module",
    {"is_url": ".util.url", "os": "os:", "joined": "os.path:join", "ours": ".:"},
)


def test_a_name_of_another_module_the_module_itself_or_another_name_there():
    import os

    import locustella
    from locustella.util.url import is_url

    assert FIND("is_url") is is_url
    assert FIND("os") is os and FIND("joined") is os.path.join and FIND("ours") is locustella


def test_others_are_missing_as_in_any_module():
    with pytest.raises(AttributeError, match="'locustella.some_module' has no attribute 'no_such'"):
        FIND("no_such")


def test_others_may_be_asked_for_elsewhere():
    assert names_on_demand("locustella.m", {}, otherwise=str.upper)("name") == "NAME"


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_imported_before():
    run(
        "import sys, locustella.main as main; assert 'webbrowser' not in sys.modules\n"
        "assert main.webbrowser is sys.modules['webbrowser']"
    )


def test_a_locustfile_of_http_users_brings_in_neither_statistics_nor_the_other_client():
    run(
        "import sys, locustella.as_locust\n"
        "from locust import HttpUser, between, events, tag, task\n"
        "for name in ('stats', 'runners', 'env', 'argument_parser', 'http.fast.session'):\n"
        "    assert f'locustella.{name}' not in sys.modules, name"
    )


def test_what_comes_later_is_named_as_locusts_too():
    run(
        "import locustella.as_locust, locust\n"
        "assert locust.env.Environment.__module__ == 'locust.env'\n"
        "assert locust.FastHttpUser.__module__ == 'locust.contrib.fasthttp'\n"
        "assert locust.contrib.fasthttp.FastHttpUser is locust.FastHttpUser\n"
        "from locust.stats import StatsEntry\n"
        "assert locust.stats.StatsEntry is StatsEntry and StatsEntry.__module__ == 'locust.stats'"
    )


def test_all_names_of_the_package_can_be_imported_at_once():
    run("import locustella.as_locust\nfrom locust import *\nFastHttpUser, run_single_user")


def test_plugins_of_gevent_are_looked_for_once():
    run(
        "from importlib import metadata\n"
        "calls, find = [], metadata.entry_points\n"
        "def counted(**wanted):\n"
        "    calls.append(wanted)\n"
        "    return find(**wanted)\n"
        "metadata.entry_points = counted\n"
        "import locustella\n"
        "assert len(calls) == 1 and metadata.entry_points is counted, calls"
    )
