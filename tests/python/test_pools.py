"""Connections that users share, from the locustfile's pools to the native one."""

from __future__ import annotations

import gc

import gevent
import gevent.pool
import pytest
import urllib3
from locustella_process import python
from tests.support.http_target import HttpTarget
from tests.support.target_routes import add_usual_routes

from locustella import _core
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.http.fast.geventhttpclient_names import HTTPClientPool
from locustella.http.pools import pool_of_manager
from locustella.http.session import slow_path

pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture
def target():
    with HttpTarget() as target:
        add_usual_routes(target)
        yield target


def http_session(target, manager):
    return HttpSession(target.url, EventHook(), None, pool_manager=manager)


def fast_session(target, **settings):
    return FastHttpSession(target.url, EventHook(), None, **settings)


class TestPoolManager:
    def test_is_shared_by_its_sessions_natively(self, target):
        manager = urllib3.PoolManager()
        before = slow_path.counts()
        for _ in range(4):
            assert http_session(target, manager).get("/").status_code == 200
        assert target.connections == 1
        assert slow_path.counts() == before

    def test_beyond_its_size_connections_are_not_kept(self, target):
        session = http_session(target, urllib3.PoolManager(maxsize=2))
        for _ in range(2):
            list(gevent.pool.Pool(5).imap_unordered(session.get, ["/delay/30"] * 5))
        assert target.connections == 5 + 3

    @pytest.mark.parametrize(
        "manager",
        [
            urllib3.PoolManager(source_address=("127.0.0.1", 0)),
            urllib3.PoolManager(headers={"X-Mine": "1"}),
            type("Mine", (urllib3.PoolManager,), {})(),
        ],
    )
    def test_what_only_urllib3_can_do_takes_the_slow_path(self, target, manager):
        assert pool_of_manager(manager) is None
        before = slow_path.counts().get("a mounted adapter", 0)
        session = http_session(target, manager)
        assert session.get("/").status_code == 200
        assert slow_path.counts()["a mounted adapter"] == before + 1
        session.close()

    def test_closing_a_session_closes_the_idle_ones(self, target):
        manager = urllib3.PoolManager()
        one, other = http_session(target, manager), http_session(target, manager)
        one.get("/")
        one.close()
        assert other.get("/").status_code == 200
        assert target.connections == 2


class TestClientPool:
    def test_has_its_own_settings(self, target):
        session = fast_session(
            target, client_pool=HTTPClientPool(network_timeout=0.05), network_timeout=60.0
        )
        assert "timed out" in str(session.get("/delay/5000").error)
        assert session.insecure is False and session.connection_timeout == 5.0

    def test_a_killed_user_leaves_the_line(self, target):
        pool = HTTPClientPool(concurrency=1)
        one, other, third = (fast_session(target, client_pool=pool) for _ in range(3))
        first = gevent.spawn(one.get, "/delay/200")
        second = gevent.spawn(other.get, "/delay/200")
        gevent.sleep(0.02)
        second.kill()
        first.kill()
        assert third.get("/").status_code == 200
        assert isinstance(second.value, gevent.GreenletExit)

    def test_a_session_that_is_gone_leaves_its_turn_to_others(self, target):
        pool = HTTPClientPool(concurrency=1)
        one, other = (fast_session(target, client_pool=pool) for _ in range(2))
        streaming = one.get("/bytes/5000000", stream=True)
        waiting = gevent.spawn(other.get, "/")
        gevent.sleep(0.02)
        assert not waiting.ready()
        del one, streaming
        gc.collect()  # a response and what is recorded of it know each other
        assert waiting.get(timeout=30).status_code == 200

    def test_waiting_is_told_but_is_no_response_time(self, target):
        _core.reset_generator_lag()
        session = fast_session(target, client_pool=HTTPClientPool(concurrency=1))
        event = session.request_event
        times = []
        event.add_listener(lambda response_time, **_: times.append(response_time))
        gevent.joinall([gevent.spawn(session.get, "/delay/60") for _ in range(3)])
        assert _core.generator_lag()["pool"]["count"] == 2
        assert _core.generator_lag()["pool"]["max_ms"] >= 119
        assert min(times) >= 59


class TestConcurrency:
    def test_a_session_by_hand_has_one_connection_at_a_time(self, target):
        session = fast_session(target)
        list(gevent.pool.Pool(4).imap_unordered(session.get, ["/delay/5"] * 4))
        assert target.connections == 1

    def test_nonsense_is_refused(self, target):
        with pytest.raises(TypeError):
            fast_session(target, concurrency="many").get("/")


class TestStandIn:
    def test_is_found_where_geventhttpclient_is_not_installed(self, tmp_path):
        done = python(
            tmp_path,
            """
            import locustella.as_locust
            import geventhttpclient, geventhttpclient.client
            from geventhttpclient.client import HTTPClientPool
            assert geventhttpclient.client.HTTPClientPool is HTTPClientPool
            try:
                from geventhttpclient import HTTPClient
            except ImportError as error:
                assert "pip install geventhttpclient" in str(error), error
            else:
                raise AssertionError
            """,
        )
        assert done.code == 0, done.err
