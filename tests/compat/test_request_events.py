"""Lines 33, 34, 48 and 50: request listeners, the statistics they precede, events fired by hand."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


class TestListenersAndStatistics:
    """Line 33: listeners of the module run before the statistics, those added in init after."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, constant, events, task

        holder = {}

        @events.request.add_listener
        def of_the_module(**event):
            fact("seen by the module", holder["environment"].stats.num_requests)

        @events.init.add_listener
        def on_init(environment, **kwargs):
            holder["environment"] = environment

            @environment.events.request.add_listener
            def of_init(**event):
                fact("seen by init", environment.stats.num_requests)

            fact("one object", environment.events is events)

        class Visitor(HttpUser):
            wait_time = constant(0)
            count = 0

            @task
            def work(self):
                self.client.get("/")
                self.count += 1
                if self.count == 3:
                    events.request.remove_listener(of_the_module)
                    self.client.get("/")
                    finish(self.environment)
    """

    def test_the_order(self, run):
        assert run.facts_named("seen by the module") == [0, 1, 2]
        assert run.facts_named("seen by init") == [1, 2, 3, 4]

    def test_the_environment_has_the_events_of_the_module(self, run):
        assert run.fact("one object") is True


class TestListenersThatRaise:
    """Line 33: some exceptions of a listener steer the user and keep the request uncounted."""

    LOCUSTFILE = """
        import locust
        from facts import fact, finish
        from locust import (
            FastHttpUser, HttpUser, SequentialTaskSet, TaskSet, constant, events, task,
        )
        from locust.exception import (
            InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser,
        )

        raised_for = {
            "/status/200?reschedule": RescheduleTask,
            "/status/200?immediately": RescheduleTaskImmediately,
            "/status/200?interrupt": InterruptTaskSet,
            "/status/200?error": ValueError,
            "/status/200?stop": StopUser,
        }

        @events.request.add_listener
        def on_request(name, **event):
            if name in raised_for:
                raise raised_for[name]("from the listener")

        class Steps(SequentialTaskSet):
            def step(self, text):
                fact(type(self.user).__name__, text)

            def get(self, what):
                self.step("before " + what)
                self.client.get("/status/200?" + what)
                self.step("after " + what)

            def wait_time(self):
                self.step("wait")
                return 0

            @task
            def reschedule(self):
                self.get("reschedule")

            @task
            def immediately(self):
                self.get("immediately")

            @task
            class Inner(TaskSet):
                @task
                def interrupt(self):
                    Steps.get(self, "interrupt")

                def step(self, text):
                    fact(type(self.user).__name__, text)

            @task
            def error(self):
                self.get("error")

            @task
            def none(self):
                self.get("none")

            @task
            def stop(self):
                fact("counted for " + type(self.user).__name__, sorted(
                    [e.name, e.num_requests] for e in self.user.environment.stats.entries.values()
                ))
                self.get("stop")

            def on_stop(self):
                self.step("on_stop")
                self.user.done.add(type(self.user).__name__)
                if len(self.user.done) == 2:
                    finish(self.user.environment)

        class Slow(HttpUser):
            wait_time = constant(0)
            tasks = [Steps]
            fixed_count = 1
            done = set()

        class Fast(FastHttpUser):
            wait_time = constant(0)
            tasks = [Steps]
            fixed_count = 1
            done = Slow.done
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("user", ["Slow", "Fast"])
    def test_what_the_user_does(self, run, user):
        assert run.facts_named(user) == [
            "before reschedule",
            "wait",
            "before immediately",
            "before interrupt",
            "before error",
            "after error",
            "wait",
            "before none",
            "after none",
            "wait",
            "before stop",
            "on_stop",
        ]

    @pytest.mark.parametrize("user", ["Slow", "Fast"])
    def test_only_ordinary_errors_leave_the_request_counted(self, run, user):
        counted = {name for name, _count in run.fact(f"counted for {user}")}
        assert counted == {"/status/200?error", "/status/200?none"}

    def test_an_ordinary_error_is_logged_and_makes_the_exit_code_2(self, run):
        assert "from the listener" in run.stderr
        assert run.exit_code == 2


