"""`pool_manager`, `client_pool` and `concurrency`: who shares connections, and how many there may
be.
"""

from __future__ import annotations

import pytest


class TestPools:
    LOCUSTFILE = """
        import gevent
        import gevent.pool
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from geventhttpclient.client import HTTPClientPool
        from locust import FastHttpUser, HttpUser
        from requests.adapters import HTTPAdapter
        from urllib3 import PoolManager

        def made(user, base, **attributes):
            cls = type("Made", (base,), {"abstract": True, "host": user.host, **attributes})
            return cls(user.environment)

        def connection(user):
            return user.client.get("/echo").json()["connection"]

        def in_turn(*users):
            numbers = [connection(user) for user in users]
            return [numbers.index(number) for number in numbers]

        def at_once(user, count):
            answers = gevent.pool.Pool(count).map(user.client.get, ["/delay/20"] * count)
            return len({answer.headers["X-Connection"] for answer in answers})

        def without_a_pool(user, base):
            one, other = made(user, base), made(user, base)
            return in_turn(one, other, other, one)

        def shared_manager(user):
            manager = PoolManager(maxsize=2)
            one, other = (made(user, HttpUser, pool_manager=manager) for _ in range(2))
            return in_turn(one, other, other, one)

        def blocking_manager(user):
            manager = PoolManager(maxsize=2, block=True)
            one = made(user, HttpUser, pool_manager=manager)
            return at_once(one, 6)

        def blocking_adapter(user, prefix):
            one = made(user, HttpUser)
            one.client.mount(prefix, HTTPAdapter(pool_maxsize=1, pool_block=True))
            return at_once(one, 4)

        def blocking_adapter_of_another_place(user):
            one = made(user, HttpUser)
            one.client.mount("http://elsewhere.test", HTTPAdapter(pool_maxsize=1, pool_block=True))
            return at_once(one, 4)

        def large_adapter(user):
            one = made(user, HttpUser)
            one.client.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=20))
            return at_once(one, 4)

        def shared_pool(user):
            pool = HTTPClientPool(concurrency=1)
            one, other = (made(user, FastHttpUser, client_pool=pool) for _ in range(2))
            return in_turn(one, other, other, one)

        def limited_pool(user):
            return at_once(made(user, FastHttpUser, client_pool=HTTPClientPool(concurrency=3)), 9)

        def concurrency(user, most):
            return at_once(made(user, FastHttpUser, concurrency=most), 8)

        def default_concurrency(user):
            return at_once(made(user, FastHttpUser), 25)

        def closed_pool(user):
            pool = HTTPClientPool(concurrency=1)
            one = made(user, FastHttpUser, client_pool=pool)
            first = connection(one)
            one.client.client.clientpool.close()
            return connection(one) != first, one.client.client.clientpool is pool

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                attempt(user, without_a_pool, HttpUser)
                attempt(user, shared_manager)
                attempt(user, blocking_manager)
                attempt(user, blocking_adapter, "http://")
                attempt(user, blocking_adapter, user.host)
                attempt(user, blocking_adapter_of_another_place)
                attempt(user, large_adapter)
                return
            attempt(user, without_a_pool, FastHttpUser)
            attempt(user, shared_pool)
            attempt(user, limited_pool)
            attempt(user, concurrency, 2)
            attempt(user, default_concurrency)
            attempt(user, closed_pool)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("fact", "expected"),
        [
            ("HttpUser shared_manager", [0, 0, 0, 0]),
            ("HttpUser blocking_manager", 2),
            ("HttpUser blocking_adapter-http://", 1),
            ("HttpUser blocking_adapter_of_another_place", 4),
            ("HttpUser large_adapter", 4),
            ("FastHttpUser shared_pool", [0, 0, 0, 0]),
            ("FastHttpUser limited_pool", 3),
            ("FastHttpUser concurrency-2", 2),
            ("FastHttpUser default_concurrency", 10),
            ("FastHttpUser closed_pool", [True, True]),
        ],
    )
    def test_connections(self, run, fact, expected):
        found = run.fact(fact)
        assert found["raised"] is None, found
        assert found["returned"] == expected

    def test_a_blocking_adapter_for_one_server(self, run):
        begin = "HttpUser blocking_adapter-http://127"
        (found,) = (value for name, value in run.facts if name.startswith(begin))
        assert found["returned"] == 1

    @pytest.mark.parametrize("kind", ["HttpUser", "FastHttpUser"])
    def test_each_user_has_its_own_by_default(self, run, kind):
        (found,) = (value for name, value in run.facts if name.startswith(f"{kind} without_a_pool"))
        assert found["returned"] == [0, 1, 1, 0]
