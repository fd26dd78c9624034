"""Users as stock Locust's documentation and its folder of examples show them, in our words.

documented_examples.md says which page or example each class stands for.
"""

from __future__ import annotations

import json
import threading
from xmlrpc.server import SimpleXMLRPCServer

import pytest

from support.http_target import Reply

OPTIONS = ["--headless", "-r", "50", "-t", "20s", "--only-summary"]


def answers(target, path, body=b"fine", **fields):
    target.add_route(path, lambda request: Reply(body=body, **fields))


class TestVisitorWithALogin:
    """on_start, weights, grouped names and `time.sleep` in one user."""

    LOCUSTFILE = """
        import time
        from facts import fact, finish
        from locust import HttpUser, between, task

        class Visitor(HttpUser):
            pause = between(0.01, 0.05)
            turns = 0

            def wait_time(self):
                self.turns += 1
                if self.turns == 12:
                    finish(self.environment)
                return self.pause()

            @task
            def hello_world(self):
                self.client.get("/tagged/hello")
                self.client.get("/tagged/world")

            @task(3)
            def view_items(self):
                for item in range(10):
                    self.client.get(f"/json?id={item}", name="/item")
                    time.sleep(0.002)

            def on_start(self):
                self.client.post("/echo", json={"username": "foo", "password": "bar"})
    """

    def test_what_arrives(self, run, target):
        assert target.received[0].path == "/echo"
        assert json.loads(target.received[0].body) == {"username": "foo", "password": "bar"}
        items = target.requests("/json")
        hellos = target.requests("/tagged/hello")
        assert len(items) // 10 + len(hellos) == 12
        assert len(target.requests("/tagged/world")) == len(hellos)
        assert [request.query["id"] for request in items[:10]] == [str(n) for n in range(10)]

    def test_one_entry_for_all_items(self, run, target):
        assert f"/item {len(target.requests('/json'))} " in " ".join(run.stderr.split())
        assert "/json?id" not in run.stderr


class TestFormLogin:
    """A token from a page's form goes back with it; the answer's address tells the outcome."""

    LOCUSTFILE = """
        import re
        from facts import fact, finish
        from locust import HttpUser, task

        class Visitor(HttpUser):
            @task
            def sign_in(self):
                page = self.client.get("/sign-in").text
                token = re.search(r'name="token" value="([^"]*)"', page).group(1)
                with self.client.post(
                    "/session", {"user[email]": "a@b", "token": token}, catch_response=True
                ) as response:
                    if "welcome" not in response.url:
                        response.failure("Login failed")
                    fact("url", response.url)
                finish(self.environment)
    """

    def test_it_follows_the_redirect(self, launch, target):
        answers(target, "/sign-in", b'<form><input name="token" value="t&amp;7"></form>')
        answers(target, "/session", status=303, headers=[("Location", "/welcome")])
        answers(target, "/welcome")
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-H", target.url]).result()
        assert run.fact("url") == target.url + "/welcome" and run.exit_code == 0
        assert target.requests("/session")[0].body == b"user%5Bemail%5D=a%40b&token=t%26amp%3B7"


class TestCredentialsFromAList:
    """Every user takes one of a list, until there is none left."""

    LOCUSTFILE = """
        from facts import finish
        from locust import HttpUser, TaskSet, constant, task

        CREDENTIALS = [("one", "1"), ("two", "2"), ("three", "3")]
        done = []

        class Behaviour(TaskSet):
            def on_start(self):
                if CREDENTIALS:
                    user, password = CREDENTIALS.pop()
                    self.client.post("/echo", {"username": user, "password": password})

            @task
            def work(self):
                self.client.get("/json")
                done.append(self)
                if len(done) == 5:
                    finish(self.user.environment)

        class Visitor(HttpUser):
            tasks = [Behaviour]
            wait_time = constant(60)
    """
    ARGS = ["-u", "5"]

    def test_each_is_used_once(self, run, target):
        bodies = sorted(request.body.decode() for request in target.requests("/echo"))
        assert bodies == [
            "username=one&password=1",
            "username=three&password=3",
            "username=two&password=2",
        ]
        assert len(target.requests("/json")) == 5


