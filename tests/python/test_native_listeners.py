"""Listeners of events.request that the core calls: they see and do what they do by the event's own
fire().
"""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import gevent
import pytest
from recorded_requests import OwnDict

import locustella
from locustella import log
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.exception import StopUser
from locustella.http import phases
from locustella.statistics.request_recorder import RequestRecorder
from locustella.statistics.request_stats import RequestStats
from locustella.user.users import User

pytestmark = pytest.mark.usefixtures("no_unhandled_exception")

OURS = str(Path(locustella.__file__).parent)


@pytest.fixture
def event():
    return EventHook()


@pytest.fixture(params=[HttpSession, FastHttpSession])
def session(request, target, event):
    session = request.param(target.url, event, None)
    yield session
    session._close_connections()


def plainly(session, **more):
    return session.get("/any", **more)


def fully(session, **more):
    return session.get("/any", headers=OwnDict(), **more)


def in_a_block(session, **more):
    with session.get("/any", catch_response=True, **more) as response:
        response.success()
    return response


def in_a_silent_block(session, **more):
    with session.get("/any", catch_response=True, **more) as response:
        pass
    return response


WAYS = [plainly, fully, in_a_block, in_a_silent_block]


def listen(event, environment, before=(), after=()):
    for listener in before:
        event.add_listener(listener)
    event.add_listener(RequestRecorder(environment))
    for listener in after:
        event.add_listener(listener)


def requests_of(environment):
    return environment.stats.total.num_requests


def heard_by(event, environment, session, way, natively, **more):
    """What a listener gets."""
    heard = []
    listen(event, environment, before=[lambda **meta: heard.append(meta)])
    if not natively:
        event.fire = event.fire  # one of the script's own, as far as the core can see
    response = way(session, **more)
    (meta,) = heard
    assert meta["response"] is response
    return meta


