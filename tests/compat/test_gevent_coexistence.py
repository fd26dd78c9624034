"""Line 44 and everything that gevent code in tasks may do around requests and waits."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


def _returned(run, client, label):
    fact = run.fact(f"{client} {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


@pytest.mark.parametrize("client", CLIENTS)
class TestTimeoutsAndKills:
    """gevent.Timeout around a request, kill() in its middle: nothing stale is ever delivered."""

    LOCUSTFILE = """
        import gevent
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        SLOW = "/tagged/{}?delay=400"

        def asked(user, tag):
            return user.client.get(f"/tagged/{tag}", name="asked").text

        def timed_out(user):
            try:
                with gevent.Timeout(0.15):
                    response = user.client.get(SLOW.format("late"), name="late")
                    return ["answered", response.status_code]
            except gevent.Timeout:
                return ["timed out"]

        def after_the_timeout(user):
            at_once = [asked(user, i) for i in range(3)]
            gevent.sleep(0.5)
            return at_once + [asked(user, i) for i in range(3, 6)]

        def silent_timeout(user):
            with gevent.Timeout(0.15, False):
                user.client.get(SLOW.format("silent"), name="late")
                return "the client took the timeout for a failed request"
            return "the block was left"

        def own_exception(user):
            try:
                with gevent.Timeout(0.15, KeyError("too late")):
                    user.client.get(SLOW.format("own"), name="late")
            except KeyError:
                return "own exception"

        def timeout_of_the_body(user):
            with gevent.Timeout(0.15, False):
                user.client.get("/slow-body/400", name="late")
            return [asked(user, i) for i in range(2)]

        def in_time(user):
            with gevent.Timeout(5):
                return asked(user, "in time")

        def killed(user):
            worker = gevent.spawn(user.client.get, SLOW.format("killed"), name="late")
            gevent.sleep(0.15)
            worker.kill()
            at_once = [asked(user, i) for i in range(3)]
            gevent.sleep(0.5)
            return [worker.dead, worker.successful(), at_once, asked(user, "later")]

        def killed_with_an_exception(user):
            caught = []

            def work():
                try:
                    user.client.get(SLOW.format("killed"), name="late")
                except LookupError as error:
                    caught.append(str(error))

            worker = gevent.spawn(work)
            gevent.sleep(0.15)
            worker.kill(LookupError("from outside"))
            return [caught, asked(user, "after")]

        def killed_before_it_began(user):
            worker = gevent.spawn(user.client.get, SLOW.format("never"), name="never")
            worker.kill()
            return asked(user, "after")

        def many_killed(user):
            workers = [gevent.spawn(user.client.get, SLOW.format(i), name="late") for i in range(8)]
            gevent.sleep(0.1)
            gevent.killall(workers)
            return sorted(asked(user, i) for i in range(8))

        @scenario
        def steps(user):
            for step in (timed_out, after_the_timeout, silent_timeout, own_exception, in_time):
                attempt(user, step)
            for step in (timeout_of_the_body, killed, killed_with_an_exception):
                attempt(user, step)
            for step in (killed_before_it_began, many_killed):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_a_timeout_reaches_the_task(self, run, client):
        outcome = run.fact(f"{client} timed_out")
        if client == "HttpUser":
            assert outcome["returned"] == ["timed out"] and outcome["events"] == []
        else:
            # Stock's FastHttpUser takes it for a failed request of its own.
            assert outcome["returned"] == ["answered", 0]
            assert [event["exception type"] for event in outcome["events"]] == ["RetriesExceeded"]

    def test_no_stale_answer_after_it(self, run, client):
        assert _returned(run, client, "after_the_timeout") == ["0", "1", "2", "3", "4", "5"]
        assert _returned(run, client, "timeout_of_the_body") == ["0", "1"]
        assert _returned(run, client, "in_time") == "in time"

    def test_silent_and_own_timeouts(self, run, client):
        silent = _returned(run, client, "silent_timeout")
        own = run.fact(f"{client} own_exception")["returned"]
        if client == "HttpUser":
            assert (silent, own) == ("the block was left", "own exception")
        else:
            assert silent == "the client took the timeout for a failed request"
            assert own == "own exception"

    def test_a_killed_request(self, run, client):
        dead, _successful, at_once, later = _returned(run, client, "killed")
        assert dead is True
        assert (at_once, later) == (["0", "1", "2"], "later")
        events = run.fact(f"{client} killed")["events"]
        assert [event["name"] for event in events] == ["asked"] * 4

    def test_an_exception_thrown_in(self, run, client):
        assert _returned(run, client, "killed_with_an_exception") == [["from outside"], "after"]
        assert _returned(run, client, "killed_before_it_began") == "after"

    def test_many_at_once(self, run, client):
        assert _returned(run, client, "many_killed") == [str(i) for i in range(8)]

    def test_a_connection_with_an_answer_owing_is_not_used_again(self, run, target, client):
        owing = [r for r in target.received if r.query.get("delay") == "400"]
        assert len(owing) >= 10
        for request in owing:
            on_the_same = [r for r in target.received if r.connection == request.connection]
            assert on_the_same[-1] is request