class TestNoneResponseTime:
    """Line 34: it counts as a request, but in no average, median or percentile."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, task

        class Visitor(User):
            wait_time = constant(0)

            @task
            def work(self):
                fire = self.environment.events.request.fire
                for time in (10, None, 30, None, None, None):
                    fire(request_type="ASYNC", name="job", response_time=time, response_length=5,
                         exception=None)
                fire(request_type="ASYNC", name="only none", response_time=None,
                     response_length=0, exception=None)
                stats = self.environment.stats
                for entry in (stats.get("job", "ASYNC"), stats.total):
                    fact(entry.name, {
                        "requests": entry.num_requests,
                        "none": entry.num_none_requests,
                        "average": entry.avg_response_time,
                        "median": entry.median_response_time,
                        "min": entry.min_response_time,
                        "max": entry.max_response_time,
                        "p90": entry.get_response_time_percentile(0.9),
                        "p10": entry.get_response_time_percentile(0.1),
                        "length": entry.avg_content_length,
                        "times": {str(k): v for k, v in entry.response_times.items()},
                    })
                entry = self.environment.stats.get("only none", "ASYNC")
                fact("only none", [entry.num_requests, entry.avg_response_time,
                     entry.median_response_time, entry.min_response_time, entry.max_response_time])
                finish(self.environment)
    """

    def test_the_entry(self, run):
        assert run.fact("job") == {
            "requests": 6,
            "none": 4,
            "average": 20.0,
            "median": 30,
            "min": 10,
            "max": 30,
            "p90": 30,
            "p10": 10,
            "length": 5.0,
            "times": {"10": 1, "30": 1},
        }

    def test_the_total(self, run):
        total = run.fact("Aggregated")
        assert (total["requests"], total["none"], total["average"]) == (7, 5, 20.0)

    def test_an_entry_of_nothing_else(self, run):
        assert run.fact("only none") == [1, 0.0, 0, None, 0]


class TestEventsByHand:
    """Line 50: `fire` with few or many arguments, `measure`, `user_error.fire`, own hooks."""

    LOCUSTFILE = """
        import time
        import gevent
        from facts import error_text, fact, finish, record_requests
        from locust import User, constant, events, task
        from locust.event import EventHook, Events
        from locust.exception import StopUser

        record_requests(events)
        own = EventHook()

        @own.add_listener
        def first(a, b, **kwargs):
            fact("own event", ["first", a, b])

        def second(a, b):
            fact("own event", ["second", a, b])

        def broken(a, b):
            raise RuntimeError("a broken listener of an own event")

        own.add_listener(second)

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                fire = self.environment.events.request.fire
                fire(request_type="A", name="four", response_time=1.5, response_length=2)
                fire(request_type="A", name="failed", response_time=2, response_length=0,
                     exception=ValueError("no"))
                fire(request_type="A", name="failed", response_time=2, response_length=0,
                     exception="only text")
                fire(request_type="A", name="all", response_time=3, response_length=4,
                     exception=None, context={"c": 1}, start_time=time.time(), url="redis://x",
                     response=None, anything={"more": True})
                self.measured()
                own.fire(a=1, b=2)
                own.fire(reverse=True, a=3, b=4)
                own.remove_listener(first)
                own.add_listener(broken)
                own.fire(a=5, b=6)
                fact("positional", error_text(own.fire, 1, 2))
                fact("hooks", isinstance(self.environment.events, Events))
                self.environment.events.user_error.fire(
                    user_instance=self, exception=KeyError("by hand"), tb=None
                )
                fact("exceptions", [r["msg"] for r in self.environment.runner.exceptions.values()])
                fact("errors", sorted(
                    [e.name, str(e.error), e.occurrences]
                    for e in self.environment.stats.errors.values()
                ))
                finish(self.environment)

            def measured(self):
                measure = self.environment.events.request.measure
                with measure("M", "fine") as meta:
                    gevent.sleep(0.05)
                    meta["response_length"] = 99
                with measure("M", "raises", 7, {"c": 2}):
                    raise OSError("swallowed and recorded")
                with measure("M", "edited") as meta:
                    meta["name"] = "edited name"
                    meta["exception"] = ValueError("set by hand")
    """

    def event(self, run, name):
        return [event for event in run.facts_named("request") if event["name"] == name]

    def test_fire(self, run):
        (four,) = self.event(run, "four")
        assert (four["type"], four["time"], four["length"]) == ("A", 1.5, 2)
        assert four["exception"] is None
        (everything,) = self.event(run, "all")
        assert everything["context"] == {"c": 1} and everything["url"] == "redis://x"

    def test_failures(self, run):
        assert run.fact("errors") == [
            ["edited name", "set by hand", 1],
            ["failed", "no", 1],
            ["failed", "only text", 1],
            ["raises", "swallowed and recorded", 1],
        ]

    def test_measure(self, run):
        (fine,) = self.event(run, "fine")
        assert 49 <= fine["time"] < 1000
        assert (fine["type"], fine["length"], fine["exception"]) == ("M", 99, None)
        (raised,) = self.event(run, "raises")
        assert raised["exception"] == "OSError('swallowed and recorded')"
        assert raised["length"] == 7 and raised["context"] == {"c": 2}
        (edited,) = self.event(run, "edited name")
        assert edited["exception"] == "ValueError('set by hand')"

    def test_own_hooks(self, run):
        assert run.facts_named("own event") == [
            ["first", 1, 2],
            ["second", 1, 2],
            ["second", 3, 4],
            ["first", 3, 4],
            ["second", 5, 6],
        ]
        assert "a broken listener of an own event" in run.stderr
        assert run.fact("positional").startswith("TypeError: ")
        assert run.fact("hooks") is True

    def test_user_error_by_hand(self, run):
        assert run.fact("exceptions") == ["'by hand'"]
        assert run.exit_code == 1
