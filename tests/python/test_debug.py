"""One user in the foreground, and scripts in which `locust` is Locustella."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from locustella_process import command, finish, start

from locustella import stats
from locustella.debug import PrintListener
from locustella.env import Environment
from locustella.exception import CatchResponseError


@pytest.fixture
def environment():
    return Environment()


def request(environment, **more):
    environment.events.request.fire(
        **{
            "request_type": "GET",
            "name": "/",
            "response_time": 12.4,
            "response_length": 7,
            "exception": None,
            "context": {},
            **more,
        }
    )


def printed(capsys):
    return [
        [column.strip() for column in line.split("\t")]
        for line in capsys.readouterr().out.splitlines()
        if line
    ]


def test_the_usual_columns(environment, capsys):
    PrintListener(environment)
    request(environment)
    request(environment, response_time=None, exception=CatchResponseError("no\nmatch"))
    request(environment, exception=ValueError("broken"))
    titles, fine, caught, broken = printed(capsys)
    assert titles == ["type", "name", "resp_ms", "exception"]
    assert fine == ["GET", "/", "12.4", ""] and caught == ["GET", "/", "-1", "no match"]
    assert broken[-1] == "ValueError('broken')"


def test_whole_milliseconds_where_locusts_rounding_is_asked_for(environment, capsys, monkeypatch):
    monkeypatch.setattr(stats, "LOCUST_ROUNDING", True)
    PrintListener(environment)
    request(environment, response_time=12.6)
    assert printed(capsys)[1][:3] == ["GET", "/", "13"]


def test_all_columns(environment, capsys):
    PrintListener(environment, True, True, True, True)
    response = SimpleNamespace(request=SimpleNamespace(body=b"sent"))
    request(environment, start_time=0.5, context={"who": 1}, response=response)
    request(environment, response=None)
    titles, line, bare = printed(capsys)
    assert titles == [
        "time", "type", "name", "resp_ms", "length", "exception", "context", "payload",
    ]  # fmt: skip
    assert line[0].startswith("1970-01-01 00:00:00.5")
    assert line[4:] == ["7", "", "{'who': 1}", "b'sent'"]
    assert bare[-2:] == ["", ""]


SINGLE = """
    from locust import User, events, run_single_user, task
    from locust.exception import StopUser

    @events.init.add_listener
    def on_init(environment, runner, web_ui):
        print("init", runner, web_ui, environment.parsed_options.locustfile)

    @events.test_start.add_listener
    def on_start(environment):
        print("start", environment.user_classes)

    class Visitor(User):
        host = "http://own"

        @task
        def work(self):
            print(self.host, self.environment.single_user_instance is self)
            self.environment.events.request.fire(
                request_type="x", name="n", response_time=3, response_length=1, exception=None)
            raise StopUser()

    if __name__ == "__main__":
        run_single_user(Visitor)
        run_single_user(Visitor, loglevel=None)
"""


def test_run_single_user(tmp_path):
    run = command(tmp_path, ["single.py", "-H", "http://given"], {"single.py": SINGLE})
    assert run.code == 0, run.err
    lines = [line.split("\t") for line in run.out.splitlines() if line]
    assert [line[0].split()[0] for line in lines] == [
        "type", "init", "start", "http://given", "x", "start", "http://given", "x",
    ]  # fmt: skip
    assert lines[1] == ["init None None single.py"] and lines[3] == ["http://given True"]


def test_a_failing_init_listener_ends_it(tmp_path):
    code = SINGLE.replace('print("init"', '1 / 0; print("init"')
    run = command(tmp_path, ["single.py"], {"single.py": code})
    assert run.code == 1 and "ZeroDivisionError" in run.err and "start" not in run.out


class TestScripts:
    def test_a_script_with_an_environment_of_its_own(self, tmp_path):
        script = """
            import sys
            import beside
            from locust import User, task
            from locust.env import Environment
            class Visitor(User):
                @task
                def work(self): ...
            runner = Environment(user_classes=[Visitor]).create_local_runner()
            runner.quit()
            print(__name__, sys.argv[1:], beside.value)
        """
        files = {"scripts/lib.py": script, "scripts/beside.py": "value = 7"}
        run = command(tmp_path, ["scripts/lib.py", "a", "-b"], files)
        assert (run.code, run.out) == (0, "__main__ ['a', '-b'] 7\n"), run.err
        assert run.err == ""

    def test_a_locustfile_is_no_script(self, tmp_path):
        code = "from locust import User\nclass Visitor(User): ...\n"
        run = command(tmp_path, ["load.py"], {"load.py": code})
        assert run.code == 0 and "locustella -f load.py" in run.err

    def test_an_error_in_a_script(self, tmp_path):
        run = command(tmp_path, ["broken.py"], {"broken.py": "1 / 0\n"})
        assert run.code == 1 and "broken.py" in run.err and "run_script" not in run.err

    def test_a_script_that_installs_the_names_itself(self, tmp_path):
        code = "import locustella.as_locust\nfrom locust import User\nprint(User.__module__)\n"
        run = finish(start(tmp_path, ["own.py"], {"own.py": code}))
        assert (run.code, run.out) == (0, "locust.user.users\n"), run.err
