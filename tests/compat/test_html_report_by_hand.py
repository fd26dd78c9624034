"""The HTML report and the history behind it, for a program that makes its Environment itself."""


class TestByHand:
    """get_html_report() of an Environment made by hand, and the layout of `stats.history`."""

    LOCUSTFILE = """
        import locust.stats
        from facts import fact, finish
        from locust import User, constant, task
        from locust.env import Environment
        from locust.html import get_html_report

        locust.stats.PERCENTILES_TO_CHART = [0.5, 0.9]

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                environment = Environment(user_classes=[Visitor], host="http://shop.example")
                runner = environment.create_local_runner()
                stats = environment.stats
                stats.log_request("GET", "/by/hand", 12, 3)
                stats.log_error("GET", "/by/hand", ValueError("went wrong"))
                locust.stats.update_stats_history(runner)
                (reading,) = stats.history
                fact("keys", sorted(reading))
                fact("pairs", [
                    type(reading[key]).__name__ + str(reading[key][0] == reading["time"])
                    for key in sorted(reading) if key != "time"
                ])
                fact("user_count", reading["user_count"][1])
                pages = [
                    get_html_report(environment),
                    get_html_report(environment, True, "dark"),
                    get_html_report(environment, show_download_link=False, theme="light"),
                ]
                fact("pages", [
                    isinstance(page, str)
                    and page.strip().lower().startswith("<!doctype html>")
                    and page.strip().endswith("</html>")
                    and all(text in page for text in ("/by/hand", "went wrong", "shop.example"))
                    for page in pages
                ])
                stats.clear_all()
                fact("cleared", stats.history)
                finish(self.environment)
    """

    def test_the_pages(self, run):
        assert run.fact("pages") == [True] * 3

    def test_a_reading(self, run):
        assert run.fact("keys") == [
            "current_fail_per_sec",
            "current_rps",
            "response_time_percentile_0.5",
            "response_time_percentile_0.9",
            "time",
            "total_avg_response_time",
            "user_count",
        ]
        assert run.fact("pairs") == ["listTrue"] * 6
        assert run.fact("user_count") == 0
        assert run.fact("cleared") == []


class TestHistoryOfARun:
    """HISTORY_STATS_INTERVAL_SEC says how often `stats.history` gets a reading."""

    LOCUSTFILE = """
        import time

        import locust.stats
        from facts import fact, finish
        from locust import User, constant, task

        locust.stats.HISTORY_STATS_INTERVAL_SEC = 0.1

        class Visitor(User):
            wait_time = constant(0.02)

            @task
            def work(self):
                history = self.environment.stats.history
                if len(history) > 4:
                    fact("took", time.monotonic() - begin)
                    fact("times", [isinstance(each["time"], str) for each in history[:4]])
                    finish(self.environment)

        begin = time.monotonic()
    """

    def test_the_interval(self, run):
        assert run.fact("took") < 5
        assert run.fact("times") == [True] * 4
