"""FastHttpUser: a URL that leads nowhere is a failure of its entry, no exception of the task."""

from __future__ import annotations

import pytest

NOWHERE = ["http://", "https://", "http://:80/", "http:///x", "http://@/", "http://user@/",
           "http://?x", "http://#x", "http://a b/"]  # fmt: skip
REFUSED = ["http://[::1/", "http://127.0.0.1:99999/", "http://127.0.0.1:abc/"]


class TestMalformedUrls:
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.contrib.fasthttp import FastHttpSession

        def get(user, url):
            response = user.client.get(url)
            return [response.status_code, type(response.error).__name__, response.text]

        def without_host(user, base):
            session = FastHttpSession(base, user.environment.events.request, None)
            response = session.get("/echo")
            return [response.status_code, type(response.error).__name__, response.url]

        @scenario
        def steps(user):
            if isinstance(user, MyFastHttpUser):
                for url in URLS:
                    attempt(user, get, url)
                for base in ("http://", "nowhere", "", "ftp://nowhere.invalid"):
                    attempt(user, without_host, base)
                with user.client.get("http://", catch_response=True) as response:
                    response.success()
    """.replace("URLS", str(NOWHERE + REFUSED))
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("url", NOWHERE)
    def test_nowhere(self, run, url):
        fact = run.fact(f"FastHttpUser get-{url}")
        assert fact["returned"] == [0, "gaierror", None]
        (event,) = fact["events"]
        assert (event["name"], event["length"]) == (url, 0)
        assert event["exception"] == "gaierror(-2, 'Name or service not known')"

    @pytest.mark.parametrize("url", REFUSED)
    def test_what_cannot_be_read(self, run, url):
        fact = run.fact(f"FastHttpUser get-{url}")
        assert (fact["raised"], fact["events"]) == ("ValueError", [])

    @pytest.mark.parametrize("base", ["http://", "nowhere", "", "ftp://nowhere.invalid"])
    def test_a_host_that_is_none(self, run, base):
        fact = run.fact(f"FastHttpUser without_host-{base}")
        assert fact["returned"] == [0, "gaierror", base + "/echo"]
        assert [event["exception type"] for event in fact["events"]] == ["gaierror"]

    def test_it_may_be_judged(self, run):
        assert "scenario failed" not in run.stderr and run.exit_code == 1
