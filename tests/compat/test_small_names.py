"""Names of Locust's modules that few files use: they do what they do there."""

from __future__ import annotations


class TestRunners:
    """Beside the runners: what is known of workers, words of the log, greenlets that fail."""

    LOCUSTFILE = """
        import gevent
        import logging
        import os
        from facts import fact
        from locust import User, runners
        from locust.env import Environment
        from locust.exception import StopTest
        from locust.runners import (
            STATE_RUNNING, WorkerNode, WorkerNodes, _aggregate_dispatched_users,
            _format_user_classes_count_for_log, locust_exception_handler,
        )

        nodes = WorkerNodes()
        for name, state in (("a", "ready"), ("b", "running"), ("c", "running"), ("d", "missing")):
            nodes[name] = WorkerNode(name, state)
        fact("by state", [[node.id for node in some] for some in (
             nodes.all, nodes.ready, nodes.spawning, nodes.running, nodes.missing,
             nodes.get_by_state(STATE_RUNNING))])
        for name in nodes:  # who goes meanwhile disturbs nobody
            del nodes[name]
        fact("left", [len(nodes), "a" in nodes])

        users = {"1": {"A": 1, "B": 0}, "2": {"A": 2, "B": 5}}
        fact("together", _aggregate_dispatched_users(users))
        fact("for the log", _format_user_classes_count_for_log({"B": 2, "A": 1}))

        class Visitor(User):
            def on_start(self):
                gevent.sleep(60)

        environment = Environment(user_classes=[Visitor])
        runner = environment.create_local_runner()
        runner.start(1, 1, wait=True)

        def fails(error):
            raise error

        for error in (StopTest("enough"), ValueError("a mistake")):
            greenlet = gevent.spawn(fails, error)
            greenlet.link_exception(locust_exception_handler(environment))
            greenlet.join()
            with gevent.Timeout(10, False):
                while runner.state != "stopped":
                    gevent.sleep(0.01)
            fact(type(error).__name__, runner.state)
        gevent.sleep(0.1)
        from locust import log
        fact("counted", log.unhandled_greenlet_exception)
        fact("same", [runners.RequestStats.__module__, runners.is_url("http://a/b"),
             runners.get_abspaths_in.__name__, runners.LOCUST_STATE_STOPPING])
        os._exit(0)
    """

    def test_workers_by_their_state(self, run):
        assert run.fact("by state") == [
            ["a", "b", "c", "d"], ["a"], [], ["b", "c"], ["d"], ["b", "c"],
        ]  # fmt: skip
        assert run.fact("left") == [0, False]

    def test_counts_of_users(self, run):
        assert run.fact("together") == {"A": 3, "B": 5}
        assert run.fact("for the log") == '{"A": 1, "B": 2} (3 total users)'

    def test_a_greenlet_of_ones_own_may_end_the_test(self, run):
        assert run.fact("StopTest") == "stopped"
        assert run.fact("counted") is True

    def test_what_else_the_module_has(self, run):
        assert run.fact("same") == ["locust.stats", True, "get_abspaths_in", "stopping"]


class TestOthers:
    """Events, clients, statistics, parsers."""

    LOCUSTFILE = """
        import logging
        import os
        import requests
        import ssl
        from facts import fact
        import locust
        from locust import argument_parser, clients, html, input_events, main
        from locust.clients import ResponseContextManager
        from locust.contrib.fasthttp import FastRequest, Headers, insecure_ssl_context_factory
        from locust.env import Environment
        from locust.event import DeprecatedEventHook, EventHook
        from locust.stats import RequestStats, StatsEntry
        from locust.util import deprecation

        warned = []

        class Keeps(logging.Handler):
            def emit(self, record):
                warned.append(record.getMessage())

        logging.getLogger().addHandler(Keeps())
        hook = DeprecatedEventHook("listen to something else")
        hook.add_listener(lambda **_: warned.append("called"))
        hook.fire()
        fact("warned", warned)

        try:
            class Old(deprecation.deprecated_locust_meta_class("use User")("Gone", (), {})): ...
        except ImportError as error:
            fact("gone", str(error))

        try:
            input_events.get_poller()
        except input_events.InitError:
            fact("no keyboard", True)

        entry = StatsEntry(RequestStats(), "/", "GET")
        for time in (12, None, 187):
            entry._log_time_of_request(1000.7)
            entry._log_response_time(time)
        fact("entry", [entry.num_reqs_per_sec[1000], entry.last_request_timestamp,
             entry.num_none_requests, entry.total_response_time, entry.min_response_time,
             entry.max_response_time, sorted(entry.response_times.items())])

        request = FastRequest("http://shop.test:81/a?b=1", "post", Headers({"X-One": "1"}), b"body")
        request.add_header("Authorization", "Basic eA==")
        fact("request", [request.host, request.selector, request.get_method(), request.get_host(),
             request.get_header("x-one"), request.has_header("X-ONE"), request.full_url,
             request.body.decode(), request.is_unverifiable()])
        request.redirect(302, "http://other.test/c")
        fact("redirected", [request.url, request.method, request.data, request.is_unverifiable(),
             request.get_origin_req_host(), sorted(name for name, _ in request.header_items())])

        fired = []
        event = EventHook()
        event.add_listener(lambda **about: fired.append(about))
        plain = requests.Response()
        plain.status_code = 404
        plain._content = b"nothing"
        meta = {"name": "/", "exception": None}
        with ResponseContextManager.wrap_response(plain, event, meta, True) as response:
            fact("wrapped", [response.status_code, response.text])
            response.success()
        fact("fired", fired)

        fact("verifies", insecure_ssl_context_factory().verify_mode == ssl.CERT_NONE)
        fact("options", sorted(main.COMMON_OPTIONS))
        fact("same", [html.stats is locust.stats, locust.user.inspectuser.__name__[-11:],
             clients.EventHook is EventHook, main.locust is locust, clients.requests is requests,
             argument_parser.is_url("file:///a"), argument_parser.parse_timespan("1m"),
             locust.util.cache.__name__[-5:]])
        argument_parser.exit_handler("no such file")
        os._exit(0)
    """

    def test_a_hook_that_warns(self, run):
        assert run.fact("warned") == ["listen to something else", "called"]

    def test_a_class_that_is_gone(self, run):
        assert run.fact("gone") == "use User"

    def test_there_is_no_keyboard(self, run):
        assert run.fact("no keyboard") is True

    def test_entries(self, run):
        assert run.fact("entry") == [3, 1000.7, 1, 199, 12, 187, [[12, 1], [190, 1]]]

    def test_requests_of_fast_users(self, run):
        assert run.fact("request") == [
            "shop.test:81", "/a?b=1", "POST", "shop.test", "1", True, "http://shop.test:81/a?b=1",
            "body", False,
        ]  # fmt: skip
        assert run.fact("redirected") == [
            "http://other.test/c", "GET", None, True, "shop.test", ["X-One"],
        ]  # fmt: skip

    def test_a_plain_response_becomes_one_to_judge(self, run):
        assert run.fact("wrapped") == [404, "nothing"]
        assert run.fact("fired") == [{"name": "/", "exception": None}]

    def test_the_rest(self, run):
        assert run.fact("verifies") is True
        assert run.fact("options") == ["num_users", "run_time", "spawn_rate"]
        assert run.fact("same") == [True, "inspectuser", True, True, True, False, 60, "cache"]
