"""Lines 21 to 24: what a `with` block around a response records, for HttpUser and FastHttpUser."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]
NOTHING = {"returned": None, "raised": None, "events": []}


def _events(run, client, label):
    return run.fact(f"{client} {label}")["events"]


@pytest.mark.parametrize("client", CLIENTS)
class TestMisuse:
    """Line 21: success()/failure() need both `catch_response=True` and a `with` block."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import fact

        def block_without_catch_response(user):
            with user.client.get("/") as response:
                response.failure("never gets here")

        def quiet_block_without_catch_response(user):
            with user.client.get("/"):
                fact("inside the block", type(user).__name__)

        def failure_without_catch_response(user):
            user.client.get("/").failure("no")

        def success_without_catch_response(user):
            user.client.get("/").success()

        def catch_response_without_block(user):
            user.client.get("/", catch_response=True)

        def failure_outside_the_block(user):
            user.client.get("/", catch_response=True).failure("no")

        def success_outside_the_block(user):
            user.client.get("/", catch_response=True).success()

        def a_truth_that_is_no_bool(user):
            with user.client.get("/", catch_response=1) as response:
                response.failure("no")

        def a_session_that_streams(user):
            if isinstance(user, MyHttpUser):
                user.client.stream = True
                user.client.get("/bytes/1000")
                user.client.stream = False

        @scenario
        def steps(user):
            for step in (
                block_without_catch_response,
                quiet_block_without_catch_response,
                failure_without_catch_response,
                success_without_catch_response,
                catch_response_without_block,
                failure_outside_the_block,
                success_outside_the_block,
                a_truth_that_is_no_bool,
                a_session_that_streams,
            ):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_a_block_without_catch_response_is_an_error(self, run, client):
        outcome = run.fact(f"{client} block_without_catch_response")
        assert outcome["raised"] == "LocustError"
        assert [event["exception"] for event in outcome["events"]] == [None]

    def test_catch_response_is_any_truth(self, run, client):
        (event,) = _events(run, client, "a_truth_that_is_no_bool")
        assert "no" in event["exception"]

    def test_a_session_that_streams_has_its_length(self, run, client):
        events = _events(run, client, "a_session_that_streams")
        expected = [1000] if client == "HttpUser" else []
        assert [event["length"] for event in events] == expected

    def test_a_block_that_gives_no_verdict(self, run, client):
        outcome = run.fact(f"{client} quiet_block_without_catch_response")
        allowed = client == "FastHttpUser"
        assert outcome["raised"] == (None if allowed else "LocustError")
        assert (f"My{client}" in run.facts_named("inside the block")) is allowed
        assert len(outcome["events"]) == 1

    @pytest.mark.parametrize("method", ["success", "failure"])
    def test_the_methods_without_catch_response_are_an_error(self, run, client, method):
        outcome = run.fact(f"{client} {method}_without_catch_response")
        assert outcome["raised"] == "LocustError"
        assert [event["exception"] for event in outcome["events"]] == [None]

    def test_catch_response_without_a_block_records_nothing(self, run, client):
        assert run.fact(f"{client} catch_response_without_block") == NOTHING

    @pytest.mark.parametrize("method", ["success", "failure"])
    def test_the_methods_outside_the_block_are_an_error(self, run, client, method):
        outcome = run.fact(f"{client} {method}_outside_the_block")
        assert outcome == {**NOTHING, "raised": "LocustError"}


@pytest.mark.parametrize("client", CLIENTS)
class TestExceptionsInTheBlock:
    """Line 22: who records a request whose block raises, and where the exception goes."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.exception import CatchResponseError, LocustError, ResponseError

        def block(user, called, raised):
            with user.client.get("/status/200", catch_response=True) as response:
                if called == "success":
                    response.success()
                if called == "failure":
                    response.failure("said so")
                if raised != "nothing":
                    raise getattr(everything, raised)("from the block")

        class everything:
            ResponseError = ResponseError
            CatchResponseError = CatchResponseError
            ValueError = ValueError
            LocustError = LocustError

        @scenario
        def steps(user):
            for called in ("neither", "success", "failure"):
                for raised in ("nothing", "ResponseError", "CatchResponseError", "ValueError"):
                    attempt(user, block, called, raised)
    """
    ARGS = ["-u", "2"]

    def outcome(self, run, client, called, raised):
        fact = run.fact(f"{client} block-{called}-{raised}")
        return fact["raised"], [event["exception"] for event in fact["events"]]

    def test_nothing_raised(self, run, client):
        assert self.outcome(run, client, "neither", "nothing") == (None, [None])
        assert self.outcome(run, client, "success", "nothing") == (None, [None])
        failed = "CatchResponseError('said so')"
        assert self.outcome(run, client, "failure", "nothing") == (None, [failed])

    def test_response_error_is_the_failure_and_goes_no_further(self, run, client):
        expected = (None, ["ResponseError('from the block')"])
        assert self.outcome(run, client, "neither", "ResponseError") == expected

    @pytest.mark.parametrize("raised", ["CatchResponseError", "ValueError"])
    def test_any_other_propagates_unrecorded(self, run, client, raised):
        assert self.outcome(run, client, "neither", raised) == (raised, [])

    @pytest.mark.parametrize("raised", ["ResponseError", "CatchResponseError", "ValueError"])
    def test_after_success_or_failure_it_is_recorded_and_propagates(self, run, client, raised):
        assert self.outcome(run, client, "success", raised) == (raised, [None])
        failed = ["CatchResponseError('said so')"]
        assert self.outcome(run, client, "failure", raised) == (raised, failed)


