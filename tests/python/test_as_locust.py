"""`import locustella.as_locust` makes `locust` and all below it mean Locustella."""

from __future__ import annotations

import pytest
from locustella_process import python


def check(tmp_path, code, files=None):
    run = python(tmp_path, code, files)
    assert run.code == 0, run.err
    return run


def test_every_module_of_ours_is_the_same_object_under_locusts_name(tmp_path):
    check(
        tmp_path,
        """
        import importlib, pkgutil, sys
        import locustella.as_locust
        import locustella
        for heavy in ("openai", "grpc", "qdrant_client"):  # seconds of imports
            sys.modules[heavy] = None
        names = [m.name for m in pkgutil.walk_packages(locustella.__path__, "locustella.")]
        skipped = ("__main__", "_core", "run_demo")
        names = [n for n in names if not n.endswith(skipped)]
        assert len(names) > 40
        for name in ["locustella", *names]:
            alias = name.replace("locustella", "locust", 1)
            first, second = (alias, name) if len(name) % 2 else (name, alias)
            try:
                importlib.import_module(first)
            except ModuleNotFoundError as error:
                assert "pip install 'locustella[" in str(error), error  # no driver
                continue
            assert importlib.import_module(first) is importlib.import_module(second), name
            assert sys.modules[name] is sys.modules[alias], name
            assert sys.modules[name].__name__ == name
            assert sys.modules[name].__spec__.name == name
        """,
    )


def test_all_ways_of_importing(tmp_path):
    check(
        tmp_path,
        """
        import locustella.as_locust
        import locustella
        import locust
        import locust.contrib.fasthttp
        from locust.user import wait_time
        from locust.contrib import fasthttp
        from locust import stats, HttpUser, events
        from locust.user.task import TaskSet
        assert locust is locustella and locust.__version__ == "2.47.0"
        assert wait_time is locust.wait_time is locustella.user.wait_time
        assert fasthttp is locust.contrib.fasthttp and fasthttp.FastHttpUser is locust.FastHttpUser
        assert TaskSet is locust.TaskSet
        assert locust.stats is stats and locust.events is events
        namespace = {}
        exec("from locust import *", namespace)
        assert namespace["HttpUser"] is HttpUser
        """,
    )


def test_modules_that_have_another_name_here(tmp_path):
    check(
        tmp_path,
        """
        import locustella.as_locust
        from locust.util.timespan import parse_timespan
        from locust.util.rounding import proper_round
        from locust.util.load_locustfile import load_locustfile, is_user_class
        from locust.util.date import format_utc_timestamp
        from locust.util.cache import memoize
        from locust.util.exception_handler import retry
        from locust.util.url import is_url
        from locust.util.directory import get_abspaths_in
        from locust.util.deprecation import DeprecatedLocustClass
        from locust.util import timespan
        import locust.util
        assert locust.util.timespan is timespan
        assert parse_timespan("1m") == 60 and is_url("http://x")
        """,
    )


def test_what_locustella_has_not_is_not_found(tmp_path):
    check(
        tmp_path,
        """
        import importlib.util
        import locustella.as_locust
        for name in ("locust.nowhere", "locust.util.nowhere", "locust.nowhere.deeper"):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as error:
                assert name.startswith(error.name)
            else:
                raise AssertionError(name)
        assert importlib.util.find_spec("locust.nowhere") is None
        assert importlib.util.find_spec("locustish") is None
        """,
    )


STOCK = {"stock/locust/__init__.py": "stock = True", "stock/locust/stats.py": "stock = True"}


def test_beside_an_installed_stock_locust(tmp_path):
    check(
        tmp_path,
        """
        import sys; sys.path.insert(0, "stock")
        import locustella
        import locustella.as_locust
        import locust, locust.stats
        assert locust is locustella and not hasattr(locust.stats, "stock")
        """,
        STOCK,
    )


def test_importing_the_package_alone_takes_nobodys_name(tmp_path):
    check(
        tmp_path,
        """
        import sys; sys.path.insert(0, "stock")
        import locustella
        import locust
        assert locust.stock and locust is not locustella
        """,
        STOCK,
    )


def test_too_late_after_stock_locust(tmp_path):
    check(
        tmp_path,
        """
        import sys; sys.path.insert(0, "stock")
        import locust
        try:
            import locustella.as_locust
        except ImportError as error:
            assert "already" in str(error)
        else:
            raise AssertionError
        """,
        STOCK,
    )


@pytest.mark.parametrize("variable, patched", [("", True), ("1", False)])
def test_importing_patches_the_standard_library(tmp_path, variable, patched):
    code = """
        import locustella, gevent.monkey
        print(gevent.monkey.is_module_patched("socket"))
    """
    run = python(tmp_path, code, env={"LOCUST_SKIP_MONKEY_PATCH": variable})
    assert (run.code, run.out.strip()) == (0, str(patched))


def test_versions(tmp_path):
    run = check(
        tmp_path,
        "import locustella; print(locustella.__version__, locustella.__locustella_version__)",
    )
    followed, own = run.out.split()
    assert followed == "2.47.0" and own[0].isdigit()
