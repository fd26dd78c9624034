"""Line 26, in detail: how streams are recorded where nobody but the statistics listens, and how
their bodies can be read.
"""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


class TestStreams:
    """A stream is recorded when its head is there, with the length that the head says; what becomes
    of the body is the script's affair.
    """

    LOCUSTFILE = """
        from facts import TARGET, fact, finish
        from locust import FastHttpUser, HttpUser, task

        class Fast(FastHttpUser):
            abstract = True
            host = TARGET

        def read(client, path, how, **arguments):
            response = client.get(path, name=path + " " + how, stream=True, **arguments)
            return response, response.status_code

        def steps(client, closes):
            response, status = read(client, "/bytes/1000", "content")
            yield "content", [status, len(response.content), len(response.content)]

            response, status = read(client, "/json", "json")
            yield "json", [status, response.json()["name"]]

            response, status = read(client, "/bytes/1000", "pieces")
            yield "pieces", [len(piece) for piece in response.iter_content(300)]

            response, status = read(client, "/chunked/3", "chunked")
            yield "chunked", len(response.content)

            response, status = read(client, "/gzip", "coded")
            yield "coded", response.json()["coding"]

            response, status = read(client, "/slow-body/400", "slow")
            yield "slow", len(response.content)

            response, status = read(client, "/bytes/3000000", "given up")
            first = next(iter(response.iter_content(10)))
            closes(response)
            yield "given up", [status, len(first)]

            response, status = read(client, "/hostile/length-cut", "broken")
            try:
                list(response.iter_content(2))
                raised = None
            except Exception as error:
                raised = type(error).__name__
            yield "broken", [status, response.status_code, raised]

            response, status = read(client, "/status/404", "missing")
            yield "missing", [status, response.ok]

            with client.get("/bytes/1000", name="judged", stream=True,
                            catch_response=True) as response:
                if len(response.content) == 1000:
                    response.failure("as long as it says")
            with client.get("/bytes/1000", name="judged", stream=True,
                            catch_response=True) as response:
                response.success()
            yield "judged", None

            response = client.get("/json", name="afterwards")
            yield "afterwards", response.json()["name"]

        class Streams(HttpUser):
            @task
            def all(self):
                fast = Fast(self.environment).client
                for kind, client, closes in (
                    ("HttpUser", self.client, lambda response: response.close()),
                    ("FastHttpUser", fast, lambda response: response.release()),
                ):
                    stats = self.environment.stats
                    stats.clear_all()
                    for label, value in steps(client, closes):
                        fact(f"{kind} {label}", value)
                    for (name, method), entry in stats.entries.items():
                        fact(f"{kind} entry {name}", [
                            method, entry.num_requests, entry.num_failures,
                            entry.total_content_length, entry.max_response_time,
                        ])
                    fact(f"{kind} errors", sorted(
                        [error.name, str(error.error), error.occurrences]
                        for error in stats.errors.values()
                    ))
                finish(self.environment)
    """

    @pytest.mark.parametrize("client", CLIENTS)
    def test_what_is_read(self, run, client):
        assert run.fact(f"{client} content") == [200, 1000, 1000]
        assert run.fact(f"{client} json") == [200, "lark"]
        assert run.fact(f"{client} pieces") == [300, 300, 300, 100]
        assert run.fact(f"{client} chunked") == len("chunk 0\n") * 3
        assert run.fact(f"{client} coded") == "gzip"
        assert run.fact(f"{client} slow") == 32
        assert run.fact(f"{client} given up") == [200, 10]
        assert run.fact(f"{client} missing") == [404, False]
        assert run.fact(f"{client} afterwards") == "lark"

    @pytest.mark.parametrize("client", CLIENTS)
    def test_a_body_that_breaks_off(self, run, client):
        raised = {"HttpUser": "ChunkedEncodingError", "FastHttpUser": "HTTPParseError"}[client]
        assert run.fact(f"{client} broken") == [200, 200, raised]

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize(
        ("name", "failures", "length"),
        [
            ("/bytes/1000 content", 0, 1000),
            ("/bytes/1000 pieces", 0, 1000),
            ("/chunked/3 chunked", 0, 0),
            ("/slow-body/400 slow", 0, 32),
            ("/bytes/3000000 given up", 0, 3_000_000),
            ("/hostile/length-cut broken", 0, None),
            ("/status/404 missing", 1, None),
        ],
    )
    def test_what_is_recorded(self, run, client, name, failures, length):
        method, requests, failed, total, _ = run.fact(f"{client} entry {name}")
        assert (method, requests, failed) == ("GET", 1, failures)
        assert length in (None, total)

    @pytest.mark.parametrize("client", CLIENTS)
    def test_its_time_ends_with_the_head(self, run, client):
        assert run.fact(f"{client} entry /slow-body/400 slow")[4] < 350

    @pytest.mark.parametrize("client", CLIENTS)
    def test_verdicts(self, run, client):
        assert run.fact(f"{client} entry judged")[:4] == ["GET", 2, 1, 2000]
        (row,) = [row for row in run.fact(f"{client} errors") if row[0] == "judged"]
        assert "as long as it says" in row[1] and row[2] == 1