@pytest.mark.parametrize("client", CLIENTS)
class TestSpawnedRequests:
    """Requests of one user's client in several greenlets run side by side, each with its answer."""

    LOCUSTFILE = """
        import time
        import gevent
        from gevent.pool import Pool
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def fetch(user, tag):
            return user.client.get(f"/tagged/{tag}?delay=300", name="/tagged").text

        def spawned(user):
            started = time.monotonic()
            workers = [gevent.spawn(fetch, user, i) for i in range(8)]
            gevent.joinall(workers)
            return [[worker.value for worker in workers], time.monotonic() - started]

        def pooled(user):
            pool = Pool(4)
            started = time.monotonic()
            texts = pool.map(lambda tag: fetch(user, tag), range(8))
            return [texts, time.monotonic() - started]

        def many(user):
            workers = [gevent.spawn(user.client.get, f"/tagged/{i}", name="m") for i in range(60)]
            gevent.joinall(workers)
            return [int(worker.value.text) for worker in workers] == list(range(60))

        @scenario
        def steps(user):
            for step in (spawned, pooled, many):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_side_by_side(self, run, client):
        texts, seconds = _returned(run, client, "spawned")
        assert texts == [str(i) for i in range(8)]
        assert seconds < 1.5
        assert len(run.fact(f"{client} spawned")["events"]) == 8

    def test_in_a_pool(self, run, client):
        texts, seconds = _returned(run, client, "pooled")
        assert texts == [str(i) for i in range(8)]
        assert 0.6 <= seconds < 1.8

    def test_more_than_the_client_has_connections(self, run, client):
        assert _returned(run, client, "many") is True
        assert len(run.fact(f"{client} many")["events"]) == 60


class TestPatchedLibraries:
    """Third-party socket code in a task is cooperative: it stops nobody else."""

    LOCUSTFILE = """
        import http.client
        import socket
        import subprocess
        import threading
        import time
        import urllib.request
        from urllib.parse import urlsplit
        import gevent
        import requests
        from facts import TARGET, fact, finish
        from locust import FastHttpUser, SequentialTaskSet, User, constant, task

        address = urlsplit(TARGET)
        ticks = []

        class Ticker(FastHttpUser):
            wait_time = constant(0.02)
            fixed_count = 1

            @task
            def tick(self):
                self.client.get("/tagged/tick")
                ticks.append(time.monotonic())

        def with_urllib():
            with urllib.request.urlopen(TARGET + "/tagged/urllib?delay=500") as response:
                return response.read().decode()

        def with_http_client():
            connection = http.client.HTTPConnection(address.hostname, address.port)
            connection.request("GET", "/tagged/http.client?delay=500")
            return connection.getresponse().read().decode()

        def with_requests():
            return requests.get(TARGET + "/tagged/requests?delay=500").text

        def with_a_socket():
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.sendall(b"GET /tagged/socket?delay=500 HTTP/1.1\\r\\nHost: x\\r\\n"
                                   b"Connection: close\\r\\n\\r\\n")
                data = b""
                while chunk := connection.recv(4096):
                    data += chunk
            return data.decode().rpartition("\\n")[2]

        def with_time_sleep():
            time.sleep(0.5)
            return "slept"

        def with_a_thread():
            result = []
            thread = threading.Thread(target=lambda: (time.sleep(0.5), result.append("thread")))
            thread.start()
            thread.join()
            return result[0]

        def with_a_process():
            return subprocess.run(["sleep", "0.5"]).returncode

        class Guest(User):
            wait_time = constant(0)
            fixed_count = 1

            @task
            def work(self):
                while len(ticks) < 3:
                    gevent.sleep(0.05)
                for guest in (with_urllib, with_http_client, with_requests, with_a_socket,
                              with_time_sleep, with_a_thread, with_a_process):
                    before = len(ticks)
                    value = guest()
                    fact(guest.__name__, [value, len(ticks) - before])
                gaps = [b - a for a, b in zip(ticks, ticks[1:])]
                fact("longest gap", max(gaps))
                finish(self.environment)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("guest", "value"),
        [
            ("with_urllib", "urllib"),
            ("with_http_client", "http.client"),
            ("with_requests", "requests"),
            ("with_a_socket", "socket"),
            ("with_time_sleep", "slept"),
            ("with_a_thread", "thread"),
            ("with_a_process", 0),
        ],
    )
    def test_others_go_on_meanwhile(self, run, guest, value):
        returned, ticks = run.fact(guest)
        assert returned == value
        assert ticks >= 4

    def test_nobody_is_held_up_for_long(self, run):
        assert run.fact("longest gap") < 0.45