def comparable(meta):
    measured = ("response_time", "start_time", "response")
    return [(name, None if name in measured else value) for name, value in meta.items()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("more", [{}, {"name": "entry"}], ids=str)
def test_they_get_what_fire_gives(session, environment, way, more):
    metas = []
    for natively in (True, False):
        session.request_event = event = EventHook()
        metas.append(heard_by(event, environment, session, way, natively, **more))
    by_core, by_fire = metas
    assert comparable(by_core) == comparable(by_fire)
    assert [type(value) for value in by_core.values()] == [type(v) for v in by_fire.values()]
    assert 0 <= by_fire["start_time"] - by_core["start_time"] < 30
    for meta in metas:
        assert meta["response"].request_meta["response_time"] == meta["response_time"]
    entry = environment.stats.get(by_core["name"], "GET")
    assert entry.total_response_time == pytest.approx(sum(meta["response_time"] for meta in metas))


@pytest.mark.parametrize("path", ["/any?q=a b", "/moved", "http"])
def test_the_url_is_that_of_fire(session, environment, target, path):
    path = f"{target.url}/any" if path == "http" else path
    urls = []
    for natively in (True, False):
        session.request_event = event = EventHook()
        meta = heard_by(event, environment, session, lambda s: s.get(path), natively)
        urls.append((meta["url"], meta["name"]))
    assert urls[0] == urls[1]


def test_no_python_runs_but_theirs(session, event, environment):
    called, heard = [], []

    def listener(name, **_):
        heard.append(name)

    listen(event, environment, before=[listener], after=[listener])
    session.get("/any")  # the first: profiles are made

    def note(frame, what, _):
        code = frame.f_code
        if what == "call" and (OURS in code.co_filename or code.co_filename == __file__):
            called.append(code.co_name)

    sys.setprofile(note)
    try:
        session.get("/any")
    finally:
        sys.setprofile(None)
    # the lambda is the target's
    assert [name for name in called if name != "<lambda>"] == ["listener", "listener"]
    assert heard == ["/any"] * 4


@pytest.mark.parametrize("way", WAYS)
def test_the_statistics_have_their_place_among_them(session, event, environment, way):
    seen = []
    see = lambda **_: seen.append(requests_of(environment))  # noqa: E731
    listen(event, environment, before=[see], after=[see])
    way(session)
    way(session)
    assert seen == [0, 1, 1, 2]


@pytest.mark.parametrize("way", WAYS)
def test_an_error_is_logged_and_stops_nobody_else(session, event, environment, way, caplog):
    heard = []

    def fails(**_):
        raise ValueError("from a listener")

    listen(event, environment, before=[fails], after=[lambda name, **_: heard.append(name)])
    way(session)
    assert heard == ["/any"] and requests_of(environment) == 1
    assert log.unhandled_greenlet_exception
    (record,) = caplog.records
    assert record.getMessage().startswith("Uncaught exception in event handler: \nTraceback ")
    assert "in fails" in record.getMessage()
    assert record.getMessage().endswith("ValueError: from a listener\n")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("raised", [StopUser, gevent.GreenletExit])
def test_what_steers_the_user_goes_to_the_caller(session, event, environment, way, raised):
    heard = []

    def steers(**_):
        raise raised()

    listen(event, environment, before=[steers], after=[lambda name, **_: heard.append(name)])
    with pytest.raises(raised):
        way(session)
    assert heard == [] and requests_of(environment) == 0
    event.remove_listener(steers)
    way(session)
    assert heard == ["/any"] and requests_of(environment) == 1


@pytest.mark.parametrize("way", WAYS)
def test_they_may_add_and_remove_listeners(session, event, environment, way):
    called = []

    def first(**_):
        called.append("first")
        event.remove_listener(first)
        event.add_listener(lambda **_: called.append("new"))

    listen(event, environment, before=[first], after=[lambda **_: called.append("last")])
    way(session)
    assert called == ["first", "last"]
    way(session)
    assert called[2:] == ["last", "new"] and requests_of(environment) == 2


def test_one_that_comes_while_a_block_is_open_hears_of_it(session, event, environment):
    heard = []
    listen(event, environment)
    with session.get("/any", catch_response=True):
        event.add_listener(lambda name, **_: heard.append(name))
    assert heard == ["/any"] and requests_of(environment) == 1


@pytest.mark.parametrize("way", WAYS)
def test_the_recorder_counts_where_its_environment_says_at_its_turn(
    session, event, environment, way
):
    first = environment.stats

    def replaces(**_):
        environment.stats = RequestStats()
        gc.collect()

    def removes(**_):
        event.remove_listener(recorder)

    recorder = RequestRecorder(environment)
    for listener in (replaces, removes, recorder):
        event.add_listener(listener)
    way(session)
    assert first.total.num_requests == 0 and requests_of(environment) == 1


class Shopper(User):
    abstract = True
    said = None

    def context(self):
        return self.said


@pytest.mark.parametrize("way", WAYS)
def test_each_request_has_a_dict_of_its_own_with_what_the_user_says(
    session, event, environment, way
):
    session.user = Shopper.__new__(Shopper)
    session.user.said = said = {"cart": 7}
    heard = []

    def writes(context, **_):
        heard.append(dict(context))
        context["written"] = True

    listen(event, environment, before=[writes], after=[lambda context, **_: heard.append(context)])
    response = way(session)
    assert heard == [{"cart": 7}, {"cart": 7, "written": True}]
    assert said == {"cart": 7} and response.request_meta["context"] == heard[1]
    way(session)
    assert heard[2] == {"cart": 7}


def test_a_user_without_a_context_of_its_own_has_an_empty_one(session, event, environment):
    session.user = User.__new__(User)
    heard = []
    listen(event, environment, before=[lambda context, **_: heard.append(context)])
    first, second = plainly(session), plainly(session)
    assert heard == [{}, {}] and heard[0] is not heard[1]
    assert first.request_meta["context"] == second.request_meta["context"] == {}


def test_what_context_raises_is_the_callers(session, event, environment):
    session.user = Shopper.__new__(Shopper)
    session.user.context = lambda: 1 / 0
    listen(event, environment, before=[lambda **_: None])
    with pytest.raises(ZeroDivisionError):
        plainly(session)


def test_they_may_block_while_others_ask(session, event, environment):
    heard = []

    def blocks(name, context, **_):
        context["began"] = name
        gevent.sleep(0.001)
        heard.append((name, context["began"]))

    listen(event, environment, before=[blocks, blocks])
    names = [f"entry {number}" for number in range(20)]
    gevent.joinall([gevent.spawn(session.get, "/any", name=name) for name in names], 30)
    assert sorted(heard) == sorted(2 * [(name, name) for name in names])
    assert requests_of(environment) == 20


def test_failures_come_with_their_exception(session, event, environment):
    heard = []
    listen(event, environment, before=[lambda exception, **_: heard.append(exception)])
    session.get("/missing")
    plainly(session)
    with session.get("/any", catch_response=True) as response:
        response.failure("wrong")
    missing, nothing, wrong = heard
    assert "404" in str(missing) and nothing is None and str(wrong) == "wrong"
    assert environment.stats.total.num_failures == 2


def test_phases_are_in_the_context_where_they_are_kept(session, event, environment):
    heard = []
    listen(event, environment, before=[lambda context, **_: heard.append(context)])
    phases.keep_phases(True)
    environment.stats.keep_phases(True)
    try:
        plainly(session)
    finally:
        phases.keep_phases(False)
        environment.stats.keep_phases(False)
    assert set(heard[0][phases.CONTEXT_KEY]) == set(phases.PHASES)


def test_responses_are_not_kept(session, event, environment):
    kept = []
    listen(event, environment, before=[lambda response, **_: kept.append(weakref.ref(response))])
    for way in WAYS:
        way(session)
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(WAYS)


class Stepping:
    """A user whose context changes."""

    step = 1

    def context(self):
        return {"step": self.step}


@pytest.mark.parametrize("natively", [True, False])
def test_the_context_of_a_block_is_that_of_its_request(environment, event, session, natively):
    heard = []
    listen(event, environment, before=[lambda context, **_: heard.append(context)])
    if not natively:
        event.fire = event.fire
    session.user = Stepping()
    with session.get("/any", catch_response=True) as response:
        session.user.step = 2
        response.success()
    assert heard == [{"step": 1}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("natively", [True, False])
def test_all_listeners_share_one_context(environment, event, session, way, natively):
    found = []

    def write(context, **_):
        context["id"] = 1

    def read(context, response, **_):
        found.append(response.request_meta["context"] is context)
        found.append(response.request_meta["context"])

    listen(event, environment, before=[write], after=[read])
    if not natively:
        event.fire = event.fire
    way(session)
    assert found == [True, {"id": 1}]


def test_a_user_may_leave_its_session_while_it_is_asked(environment, event, session):
    class Leaving:
        def __bool__(self):
            session.user = None
            gc.collect()
            return True

        def context(self):
            return {"gone": True}

    heard = []
    listen(event, environment, before=[lambda context, **_: heard.append(context)])
    session.user = Leaving()
    session.get("/any")
    assert heard == [{"gone": True}]