class TestDataFromACsvFile:
    """A reader of the module's own that begins anew at the end of the file."""

    FILES = {"data.csv": "one,1\ntwo,2\nthree,3\n"}
    LOCUSTFILE = """
        import csv
        import os
        from facts import finish
        from locust import FastHttpUser, task

        file = open(os.path.join(os.path.dirname(__file__), "data.csv"))
        reader = csv.reader(file)

        class Visitor(FastHttpUser):
            turns = 0

            @task
            def work(self):
                try:
                    name, password = next(reader)
                except StopIteration:
                    file.seek(0)
                    name, password = next(reader)
                with self.rest("POST", "/echo", json={"name": name}) as response:
                    assert name in response.js["body"], "not my data,"
                self.turns += 1
                if self.turns == 5:
                    finish(self.environment)
    """

    def test_round_and_round(self, run, target):
        names = [json.loads(request.body)["name"] for request in target.requests("/echo")]
        assert names == ["one", "two", "three", "one", "two"]
        assert run.exit_code == 0


class TestAllTogether:
    """Nobody begins before all users are there."""

    LOCUSTFILE = """
        from facts import fact, finish
        from gevent.lock import Semaphore
        from locust import HttpUser, constant, events, task

        everybody = Semaphore()
        everybody.acquire()
        working = []

        @events.spawning_complete.add_listener
        def on_spawning_complete(**event):
            fact("complete")
            everybody.release()

        class Visitor(HttpUser):
            wait_time = constant(60)

            def on_start(self):
                fact("waits")
                everybody.wait()

            @task
            def work(self):
                fact("works")
                working.append(self)
                if len(working) == 3:
                    finish(self.environment)
    """
    ARGS = ["-u", "3", "-r", "2"]

    def test_the_order(self, run):
        names = [name for name, _ in run.facts]
        assert names.index("complete") < names.index("works")
        assert names.count("waits") == names.count("works") == 3


class TestFieldsOfAUser:
    """A constructor that gives every user a field of its own, for all its requests."""

    LOCUSTFILE = """
        import itertools
        from facts import finish
        from locust import HttpUser, constant, task

        numbers = itertools.count(1)
        done = []

        class Forwarded(HttpUser):
            abstract = True

            def __init__(self, environment):
                super().__init__(environment)
                self.client.headers["X-Forwarded-For"] = f"10.10.0.{next(numbers)}"

        class Visitor(Forwarded):
            wait_time = constant(60)

            @task
            def work(self):
                self.client.get("/json")
                with self.client.get("/json", catch_response=True):
                    done.append(self)
                if len(done) == 2:
                    finish(self.environment)
    """
    ARGS = ["-u", "2"]

    def test_it_is_sent(self, run, target):
        sent = sorted(request.header("X-Forwarded-For") for request in target.requests("/json"))
        assert sent == ["10.10.0.1", "10.10.0.1", "10.10.0.2", "10.10.0.2"]


class TestReportsByHand:
    """A context manager that is a decorator, too, and reports how long its block took."""

    LOCUSTFILE = """
        from contextlib import contextmanager
        from time import sleep, time
        from facts import fact, finish, record_requests
        from locust import User, events, task

        record_requests(events)

        @contextmanager
        def _report(name):
            begun, problem = time(), None
            try:
                yield
            except Exception as error:
                problem = error
                raise
            finally:
                events.request.fire(
                    request_type="manual", name=name, response_time=(time() - begun) * 1000,
                    response_length=0, exception=problem,
                )

        def report(what):
            return _report(what.__name__)(what) if callable(what) else _report(what)

        class Visitor(User):
            turns = 0

            @task
            @report
            def decorated(self):
                sleep(0.02)
                self.turns += 1
                if self.turns == 1:
                    raise ValueError("the first one fails")
                with report("a block"):
                    sleep(0.01)
                finish(self.environment)
    """

    def test_what_is_reported(self, run):
        found = [
            (one["name"], one["exception_type"], one["time"] > 9)
            for one in run.facts_named("request")
        ]
        assert found[:2] == [("decorated", "ValueError", True), ("a block", None, True)]
        assert run.exit_code == 1 and "the first one fails" in run.stderr


