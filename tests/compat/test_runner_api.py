"""Lines 41, 42, 44, 47 and 48: what locustfiles do with the environment, runner and statistics."""

from __future__ import annotations

import pytest


class TestLocalRunner:
    """Lines 41, 42 and 44: the runner of a run without workers."""

    LOCUSTFILE = """
        import socket
        import gevent
        from gevent.lock import Semaphore
        from facts import error_text, fact, finish
        from locust import User, constant, events, task
        from locust.env import Environment
        from locust.runners import LocalRunner, MasterRunner, Runner, WorkerRunner

        @events.init.add_listener
        def on_init(environment, runner, **kwargs):
            fact("kinds", [isinstance(runner, kind) for kind in
                 (Runner, LocalRunner, MasterRunner, WorkerRunner)])
            fact("same", [environment.runner is runner, runner.environment is environment,
                 isinstance(environment, Environment), runner.stats is environment.stats,
                 runner.errors is environment.stats.errors])
            fact("worker", [runner.worker_index, runner.worker_count])
            fact("client_id", runner.client_id.startswith(socket.gethostname() + "_"))
            fact("web_ui", environment.web_ui)
            runner.register_message("greet", on_greet)
            runner.register_message("busy", on_busy, concurrent=True)
            fact("twice", error_text(runner.register_message, "greet", on_greet))
            fact("second runner", error_text(environment.create_local_runner))

        def on_greet(environment, msg, **kwargs):
            fact("greeted", [msg.type, msg.data, msg.node_id, sorted(kwargs)])
            fact("same object", msg.data is letter)

        def on_busy(environment, msg):
            fact("busy", [msg.data, environment.runner.user_count])

        letter = {"text": "hello", "numbers": [1, 2]}

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                runner = self.environment.runner
                runner.send_message("greet", letter)
                runner.send_message("busy", 7)
                runner.send_message("nobody listens")
                greenlets = list(runner.user_greenlets)
                fact("args", [greenlet.args[0] is self for greenlet in greenlets])
                fact("greenlet", [self.greenlet is greenlets[0],
                     gevent.getcurrent() is greenlets[0],
                     isinstance(self.greenlet, gevent.Greenlet), self.greenlet.dead])
                fact("counts", [runner.user_count, runner.user_classes_count,
                     runner.target_user_count, runner.state])
                finish(self.environment)
    """

    def test_its_kind(self, run):
        assert run.fact("kinds") == [True, True, False, False]
        assert run.fact("same") == [True] * 5
        assert run.fact("web_ui") is None

    def test_it_counts_as_the_first_worker(self, run):
        assert run.fact("worker") == [0, 1]
        assert run.fact("client_id") is True

    def test_messages_come_back_to_itself(self, run):
        data = {"text": "hello", "numbers": [1, 2]}
        assert run.fact("greeted") == ["greet", data, "local", []]
        assert run.fact("same object") is True
        assert run.fact("busy") == [7, 1]

    def test_a_message_type_has_one_listener(self, run):
        assert run.fact("twice").startswith("Exception: ") and "greet" in run.fact("twice")

    def test_a_message_without_a_listener_is_logged(self, run):
        assert "/WARNING/" in run.stderr and "nobody listens" in run.stderr

    def test_an_environment_has_one_runner(self, run):
        assert run.fact("second runner").startswith("RunnerAlreadyExistsError: ")

    def test_the_greenlet_of_a_user(self, run):
        assert run.fact("args") == [True]
        assert run.fact("greenlet") == [True, True, True, False]

    def test_counts(self, run):
        count, classes, target, state = run.fact("counts")
        assert (count, classes, target) == (1, {"Visitor": 1}, 1)
        assert state in ("spawning", "running")


