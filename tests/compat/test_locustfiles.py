"""How a locustfile is found, what it can import, and how it ends a run from the inside."""

from __future__ import annotations

import pytest

USER = """
    from locust import User, constant, task

    class {name}(User):
        wait_time = constant(1)

        @task
        def work(self): ...
"""
REPORT = """
    import os
    from facts import fact
    from locust import events

    @events.init.add_listener
    def on_init(environment, **kwargs):
        fact("classes", sorted(c.__name__ for c in environment.user_classes))
        fact("locustfile", environment.locustfile)
        paths = environment.parsed_locustfiles
        fact("paths", sorted(os.path.relpath(path) for path in paths))
        os._exit(0)
"""
OPTIONS = ["--headless", "-t", "10s"]


class TestWhereItIs:
    """-f takes a file, several, or a folder; without -f it is ./locustfile.py."""

    def test_by_default(self, launch):
        run = launch({"locustfile.py": USER.format(name="Ant") + REPORT}, OPTIONS).result()
        assert run.fact("classes") == ["Ant"]
        assert run.fact("locustfile") == "locustfile.py"

    def test_a_file_elsewhere(self, launch):
        files = {"deep/er/scenario.py": USER.format(name="Ant") + REPORT}
        run = launch(files, ["-f", "deep/er/scenario.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant"]
        assert run.fact("locustfile") == "scenario.py"
        assert run.fact("paths") == ["deep/er/scenario.py"]

    def test_several(self, launch):
        files = {"a.py": USER.format(name="Ant") + REPORT, "b/c.py": USER.format(name="Bee")}
        run = launch(files, ["-f", "a.py,b/c.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Bee"]
        assert run.fact("locustfile") == "a.py"
        assert run.fact("paths") == ["a.py", "b/c.py"]

    def test_a_folder(self, launch):
        files = {
            "all/a.py": USER.format(name="Ant") + REPORT,
            "all/below/b.py": USER.format(name="Bee"),
            "all/_hidden.py": USER.format(name="Hidden"),
            "all/notes.txt": "not Python",
        }
        run = launch(files, ["-f", "all", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Bee"]
        assert run.fact("paths") == ["all/a.py", "all/below/b.py"]

    def test_a_file_called_locust(self, launch):
        files = {"scenario/locust.py": USER.format(name="Ant") + REPORT}
        run = launch(files, ["-f", "scenario/locust.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant"]


class TestWhatItImports:
    """Modules beside the locustfile and in the working directory; users made by a function."""

    FILES = {
        "scenarios/main.py": """
            from facts import fact
            from beside import Ant
            from from_cwd import make
            from package.inner import Inner
            import beside

            Bee = make("Bee")
            fact("module", __name__)
            fact("file", __file__.endswith("scenarios/main.py"))
            fact("module of Ant", Ant.__module__)
        """
        + REPORT.replace("\n    ", "\n            "),
        "scenarios/beside.py": USER.format(name="Ant"),
        "scenarios/package/__init__.py": "",
        "scenarios/package/inner.py": USER.format(name="Inner"),
        "from_cwd.py": """
            from locust import User, task

            def make(name):
                @task
                def work(self): ...

                return type(name, (User,), {"work": work})
        """,
    }

    def test_everything_is_found(self, launch):
        run = launch(self.FILES, ["-f", "scenarios/main.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Bee", "Inner"]
        assert run.fact("module") == "main"
        assert run.fact("file") is True
        assert run.fact("module of Ant") == "beside"


class TestEndedFromInside:
    """Tasks that end the run, their user, or the process."""

    LOCUSTFILE = """
        import sys
        import gevent
        from facts import fact
        from locust import User, constant, events, task

        class Visitor(User):
            wait_time = constant(0.05)
            turns = 0

            def on_stop(self):
                fact("on_stop")

            @task
            def work(self):
                runner = self.environment.runner
                self.turns += 1
                WHAT
                fact("after")

        @events.test_stop.add_listener
        def on_test_stop(environment, **kwargs):
            fact("test_stop")

        @events.quitting.add_listener
        def on_quitting(environment, **kwargs):
            fact("quitting", environment.runner.user_count)
    """
    OPTIONS = ["--headless", "-u", "3", "-r", "50", "-t", "20s", "--only-summary"]

    def start(self, launch, what, more=()):
        run = launch(self.LOCUSTFILE.replace("WHAT", what), [*self.OPTIONS, *more]).result()
        assert run.seconds < 15
        return run

    def test_runner_quit(self, launch):
        run = self.start(launch, "runner.quit()")
        assert run.exit_code == 0
        assert len(run.facts_named("on_stop")) == 3
        assert run.facts_named("test_stop") == [None]
        assert run.facts_named("quitting") == [0]

    def test_sys_exit(self, launch):
        run = self.start(launch, "sys.exit(3)")
        assert run.exit_code == 3
        assert run.facts_named("after") == []

    def test_user_stop_lets_the_task_end(self, launch):
        run = self.start(launch, "self.stop()", ["-t", "1s"])
        assert run.exit_code == 0
        assert len(run.facts_named("after")) == len(run.facts_named("on_stop")) == 3

    def test_user_stop_by_force(self, launch):
        run = self.start(launch, "self.stop(force=True)", ["-t", "1s"])
        assert run.facts_named("after") == []
        assert len(run.facts_named("on_stop")) == 3

    def test_greenlet_kill(self, launch):
        run = self.start(launch, "gevent.getcurrent().kill()", ["-t", "1s"])
        assert run.facts_named("after") == []
        assert len(run.facts_named("on_stop")) == 3


class TestBackgroundGreenlets:
    """A greenlet of an init listener watches the statistics and quits on too many failures."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import HttpUser, constant, events, task
        from locust.runners import (
            STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING, LocalRunner, MasterRunner, WorkerRunner,
        )

        class Visitor(HttpUser):
            wait_time = constant(0.02)

            @task
            def work(self):
                self.client.get("/status/500")

        def checker(environment):
            while environment.runner.state not in (STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP):
                gevent.sleep(0.1)
                total = environment.runner.stats.total
                if total.num_requests > 5 and total.fail_ratio > 0.2:
                    fact("ratio", total.fail_ratio)
                    environment.process_exit_code = 42
                    environment.runner.quit()
                    return

        def forever():
            try:
                gevent.sleep(1000)
            finally:
                fact("greenlet of the runner was killed")

        @events.init.add_listener
        def on_init(environment, **kwargs):
            if not isinstance(environment.runner, WorkerRunner):
                gevent.spawn(checker, environment)
            environment.runner.greenlet.spawn(forever)
    """

    def test_it_quits(self, run):
        assert run.fact("ratio") == 1.0
        assert run.exit_code == 42

    def test_greenlets_of_the_runner_end_with_it(self, run):
        assert run.facts_named("greenlet of the runner was killed") == [None]


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
class TestResponseOfTheEvent:
    """The `response` of a request event is the response that the task gets."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust import events

        seen = []

        @events.request.add_listener
        def on_request(response, **rest):
            seen.append(response)

        def good(user):
            response = user.client.post("/echo", data="abc")
            found = seen.pop()
            return [found.status_code, found.json()["method"], found.text == response.text,
                    found.request.method, found.headers["Content-Type"], found is response]

        def caught(user):
            with user.client.get("/status/404", catch_response=True) as response:
                response.success()
            return [seen.pop().status_code]

        def broken(user):
            user.client.get("/hangup")
            found = seen.pop()
            return [found.status_code, found.text or "", found.request.method]

        @scenario
        def steps(user):
            for step in (good, caught, broken):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_good(self, run, client):
        outcome = run.fact(f"{client} good")
        assert outcome["returned"] == [200, "POST", True, "POST", "application/json", True]

    def test_caught(self, run, client):
        assert run.fact(f"{client} caught")["returned"] == [404]

    def test_broken(self, run, client):
        assert run.fact(f"{client} broken")["returned"] == [0, "", "GET"]