class TestRestOfOnesOwn:
    """An abstract user that sends a field with every call and looks at a field of every answer."""

    LOCUSTFILE = """
        from contextlib import contextmanager
        from facts import fact, finish, record_requests
        from locust import FastHttpUser, events, task

        record_requests(events)

        class Careful(FastHttpUser):
            abstract = True

            @contextmanager
            def rest(self, method, url, **arguments):
                with super().rest(method, url, headers={"my-field": "mine"}, **arguments) as answer:
                    if answer.js and answer.js.get("error") is not None:
                        answer.failure(answer.js["error"])
                    yield answer

        class Visitor(Careful):
            @task
            def work(self):
                with self.rest("GET", "/json"):
                    pass
                with self.rest("GET", "/refused") as answer:
                    assert answer.js["wanted"]
                finish(self.environment)
    """

    def test_both(self, launch, target):
        answers(target, "/refused", b'{"error": "not for you", "wanted": 1}')
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-H", target.url]).result()
        good, refused = run.facts_named("request")
        assert good["exception"] is None
        assert "not for you" in refused["exception"]
        assert {request.header("my-field") for request in target.received} == {"mine"}


class TestFormsOfTransitions:
    """A Markov chain whose transitions are said in all the ways that there are."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import MarkovTaskSet, User, task, transition, transitions

        class Chain(MarkovTaskSet):
            steps = []

            def go(self, name):
                self.steps.append(name)
                if len(self.steps) == 200:
                    fact("steps", self.steps)
                    finish(self.user.environment)

            @transition("two")
            def one(self):
                self.go("one")

            @transition("three", weight=2)
            @transition("one")
            def two(self):
                self.go("two")

            @transitions({"four": 3, "two": 1, "one": 1})
            def three(self):
                self.go("three")

            @transitions(["five", "three"])
            def four(self):
                self.go("four")

            @transitions([("six", 4), ("four", 1)])
            def five(self):
                self.go("five")

            @transitions([("one", 2), "five"])
            def six(self):
                self.go("six")

        class Visitor(User):
            tasks = [Chain]
    """
    ALLOWED = {
        "one": {"two"},
        "two": {"three", "one"},
        "three": {"four", "two", "one"},
        "four": {"five", "three"},
        "five": {"six", "four"},
        "six": {"one", "five"},
    }

    def test_every_step_is_one_of_them(self, run):
        steps = run.fact("steps")
        assert steps[0] == "one"
        taken = {name: set() for name in self.ALLOWED}
        for this, following in zip(steps, steps[1:], strict=False):
            taken[this].add(following)
        assert all(taken[name] <= self.ALLOWED[name] for name in taken)
        assert taken["one"] == {"two"} and taken["two"] and taken["three"]