class TestMonkeyPatching:
    """Line 44: importing locust patches the standard library, unless a variable says not to."""

    LOCUSTFILE = """
        import os
        import locust
        from facts import fact
        from gevent import monkey

        modules = ("socket", "time", "threading", "select", "ssl", "subprocess", "queue", "os")
        fact("patched", {name: bool(monkey.is_module_patched(name)) for name in modules})
        os._exit(0)
    """

    def test_patched(self, launch):
        patched = launch(self.LOCUSTFILE, ["--headless"]).result().fact("patched")
        assert all(patched.values()), patched

    def test_not_patched(self, launch):
        environment = {"LOCUST_SKIP_MONKEY_PATCH": "1"}
        patched = launch(self.LOCUSTFILE, ["--headless"], environment).result().fact("patched")
        assert not any(patched.values()), patched


class TestReplacedClasses:
    """Line 47: classes, weights and timeouts that listeners replace before the users are made."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, events, task

        class Ant(User):
            wait_time = constant(60)

            def on_start(self):
                fact("spawned", type(self).__name__)

            @task
            def work(self):
                if self.environment.runner.user_count == 4:
                    finish(self.environment)

        class Bee(Ant):
            weight = 1

        class Cat(Ant):
            weight = 3

        class Dog(Ant): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            environment.user_classes = [Ant, Bee, Cat]
            Ant.weight = 0
            environment._remove_user_classes_with_weight_zero()
            fact("classes", [c.__name__ for c in environment.user_classes])
            fact("runner's", [c.__name__ for c in environment.runner.user_classes])
            environment.stop_timeout = 0.3

        @events.test_start.add_listener
        def on_test_start(environment, **kwargs):
            environment.user_classes = [*environment.user_classes, Dog]
            Dog.fixed_count = 1
            Cat.weight = 1000
    """
    ARGS = ["-u", "4"]

    def test_weight_zero(self, run):
        assert run.fact("classes") == ["Bee", "Cat"]
        assert run.fact("runner's") == ["Bee", "Cat"]

    def test_what_runs(self, run):
        assert sorted(run.facts_named("spawned")) == ["Cat", "Cat", "Cat", "Dog"]


class TestRunnerAttributes:
    """Line 47: attributes of the runner that files read and assign while the test runs."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, ramp_to
        from locust import User, constant, events, task

        class Ant(User):
            wait_time = constant(0.05)

            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("before", [environment.runner._users_dispatcher, environment.runner.state,
                 environment.runner.target_user_count, environment.runner.user_count])
            gevent.spawn(conduct, environment)

        def conduct(environment):
            runner = environment.runner
            while runner.state != "running":
                gevent.sleep(0.01)
            fact("target", [runner.target_user_count, runner.target_user_classes_count])
            fact("dispatcher", runner._users_dispatcher is not None)
            ramp_to(environment, 4)
            fact("after the ramp", [runner.target_user_count, runner.target_user_classes_count,
                 len(runner.user_greenlets), runner.user_count])
            for greenlet in list(runner.user_greenlets)[:2]:
                greenlet.kill()
            gevent.sleep(0.05)
            fact("after a kill", runner.user_count)
            runner.target_user_count = 9
            fact("assigned", runner.target_user_count)
            runner.stop()
            fact("after stop", [runner.state, runner.user_count, runner._users_dispatcher])
            runner.start(2, 50)
            while runner.state != "running":
                gevent.sleep(0.01)
            fact("started again", [runner.user_count, runner.target_user_count])
            runner.quit()
            fact("after quit", runner.state)

        @events.quitting.add_listener
        def on_quitting(environment, **kwargs):
            fact("quitting")
    """
    ARGS = ["-u", "3"]

    def test_before_the_start(self, run):
        assert run.fact("before") == [None, "ready", 0, 0]

    def test_targets(self, run):
        assert run.fact("target") == [3, {"Ant": 3}]
        assert run.fact("dispatcher") is True
        assert run.fact("after the ramp") == [4, {"Ant": 4}, 4, 4]
        assert run.fact("assigned") == 9

    def test_a_killed_greenlet_is_gone(self, run):
        assert run.fact("after a kill") == 2

    def test_stop_and_start_again(self, run):
        assert run.fact("after stop") == ["stopped", 0, None]
        assert run.fact("started again") == [2, 2]

    def test_quit_ends_the_process(self, run):
        assert run.facts_named("quitting") == [None]
        assert run.exit_code == 0


