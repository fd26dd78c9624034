"""A full request that nobody in Python has to judge is recorded in the call that sends it; all
others by the event.
"""

from __future__ import annotations

import pytest
from recorded_requests import OwnDict

from locustella.clients import HttpSession

QUERY = "/any?q=%20"
FULLY = {"headers": OwnDict()}


@pytest.fixture
def environment(recording):
    return recording.environment


def entries(environment):
    return {
        key: (entry.num_requests, entry.num_failures)
        for key, entry in environment.stats.entries.items()
    }


def test_a_success_is_recorded_once_and_at_once(session, environment):
    response = session.get(QUERY, **FULLY)
    assert response._native_recorded
    assert entries(environment) == {(QUERY, "GET"): (1, 0)}
    entry = environment.stats.get(QUERY, "GET")
    assert entry.total_content_length == len(b"fine")
    assert 0 < entry.total_response_time == pytest.approx(response.request_meta["response_time"])


def test_what_listeners_would_have_got_can_still_be_asked_for(session, target):
    response = session.post(QUERY, data={"a": ["1", "2"]}, name="posted", **FULLY)
    meta = response.request_meta
    assert response._native_recorded
    assert (meta["request_type"], meta["name"], meta["response_length"]) == ("POST", "posted", 4)
    assert (meta["exception"], meta["url"]) == (None, f"{target.url}{QUERY}")
    assert meta["response"] is response and response.error is None


def test_by_a_whole_url(session, target, environment):
    assert session.get(f"{target.url}/any#part", **FULLY)._native_recorded
    name = "/any" if isinstance(session, HttpSession) else f"{target.url}/any#part"
    assert entries(environment) == {(name, "GET"): (1, 0)}


def test_under_the_name_of_its_block(session, environment):
    with session.rename_request("a block"):
        assert session.get(QUERY, **FULLY)._native_recorded
    assert entries(environment) == {("a block", "GET"): (1, 0)}


def test_redirects_belong_to_it(session, environment):
    assert session.get("/moved?q=%20", **FULLY)._native_recorded
    assert entries(environment) == {("/moved?q=%20", "GET"): (1, 0)}


def test_a_failure_is_judged_in_python(session, environment):
    response = session.get("/missing?q=%20", **FULLY)
    assert not response._native_recorded and response.status_code == 404
    assert entries(environment) == {("/missing?q=%20", "GET"): (1, 1)}


def test_another_listener_hears_of_each_request(session, recording, environment):
    heard = []
    recording.event.add_listener(lambda **meta: heard.append(meta["name"]))
    assert session.get(QUERY, **FULLY)._native_recorded  # whose listeners the core has called
    assert heard == [QUERY] and entries(environment) == {(QUERY, "GET"): (1, 0)}


def test_what_a_block_is_to_judge_waits_for_its_end(session, environment):
    with session.get(QUERY, catch_response=True, **FULLY) as response:
        assert not response._native_recorded and entries(environment) == {}
        response.failure("not today")
    assert entries(environment) == {(QUERY, "GET"): (1, 1)}


@pytest.mark.parametrize(
    "extra", [{"context": {"a": 1}}, {"stream": True}], ids=lambda extra: next(iter(extra))
)
def test_what_says_more_goes_by_the_event(session, environment, extra):
    assert not session.get(QUERY, **extra, **FULLY)._native_recorded
    assert entries(environment) == {(QUERY, "GET"): (1, 0)}


def test_a_method_in_small_letters_keeps_them_in_its_entry(session, environment):
    assert not session.request("get", QUERY, **FULLY)._native_recorded
    assert entries(environment) == {(QUERY, "get"): (1, 0)}


def test_a_sender_of_the_scripts_own_gets_what_it_always_got(session, environment, monkeypatch):
    ours, got = type(session)._send_request_safe_mode, []

    def sender(self, method, url, **arguments):
        got.append(arguments)
        return ours(self, method, url, **arguments)

    monkeypatch.setattr(type(session), "_send_request_safe_mode", sender)
    assert not session.get(QUERY, **FULLY)._native_recorded
    assert "_entry" not in got[0] and entries(environment) == {(QUERY, "GET"): (1, 0)}


@pytest.mark.parametrize("step", ["_recorded", "_meta", "_build_url"])
def test_an_overridden_step_is_called(session, environment, monkeypatch, step):
    ours, called = getattr(type(session), step), []

    def own(self, *arguments):
        called.append(step)
        return ours(self, *arguments)

    monkeypatch.setattr(type(session), step, own)
    assert not session.get(QUERY, **FULLY)._native_recorded
    assert called and entries(environment) == {(QUERY, "GET"): (1, 0)}


def test_what_is_wrong_with_the_profile_is_no_fault_of_a_full_request(
    session, environment, monkeypatch
):
    def configure(self):
        raise OSError("no such file of certificates")

    monkeypatch.setattr(type(session), "_configure", configure)
    assert not session.get(QUERY, **FULLY)._native_recorded
    assert entries(environment) == {(QUERY, "GET"): (1, 0)}