class TestXmlRpc:
    """Another protocol: the standard library's client, wrapped so that each call is a request."""

    LOCUSTFILE = """
        import os
        import time
        from xmlrpc.client import Fault, ServerProxy
        from facts import finish, record_requests
        from locust import User, events, task

        record_requests(events)

        class Client(ServerProxy):
            def __init__(self, host, request_event):
                super().__init__(host)
                self._request_event = request_event

            def __getattr__(self, name):
                function = ServerProxy.__getattr__(self, name)

                def call(*arguments):
                    begun = time.perf_counter()
                    answer = problem = None
                    try:
                        answer = function(*arguments)
                    except Fault as fault:
                        problem = fault
                    self._request_event.fire(
                        request_type="xmlrpc", name=name, start_time=time.time(),
                        response_time=(time.perf_counter() - begun) * 1000,
                        response_length=0, response=answer, context={}, exception=problem,
                    )
                    return answer

                return call

        class XmlRpcUser(User):
            abstract = True

            def __init__(self, environment):
                super().__init__(environment)
                self.client = Client(self.host, environment.events.request)

        class Visitor(XmlRpcUser):
            host = os.environ["XMLRPC_SERVER"]

            @task
            def work(self):
                assert self.client.double(21) == 42
                self.client.double("no", "number")
                finish(self.environment)
    """

    @pytest.fixture
    def server(self):
        server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
        server.register_function(lambda number: 2 * number, "double")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        server.server_close()

    def test_the_calls_are_counted(self, launch, server):
        run = launch(self.LOCUSTFILE, OPTIONS, {"XMLRPC_SERVER": server}).result()
        good, bad = run.facts_named("request")
        assert (good["type"], good["name"], good["exception"]) == ("xmlrpc", "double", None)
        assert bad["exception_type"] == "Fault" and 0 < good["time"] < 5000
        assert run.exit_code == 1


class TestSessionOfALibrary:
    """A library that keeps a requests.Session for itself is given the user's client instead."""

    FILES = {
        "library.py": """
            import requests

            class Archive:
                def __init__(self, url):
                    self._url = url
                    self._session = requests.Session()

                def store(self, **attributes):
                    answer = self._session.post(self._url + "/echo", json=attributes)
                    answer.raise_for_status()
                    return answer.json()
        """
    }
    LOCUSTFILE = """
        from facts import fact, finish, record_requests
        from library import Archive
        from locust import HttpUser, events, task

        record_requests(events)

        class Visitor(HttpUser):
            def on_start(self):
                self.archive = Archive(self.host)
                self.archive._session = self.client

            @task
            def work(self):
                fact("stored", self.archive.store(foo="bar")["body"])
                finish(self.environment)
    """

    def test_it_is_counted(self, run):
        (request,) = run.facts_named("request")
        assert (request["type"], request["name"]) == ("POST", "/echo")
        assert json.loads(run.fact("stored")) == {"foo": "bar"}


class TestRedirectsByHand:
    """Redirects that are followed by the task, so that its Authorization goes along."""

    LOCUSTFILE = """
        from facts import finish
        from locust import HttpUser, task

        class Visitor(HttpUser):
            @task
            def work(self):
                answer = self.client.get("/redirect/2", allow_redirects=False)
                while "location" in answer.headers:
                    answer = self.client.get(
                        answer.headers["location"], allow_redirects=False,
                        headers={"Authorization": "mine"},
                    )
                finish(self.environment)
    """

    def test_each_hop(self, run, target):
        assert [(one.path, one.header("Authorization")) for one in target.received] == [
            ("/redirect/2", None),
            ("/redirect/1", "mine"),
            ("/landed", "mine"),
        ]


class TestNewConnections:
    """Three ways to a connection of one's own for the next request."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import FastHttpUser, HttpUser, constant, task

        done = []

        def connection(user, **arguments):
            return user.client.get("/delay/0", **arguments).headers["X-Connection"]

        def work(user):
            first, second = connection(user), connection(user)
            user.leave()
            fact(type(user).__name__, [first == second, connection(user) == second])
            done.append(user)
            if len(done) == 3:
                finish(user.environment)

        class Base:
            wait_time = constant(60)
            fixed_count = 1
            tasks = [work]

        class ByHeader(Base, HttpUser):
            def leave(self):
                connection(self, headers={"Connection": "close"})
                gevent.sleep(0.1)  # the server closes when it has answered

        class ByClosing(Base, HttpUser):
            def leave(self):
                self.client.close()

        class ByThePool(Base, FastHttpUser):
            def leave(self):
                self.client.client.clientpool.close()
    """
    ARGS = ["-u", "3"]

    @pytest.mark.parametrize("user", ["ByHeader", "ByClosing", "ByThePool"])
    def test_kept_and_new(self, run, user):
        assert run.fact(user) == [True, False]
