"""Line 52 and the import name: what locustfiles import besides the classes."""

from __future__ import annotations


class TestImportName:
    """`from locust import ...` finds the implementation that runs, under every module name."""

    LOCUSTFILE = """
        import importlib
        import os
        import sys
        from facts import fact

        names = ("locust", "locust.argument_parser", "locust.clients", "locust.contrib.fasthttp",
                 "locust.debug", "locust.dispatch", "locust.env", "locust.event",
                 "locust.exception", "locust.log", "locust.main",
                 "locust.runners", "locust.shape",
                 "locust.stats", "locust.user", "locust.user.inspectuser",
                 "locust.user.sequential_taskset", "locust.user.task", "locust.user.users",
                 "locust.user.wait_time", "locust.util.rounding", "locust.util.timespan")
        missing = []
        for name in names:
            try:
                module = importlib.import_module(name)
                if sys.modules[name] is not module:
                    missing.append(name + " is not in sys.modules")
            except ImportError as error:
                missing.append(f"{name}: {error}")
        fact("missing", missing)

        import locust
        from locust import (
            FastHttpUser, HttpUser, LoadTestShape, SequentialTaskSet, TaskSet, User, between,
            constant, constant_pacing, constant_throughput, events, poisson, run_single_user, tag,
            task, wait_time,
        )
        from locust.clients import HttpSession, ResponseContextManager
        from locust.exception import (
            CatchResponseError, InterruptTaskSet, LocustError, MissingWaitTimeError, RescheduleTask,
            RescheduleTaskImmediately, ResponseError, StopTest, StopUser,
        )
        fact("one module", locust.stats is sys.modules["locust.stats"])
        fact("one class", locust.user.users.HttpUser is HttpUser is locust.user.HttpUser)
        fact("fast", locust.contrib.fasthttp.FastHttpUser is FastHttpUser)
        fact("version", locust.__version__)
        import configargparse, gevent
        fact("libraries", [locust.dispatch.gevent is gevent, locust.runners.gevent is gevent,
             locust.argument_parser.configargparse is configargparse])
        fact("bases", [issubclass(HttpUser, User), issubclass(FastHttpUser, User),
             issubclass(SequentialTaskSet, TaskSet), issubclass(MissingWaitTimeError, LocustError)])
        os._exit(0)
    """

    def test_modules(self, run):
        assert run.fact("missing") == []

    def test_they_are_the_same_objects(self, run):
        assert run.fact("one module") is True
        assert run.fact("one class") is True
        assert run.fact("fast") is True
        assert run.fact("bases") == [True] * 4

    def test_tests_patch_the_libraries_where_locust_imports_them(self, run):
        assert run.fact("libraries") == [True] * 3

    def test_the_version_is_the_one_followed(self, run):
        assert run.fact("version") == "2.47.0"


class TestParserByHand:
    """Line 52: parse_options() at import and inside a shape; LocustArgumentParser by name."""

    LOCUSTFILE = """
        from facts import fact
        from locust import LoadTestShape, User, constant, events, task
        from locust.argument_parser import LocustArgumentParser, get_parser, parse_options

        at_import = parse_options()
        fact("at import", [at_import.num_users, at_import.spawn_rate, at_import.run_time,
             at_import.headless, at_import.loglevel])
        given = parse_options(args=["-u", "7", "-t", "1h30m", "-H", "http://elsewhere"])
        fact("given", [given.num_users, given.run_time, given.host])
        fact("parser", isinstance(get_parser(), LocustArgumentParser))

        @events.init_command_line_parser.add_listener
        def on_parser(parser: LocustArgumentParser):
            parser.add_argument("--depth", type=int, default=3, include_in_web_ui=False)

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self): ...

        class Shape(LoadTestShape):
            def tick(self):
                options = parse_options()
                fact("in a shape", [options.num_users, options.depth])
                return None
    """
    ARGS = ["-u", "5", "--depth", "4", "-L", "WARNING"]
    # A file that parses everything at import knows no arguments that it adds itself only later.
    HOST = None

    def test_at_import(self, launch):
        options = ["--headless", "-u", "5", "-r", "2.5", "-t", "10s", "-L", "warning"]
        run = launch(self.LOCUSTFILE, options).result()
        assert run.fact("at import") == [5, 2.5, 10, True, "WARNING"]
        assert run.fact("given") == [7, 5400, "http://elsewhere"]
        assert run.fact("parser") is True

    def test_in_a_shape(self, launch):
        run = launch(self.LOCUSTFILE, ["--headless", "-u", "5"]).result()
        assert run.fact("in a shape") == [5, 3]