@pytest.mark.parametrize("client", CLIENTS)
class TestVerdicts:
    """Line 23: the last verdict counts; it overrules the status; failure() takes text or error."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def verdicts(user, status, *said):
            with user.client.get(f"/status/{status}", catch_response=True) as response:
                for word in said:
                    if word == "success":
                        response.success()
                    elif word == "text":
                        response.failure("bad text")
                    elif word == "error":
                        response.failure(ValueError("bad error"))
                    elif word == "number":
                        response.failure(42)

        def raise_for_status(user, status, said):
            with user.client.get(f"/status/{status}", catch_response=True) as response:
                if said == "failure":
                    response.failure(KeyError("mine"))
                if said == "success":
                    response.success()
                response.raise_for_status()

        def verdict_after_the_block(user):
            with user.client.get("/status/200", catch_response=True) as response:
                pass
            response.failure("too late to matter")

        @scenario
        def steps(user):
            attempt(user, verdicts, 200)
            attempt(user, verdicts, 500)
            attempt(user, verdicts, 500, "success")
            attempt(user, verdicts, 200, "text")
            attempt(user, verdicts, 200, "error")
            attempt(user, verdicts, 200, "number")
            attempt(user, verdicts, 200, "text", "success")
            attempt(user, verdicts, 200, "success", "text")
            attempt(user, verdicts, 200, "text", "error")
            attempt(user, raise_for_status, 200, "nothing")
            attempt(user, raise_for_status, 200, "failure")
            attempt(user, raise_for_status, 404, "success")
            attempt(user, verdict_after_the_block)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("label", "exception"),
        [
            ("200", None),
            ("500-success", None),
            ("200-text", "CatchResponseError('bad text')"),
            ("200-error", "ValueError('bad error')"),
            ("200-number", "CatchResponseError(42)"),
            ("200-text-success", None),
            ("200-success-text", "CatchResponseError('bad text')"),
            ("200-text-error", "ValueError('bad error')"),
        ],
    )
    def test_the_verdict(self, run, client, label, exception):
        events = _events(run, client, f"verdicts-{label}")
        assert [event["exception"] for event in events] == [exception]

    def test_without_one_the_status_decides(self, run, client):
        (event,) = _events(run, client, "verdicts-500")
        assert "500" in event["exception"]

    def test_raise_for_status_knows_the_verdict(self, run, client):
        assert run.fact(f"{client} raise_for_status-200-nothing")["raised"] is None
        assert run.fact(f"{client} raise_for_status-200-failure")["raised"] == "KeyError"

    def test_after_the_block_a_verdict_changes_nothing(self, run, client):
        outcome = run.fact(f"{client} verdict_after_the_block")
        assert outcome["raised"] is None
        assert [event["exception"] for event in outcome["events"]] == [None]


@pytest.mark.parametrize("client", CLIENTS)
class TestRequestMeta:
    """Lines 24 and 49: time stops before the block; `request_meta` may be edited inside it."""

    LOCUSTFILE = """
        import gevent
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import fact

        def sleeps(user):
            with user.client.get("/", catch_response=True):
                gevent.sleep(0.4)

        def edits(user):
            context = {"who": "me"}
            with user.client.get("/bytes/20", catch_response=True, context=context) as response:
                meta = response.request_meta
                fact("keys of " + type(user).__name__, sorted(meta))
                meta["name"] = "renamed"
                meta["request_type"] = "LOOK"
                meta["response_time"] = 1234.5
                meta["response_length"] = 7
                meta["context"]["also"] = "you"

        def reads(user):
            with user.client.get("/bytes/20", name="read", catch_response=True) as response:
                meta = response.request_meta
                fact("read by " + type(user).__name__, [meta["name"], meta["request_type"],
                     meta["response_length"], meta["response_time"] > 0, meta["exception"],
                     meta["url"].endswith("/bytes/20"), meta["start_time"] > 1e9])

        def exception_edited(user):
            with user.client.get("/", catch_response=True) as response:
                response.request_meta["exception"] = ValueError("by hand")

        @scenario
        def steps(user):
            for step in (sleeps, edits, reads, exception_edited):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_the_block_is_not_timed(self, run, client):
        (event,) = _events(run, client, "sleeps")
        assert event["time"] < 350

    def test_edits_are_what_is_recorded(self, run, client):
        (event,) = _events(run, client, "edits")
        assert event["type"] == "LOOK"
        assert event["name"] == "renamed"
        assert event["time"] == 1234.5
        assert event["length"] == 7
        assert event["context"] == {"who": "me", "also": "you"}

    def test_what_can_be_read(self, run, client):
        assert run.fact(f"read by My{client}") == ["read", "GET", 20, True, None, True, True]
        assert run.fact(f"keys of My{client}") == [
            "context",
            "exception",
            "name",
            "request_type",
            "response",
            "response_length",
            "response_time",
            "start_time",
            "url",
        ]

    def test_an_exception_written_by_hand_is_kept(self, run, client):
        (event,) = _events(run, client, "exception_edited")
        assert event["exception"] == "ValueError('by hand')"