class TestStatistics:
    """Line 48: statistics walked, sorted, written by hand and reset by locustfiles."""

    LOCUSTFILE = """
        import time
        from facts import fact, finish
        from locust import HttpUser, constant, events, task
        from locust.exception import CatchResponseError
        from locust.stats import RequestStats, StatsEntry, StatsError, sort_stats

        class Visitor(HttpUser):
            wait_time = constant(60)

            @task
            def work(self):
                for path in ("/status/200", "/bytes/10", "/status/404", "/status/200"):
                    self.client.get(path)
                with self.client.get("/json", catch_response=True) as response:
                    response.failure("not this one")
                stats = self.environment.stats
                stats.log_request("RPC", "by hand", 120, 33)
                stats.log_error("RPC", "by hand", "broken")
                stats.log_error("RPC", "by hand", RuntimeError("also broken"))
                self.walk(stats)
                self.numbers(stats)
                self.errors(stats)
                stats.reset_all()
                fact("after reset", [stats.num_requests, len(stats.errors), len(stats.entries)])
                stats.clear_all()
                fact("after clear", [stats.num_requests, len(stats.errors), len(stats.entries)])
                self.standalone()
                finish(self.environment)

            def walk(self, stats):
                fact("keys", sorted(map(list, stats.entries)))
                fact("sorted", [[e.method, e.name, e.num_requests, e.num_failures]
                     for e in sort_stats(stats.entries)])
                fact("types", [isinstance(stats, RequestStats), isinstance(stats.total, StatsEntry),
                     all(isinstance(e, StatsError) for e in stats.errors.values())])
                fact("missing entry", stats.get("/never", "GET").num_requests)

            def numbers(self, stats):
                total, entry = stats.total, stats.get("by hand", "RPC")
                fact("totals", [stats.num_requests, stats.num_failures, total.num_requests,
                     total.num_failures, round(total.fail_ratio, 3), total.name, total.method])
                fact("entry", [entry.min_response_time, entry.max_response_time,
                     entry.avg_response_time, entry.median_response_time, entry.fail_ratio,
                     entry.avg_content_length, entry.total_content_length,
                     entry.total_response_time, entry.get_response_time_percentile(0.95)])
                fact("rates", [total.total_rps >= 0, total.total_fail_per_sec >= 0,
                     total.current_rps >= 0, total.current_fail_per_sec >= 0])
                now = time.time()
                fact("times", [stats.start_time <= now, stats.last_request_timestamp <= now,
                     now - stats.start_time < 60])
                fact("per second", [sum(total.num_reqs_per_sec.values()),
                     sum(total.num_fail_per_sec.values())])
                fact("dict", sorted(entry.to_dict()))
                fact("dict values", [entry.to_dict()[k] for k in ("method", "name", "num_requests",
                     "num_failures", "min_response_time", "max_response_time")])
                fact("text", [len(entry.to_string().split("|")), entry.name in str(entry)])

            def errors(self, stats):
                for error in sort_stats(stats.errors):
                    row = error.to_dict()
                    fact("error", [row["method"], row["name"], row["error"], row["occurrences"],
                         row["first_seen"] <= row["last_seen"], error.to_name()])
                fact("error keys", sorted(next(iter(stats.errors.values())).to_dict()))
                fact("parse_error", StatsError.parse_error(
                    ValueError("<thing.Thing object at 0x7f00deadbeef>")))

            def standalone(self):
                stats = RequestStats()
                for time_ in range(1, 101):
                    stats.log_request("GET", "/own", time_, 1)
                entry = stats.get("/own", "GET")
                fact("own statistics", [entry.num_requests, entry.avg_response_time,
                     entry.median_response_time, entry.get_response_time_percentile(0.9),
                     entry.get_response_time_percentile(1.0), stats.total.num_requests])
    """

    def test_entries(self, run):
        assert run.fact("keys") == [
            ["/bytes/10", "GET"],
            ["/json", "GET"],
            ["/status/200", "GET"],
            ["/status/404", "GET"],
            ["by hand", "RPC"],
        ]
        assert run.fact("sorted") == [
            ["GET", "/bytes/10", 1, 0],
            ["GET", "/json", 1, 1],
            ["GET", "/status/200", 2, 0],
            ["GET", "/status/404", 1, 1],
            ["RPC", "by hand", 1, 2],
        ]
        assert run.fact("types") == [True, True, True]
        assert run.fact("missing entry") == 0

    def test_numbers(self, run):
        assert run.fact("totals") == [6, 4, 6, 4, 0.667, "Aggregated", ""]
        assert run.fact("entry") == [120, 120, 120.0, 120, 2.0, 33.0, 33, 120, 120]
        assert run.fact("rates") == [True] * 4
        assert run.fact("times") == [True] * 3
        assert run.fact("per second") == [6, 4]

    def test_to_dict(self, run):
        assert run.fact("dict") == [
            "avg_content_length",
            "avg_response_time",
            "current_fail_per_sec",
            "current_rps",
            "max_response_time",
            "median_response_time",
            "method",
            "min_response_time",
            "name",
            "num_failures",
            "num_requests",
            "response_time_percentile_0.95",
            "response_time_percentile_0.99",
            "total_fail_per_sec",
            "total_rps",
        ]
        assert run.fact("dict values") == ["RPC", "by hand", 1, 2, 120, 120]
        assert run.fact("text") == [3, True]

    def test_errors(self, run):
        rows = {tuple(row[:4]): row[4:] for row in run.facts_named("error")}
        not_found = "HTTPError('404 Client Error: Not Found for url: /status/404')"
        assert rows == {
            ("GET", "/status/404", not_found, 1): [True, f"GET /status/404: {not_found}"],
            ("GET", "/json", "CatchResponseError('not this one')", 1): [
                True,
                "GET /json: not this one",
            ],
            ("RPC", "by hand", "broken", 1): [True, "RPC by hand: broken"],
            ("RPC", "by hand", "RuntimeError('also broken')", 1): [
                True,
                "RPC by hand: RuntimeError('also broken')",
            ],
        }
        assert run.fact("error keys") == [
            "error",
            "first_seen",
            "last_seen",
            "method",
            "name",
            "occurrences",
        ]

    def test_addresses_do_not_split_errors(self, run):
        assert run.fact("parse_error") == "ValueError('<thing.Thing object at 0x....>')"

    def test_reset_and_clear(self, run):
        assert run.fact("after reset") == [0, 0, 6]
        assert run.fact("after clear") == [0, 0, 0]

    def test_statistics_of_ones_own(self, run):
        assert run.fact("own statistics") == [100, 50.5, 51, 91, 100, 100]


class TestResetStats:
    """--reset-stats forgets what happened while users were still being spawned."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import User, constant, events, task

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                self.environment.events.request.fire(
                    request_type="GET", name="it", response_time=1, response_length=1
                )
                fact("option", self.environment.reset_stats)
                if self.environment.runner.user_count == 3:
                    gevent.sleep(0.2)
                    fact("left", self.environment.stats.num_requests)
                    finish(self.environment)
    """

    @pytest.mark.parametrize(("options", "left"), [([], 3), (["--reset-stats"], 1)])
    def test_what_is_left(self, launch, options, left):
        arguments = ["--headless", "-u", "3", "-r", "1.9", "-t", "20s", *options]
        run = launch(self.LOCUSTFILE, arguments).result()
        assert run.fact("left") == left
        assert set(run.facts_named("option")) == {bool(options)}