class TestTables:
    """Line 52: the console logger and the functions that write the tables."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, constant, task
        from locust.stats import (
            console_logger, get_error_report_summary, get_percentile_stats_summary,
            get_readable_percentiles, get_stats_summary, print_error_report,
            print_percentile_stats, print_stats,
        )

        class Visitor(HttpUser):
            wait_time = constant(60)

            @task
            def work(self):
                self.client.get("/json?report")
                self.client.get("/status/500")
                console_logger.info("a line through the console logger")
                stats = self.environment.stats
                print_stats(stats, current=False)
                print_percentile_stats(stats)
                print_error_report(stats)
                summary = get_stats_summary(stats, False)
                fact("summary", [len(summary), summary[0].split(), summary[-1].split()[0]])
                fact("rows", [line.split()[:3] for line in summary[2:4]])
                percentiles = get_percentile_stats_summary(stats)
                fact("percentiles", [line.split()[:2] for line in percentiles])
                fact("errors", any("500" in line for line in get_error_report_summary(stats)))
                fact("readable", get_readable_percentiles([0.5, 0.999, 1.0]))
                finish(self.environment)
    """

    def test_the_summaries(self, run):
        count, heading, last = run.fact("summary")
        assert count == 6
        columns = "Type Name # reqs # fails | Avg Min Max Med | req/s failures/s"
        assert heading == columns.split()
        assert last == "Aggregated"
        assert run.fact("rows") == [["GET", "/json?report", "1"], ["GET", "/status/500", "1"]]
        assert ["GET", "/json?report"] in run.fact("percentiles")
        assert run.fact("errors") is True
        assert run.fact("readable") == ["50%", "99.9%", "100%"]

    def test_printing_goes_to_the_console(self, run):
        assert "a line through the console logger" in run.stderr.splitlines()
        assert run.stderr.count("Response time percentiles (approximated)") == 2
        assert run.stderr.count("Error report") == 2


class TestHtmlReport:
    """Line 52: the HTML report as text, and the placeholders of its file name."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, constant, events, task
        from locust.html import get_html_report, process_html_filename

        class Visitor(HttpUser):
            wait_time = constant(60)

            @task
            def work(self):
                self.client.get("/json?report")
                finish(self.environment)

        @events.quitting.add_listener
        def on_quitting(environment, **kwargs):
            report = get_html_report(environment, show_download_link=False)
            fact("html", ["<html" in report, "/json?report" in report, "Visitor" in report])
            options = environment.parsed_options
            options.html_file = "report_{u}_{r}_{t}.html"
            process_html_filename(options)
            fact("html_file", options.html_file)
            options.html_file = None
    """

    def test_the_report(self, run):
        assert run.fact("html") == [True, True, True]

    def test_the_name_of_the_file(self, run):
        assert run.fact("html_file") == "report_1_50_20.html"


class TestLogModule:
    """Line 52: the flag behind exit code 2 can be read and written."""

    LOCUSTFILE = """
        import gevent
        import locust.log
        from facts import fact, finish
        from locust import User, constant, events, task
        from locust.log import greenlet_exception_logger
        import logging

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                fact("before", locust.log.unhandled_greenlet_exception)
                handler = greenlet_exception_logger(logging.getLogger("mine"))
                greenlet = gevent.spawn(lambda: 1 / 0)
                greenlet.link_exception(handler)
                gevent.sleep(0.1)
                fact("after", locust.log.unhandled_greenlet_exception)
                finish(self.environment)
    """

    def test_the_flag(self, run):
        assert run.fact("before") is False
        assert run.fact("after") is True
        assert run.exit_code == 2
        assert "/CRITICAL/mine" in run.stderr

    def test_written_by_hand(self, launch):
        locustfile = """
            import locust.log
            from facts import finish
            from locust import User, constant, task

            class Visitor(User):
                wait_time = constant(60)

                @task
                def work(self):
                    locust.log.unhandled_greenlet_exception = True
                    finish(self.environment)
        """
        run = launch(locustfile, ["--headless", "-t", "10s", "--only-summary"]).result()
        assert run.exit_code == 2


class TestAsALibrary:
    """An environment and a runner made by a script of one's own, without the command."""

    LOCUSTFILE = """
        import os
        import gevent
        from facts import TARGET, fact
        from locust import HttpUser, constant, task
        from locust.env import Environment
        from locust.log import setup_logging

        class Visitor(HttpUser):
            wait_time = constant(0.05)

            @task
            def work(self):
                self.client.get("/")

        setup_logging("INFO")
        environment = Environment(user_classes=[Visitor], host=TARGET)
        runner = environment.create_local_runner()
        environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
        runner.start(2, spawn_rate=10)

        def stop():
            with gevent.Timeout(10, False):
                while environment.stats.total.num_requests < 4:
                    gevent.sleep(0.01)
            runner.quit()

        gevent.spawn(stop)
        runner.greenlet.join()
        fact("requests", environment.stats.total.num_requests)
        fact("failures", environment.stats.total.num_failures)
        os._exit(0)
    """

    def test_it_runs(self, run):
        assert run.fact("requests") >= 4
        assert run.fact("failures") == 0
