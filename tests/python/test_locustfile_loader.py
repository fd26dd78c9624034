"""Loading locustfiles: what is found in them, what they may import, which files -f means."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from locustella import as_locust
from locustella.command import locustfile_paths
from locustella.command.locustfile_loader import (
    DuplicateNameError,
    is_user_class,
    load_locustfile,
    load_locustfile_pytest,
    merge_locustfiles_content,
)
from locustella.command.locustfile_paths import get_abspaths_in, is_url, parse_locustfile_paths


@pytest.fixture(autouse=True)
def import_system():
    """Leaves the modules and the path of this process as they were."""
    as_locust.install()
    modules, path = set(sys.modules), sys.path[:]
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if not name.startswith(("locust", "_pytest", "pytest")):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write


USERS = """
    from locust import HttpUser, LoadTestShape, User, task

    class Base(User):
        abstract = True

    class Visitor(Base):
        @task
        def work(self): ...

    Alias = Visitor

    class Shape(LoadTestShape):
        def tick(self):
            return None
"""


def test_user_classes_and_shapes(write):
    users, shapes = load_locustfile(write("found.py", USERS))
    assert sorted(users) == ["Alias", "Visitor"] and users["Alias"] is users["Visitor"]
    assert [type(shape).__name__ for shape in shapes] == ["Shape"]
    assert sys.modules["found"].Visitor is users["Visitor"]
    assert not is_user_class(sys.modules["found"].Base) and not is_user_class(3)


def test_a_file_may_import_its_neighbours_and_the_working_directory(write, tmp_path):
    write("here.py", "value = 1")
    write("deeper/beside.py", "value = 2")
    path = write(
        "deeper/load.py",
        """
        import beside, here
        from locust import User
        class Visitor(User):
            values = beside.value, here.value
        """,
    )
    users, _ = load_locustfile(path)
    assert users["Visitor"].values == (2, 1)
    assert str(tmp_path / "deeper") not in sys.path


def test_a_module_of_the_same_name_elsewhere_does_not_interfere(write):
    write("elsewhere/twin.py", "which = 'other'")
    sys.path.insert(0, "elsewhere")
    load_locustfile(write("own/twin.py", "which = 'own'"))
    assert sys.modules["twin"].which == "own"


@pytest.mark.parametrize("name", ["locust.py", "locustella.py"])
def test_a_file_named_like_the_package(write, name):
    users, _ = load_locustfile(write(name, USERS))
    assert "Visitor" in users and users["Visitor"].__module__ == "locustfile"


def test_several_files_together(write):
    one = write("one.py", USERS)
    importing = "from one import Visitor\nfrom locust import User\nclass Buyer(User): ..."
    two = write("two.py", importing)
    available = merge_locustfiles_content([one, two])
    assert list(available.user_classes) == ["Visitor", "Alias", "Buyer"]
    assert type(available.shape_class).__name__ == "Shape"
    assert [t.__name__ for t in available.user_tasks["Visitor"]] == ["work"]


def test_the_same_name_in_two_files(write):
    paths = [write("one.py", USERS), write("two.py", USERS)]
    with pytest.raises(DuplicateNameError, match="Shape.*one.py.*two.py"):
        merge_locustfiles_content(paths)


def test_a_file_without_users_is_loaded_once(write):
    path = write("listeners.py", "import sys; sys.loads = getattr(sys, 'loads', 0) + 1")
    available = merge_locustfiles_content([path])
    assert available.user_classes == {} and available.shape_class is None
    assert sys.loads == 1
    del sys.loads


def test_pytest_functions_become_users(write):
    path = write(
        "test_load.py",
        """
        import pytest

        @pytest.fixture
        def session(user):
            yield user

        def test_front_page(session):
            session.requests += 1
            if session.requests == 3:
                raise KeyError("enough")
            raise ConnectionError("recorded already")
        """,
    )
    users = load_locustfile_pytest(path)
    assert list(users) == ["test_front_page"] and users["test_front_page"].abstract is False
    user = users["test_front_page"](None)
    user.requests = 0
    with pytest.raises(KeyError, match="enough"):
        user.run()
    assert user.requests == 3


def test_the_fixtures_of_the_plugin_in_pytest(write, tmp_path):
    write(
        "test_load.py",
        """
        import sys

        def test_nothing_is_patched_yet():
            assert "gevent" not in sys.modules and "locustella" not in sys.modules

        def test_without_a_user(session, fastsession):
            from locust.clients import HttpSession
            assert isinstance(session, HttpSession) and session.user is None
            assert session.base_url == fastsession.base_url == "http://127.0.0.1:9"
            assert session.get("/").status_code == fastsession.get("/").status_code == 0
        """,
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-H", "http://127.0.0.1:9",
         "-p", "pytest_locustella.plugin", "-p", "no:locustella", "test_load.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "python")},
    )  # fmt: skip
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr


class TestPaths:
    def test_files_folders_and_their_order(self, write, tmp_path):
        write("a.py", "")
        write("tests/b.py", "")
        write("tests/deeper/c.py", "")
        write("tests/_private.py", "")
        write("tests/readme.txt", "")
        found = parse_locustfile_paths(["a.py", "tests"])
        assert [path.removeprefix(str(tmp_path)) for path in found] == [
            "/a.py",
            "/tests/b.py",
            "/tests/deeper/c.py",
        ]
        assert len(get_abspaths_in("tests")) == 3

    @pytest.mark.parametrize(
        "path, words",
        [
            ("nowhere.py", "Could not find 'nowhere.py'"),
            ("notes.txt", "has to end in .py"),
            ("empty", "no Python file in the folder"),
        ],
    )
    def test_what_is_no_locustfile(self, write, tmp_path, capsys, path, words):
        write("notes.txt", "")
        (tmp_path / "empty").mkdir()
        with pytest.raises(SystemExit) as ended:
            parse_locustfile_paths([path])
        assert ended.value.code == 1 and words in capsys.readouterr().err

    def test_files_that_could_be_meant_are_named(self, write, capsys, monkeypatch):
        write("checkout.py", "")
        monkeypatch.setattr("sys.argv", ["locustella"])
        with pytest.raises(SystemExit):
            parse_locustfile_paths(["locustfile.py"])
        assert "checkout.py" in capsys.readouterr().err
        monkeypatch.setattr("sys.argv", ["locustella", "checkout.py"])
        with pytest.raises(SystemExit):
            parse_locustfile_paths(["locustfile.py"])
        assert "-f checkout.py" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "typed, meant", [("chekout.py", "checkout.py"), ("tests/shp.py", "tests/shop.py"),
                         ("checkout", "checkout.py")]
    )  # fmt: skip
    def test_a_typo_gets_the_file_that_was_meant(self, write, capsys, monkeypatch, typed, meant):
        for name in ("checkout.py", "admin.py", "tests/shop.py"):
            write(name, "")
        monkeypatch.setattr("sys.argv", ["locustella"])
        with pytest.raises(SystemExit):
            parse_locustfile_paths([typed])
        assert f"Did you mean '{meant}'?" in capsys.readouterr().err

    @pytest.mark.parametrize("typed", ["zzz.py", "nowhere/shop.py"])
    def test_nothing_is_guessed_where_nothing_is_like_it(self, write, capsys, monkeypatch, typed):
        write("checkout.py", "")
        monkeypatch.setattr("sys.argv", ["locustella"])
        with pytest.raises(SystemExit):
            parse_locustfile_paths([typed])
        assert "Did you mean" not in capsys.readouterr().err

    @pytest.mark.parametrize(
        "text, answer",
        [("http://x/a.py", True), ("https://x", True), ("ftp://x", False), ("a.py", False),
         ("http://", False), ("http://[", False)],
    )  # fmt: skip
    def test_urls(self, text, answer):
        assert is_url(text) is answer


class Answer:
    def __init__(self, text, error=None):
        self.text, self.error = text, error

    def raise_for_status(self):
        if self.error:
            raise self.error


class TestDownloads:
    URL = "http://127.0.0.1:1/tests/load.py?x=1"

    @pytest.fixture
    def answering(self, monkeypatch):
        import requests

        def answer(text, error=None):
            monkeypatch.setattr(requests, "get", lambda url: Answer(text, error))

        return answer

    def test_a_file_is_kept_until_the_end(self, answering, monkeypatch):
        kept = []
        monkeypatch.setattr(
            locustfile_paths.atexit, "register", lambda *a, **kw: kept.append((a, kw))
        )
        answering("x = 1")
        (path,) = parse_locustfile_paths([self.URL])
        assert path.endswith("/load.py") and open(path).read() == "x = 1"
        (((remove, folder), options),) = kept
        remove(folder, **options)
        with pytest.raises(FileNotFoundError):
            open(path)

    @pytest.mark.parametrize("text, words", [("<html>", "not Python code"), (None, "refused")])
    def test_what_is_no_locustfile(self, answering, capsys, text, words):
        import requests

        error = requests.exceptions.ConnectionError("refused") if text is None else None
        answering(text, error)
        with pytest.raises(SystemExit) as ended:
            parse_locustfile_paths([self.URL])
        assert ended.value.code == 1 and words in capsys.readouterr().err