class TestKilledUsers:
    """A user's greenlet killed from outside, in a wait, in a request, in a plain sleep."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, record_requests
        from locust import FastHttpUser, HttpUser, User, constant, events, task

        record_requests(events)

        class Base:
            fixed_count = 1
            wait_time = constant(60)

            def on_stop(self):
                fact("on_stop", type(self).__name__)

        def request(user):
            user.client.get("/delay/8000")

        def sleep(user):
            gevent.sleep(60)

        def nothing(user): ...

        class Slow(Base, HttpUser):
            tasks = [request]

        class Fast(Base, FastHttpUser):
            tasks = [request]

        class Sleeps(Base, User):
            tasks = [sleep]

        class Waits(Base, User):
            tasks = [nothing]

        @events.init.add_listener
        def on_init(environment, **kwargs):
            gevent.spawn(conduct, environment)

        def conduct(environment):
            runner = environment.runner
            while runner.user_count < 4:
                gevent.sleep(0.01)
            gevent.sleep(0.3)
            for greenlet in list(runner.user_greenlets):
                greenlet.kill(timeout=5)
            gevent.sleep(0.1)
            fact("left", [runner.user_count, runner.user_classes_count])
            runner.quit()
    """
    ARGS = ["-u", "4"]

    def test_all_die_and_run_on_stop(self, run):
        assert sorted(run.facts_named("on_stop")) == ["Fast", "Sleeps", "Slow", "Waits"]

    def test_nobody_replaces_them(self, run):
        assert run.fact("left") == [0, {"Slow": 0, "Fast": 0, "Sleeps": 0, "Waits": 0}]

    def test_no_event_for_the_killed_requests(self, run):
        assert run.facts_named("request") == []
        assert run.exit_code == 0


class TestBlockingListeners:
    """A request listener that sleeps, waits for others or makes requests holds up its user only."""

    LOCUSTFILE = """
        import time
        import gevent
        from gevent.event import Event
        from gevent.lock import BoundedSemaphore
        from gevent.queue import Queue
        from facts import TARGET, fact, finish
        from locust import FastHttpUser, HttpUser, constant, events, task
        from locust.clients import HttpSession

        opened = Event()
        queue = Queue()
        door = BoundedSemaphore(1)
        ticks = []

        @events.request.add_listener
        def on_request(name, response_time, **rest):
            if name == "sleeps":
                time.sleep(0.5)
            elif name == "waits for another user":
                fact("event came", opened.wait(5))
            elif name == "asks":
                session = HttpSession(TARGET, events.request, None)
                fact("asked", session.get("/tagged/from-the-listener", name="inner").text)
            elif name == "spins":
                until = time.perf_counter() + 0.4
                while time.perf_counter() < until:
                    pass
            if name in ("sleeps", "spins", "after"):
                fact("time of " + name, response_time)

        class Ticker(FastHttpUser):
            wait_time = constant(0.02)
            fixed_count = 1

            @task
            def tick(self):
                with door:
                    self.client.get("/tagged/tick", name="tick")
                ticks.append(time.monotonic())

        class Guest(HttpUser):
            wait_time = constant(0)
            fixed_count = 1

            @task
            def work(self):
                while len(ticks) < 3:
                    gevent.sleep(0.02)
                before = len(ticks)
                started = time.monotonic()
                self.client.get("/tagged/a", name="sleeps")
                fact("held up itself", time.monotonic() - started)
                fact("others meanwhile", len(ticks) - before)
                gevent.spawn_later(0.2, opened.set)
                self.client.get("/tagged/b", name="waits for another user")
                self.client.get("/tagged/c", name="asks")
                gevent.spawn(queue.put, self.client.get("/tagged/d", name="spins").text)
                fact("queue", queue.get(timeout=5))
                fact("text", self.client.get("/tagged/e", name="after").text)
                fact("names", sorted(e.name for e in self.environment.stats.entries.values()))
                finish(self.environment)
    """
    ARGS = ["-u", "2"]

    def test_a_sleeping_listener_holds_up_its_own_user(self, run):
        assert run.fact("held up itself") >= 0.5
        assert run.fact("others meanwhile") >= 4

    def test_its_sleep_is_not_response_time(self, run):
        assert run.fact("time of sleeps") < 400
        assert run.fact("time of spins") < 400
        assert run.fact("time of after") < 400

    def test_it_may_wait_for_other_greenlets(self, run):
        assert run.fact("event came") is True
        assert run.fact("queue") == "d"

    def test_it_may_make_requests(self, run):
        assert run.fact("asked") == "from-the-listener"

    def test_everything_is_counted(self, run):
        names = ["after", "asks", "inner", "sleeps", "spins", "tick", "waits for another user"]
        assert run.fact("names") == names
        assert run.fact("text") == "e"


class TestSleepsInTasks:
    """gevent.sleep in tasks: users interleave, and each sleeps as long as it said."""

    LOCUSTFILE = """
        import time
        import gevent
        from facts import fact, finish
        from locust import User, constant, task

        class Sleeper(User):
            wait_time = constant(60)
            slept = []
            began = []

            @task
            def work(self):
                self.began.append(time.monotonic())
                started = time.monotonic()
                gevent.sleep(0.4)
                self.slept.append(time.monotonic() - started)
                if len(self.slept) == 20:
                    fact("slept", [min(self.slept), max(self.slept)])
                    fact("all", time.monotonic() - min(self.began))
                    finish(self.environment)
    """
    ARGS = ["-u", "20"]

    def test_all_at_the_same_time(self, run):
        shortest, longest = run.fact("slept")
        assert shortest >= 0.399
        assert longest < 1.5
        assert run.fact("all") < 2
