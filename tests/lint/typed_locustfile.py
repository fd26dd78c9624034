"""What a checker, and so an editor, knows of a locustfile; nothing runs this file.

mypy checks each `assert_type`, and that each `type: ignore` is needed: it stands where a mistake is
to be found.
"""

from __future__ import annotations

from typing import Any, assert_type

from locustella import (
    FastHttpUser,
    HttpUser,
    LoadTestShape,
    MarkovTaskSet,
    SequentialTaskSet,
    TaskSet,
    User,
    between,
    constant_pacing,
    events,
    tag,
    task,
    transition,
    transitions,
)
from locustella.clients import HttpSession, ResponseContextManager, RestResponseContextManager
from locustella.contrib import fasthttp
from locustella.env import Environment
from locustella.runners import Runner
from locustella.stats import RequestStats, StatsEntry
from locustella.util.cache import memoize
from locustella.util.exception_handler import retry


class Browse(TaskSet):
    wait_time = between(1, 2)

    @task(3)
    def page(self, number: int = 1) -> str:
        assert_type(self.user, User)
        assert_type(self.parent, TaskSet | User)
        return self.user.host or ""

    @task
    class Basket(SequentialTaskSet):
        @task
        def look(self) -> None:
            self.interrupt(reschedule=False)

    def use_them(self) -> None:
        assert_type(self.page(2), str)
        self.page("2")  # type: ignore[arg-type]
        assert_type(self.Basket(self), Browse.Basket)
        self.clinet  # type: ignore[attr-defined]  # noqa: B018


class Walk(MarkovTaskSet):
    @transition("buy")
    def look(self) -> int:
        return 1

    @transitions({"look": 2})
    def buy(self) -> None:
        assert_type(self.look(), int)


class Visitor(HttpUser):
    wait_time = between(1, 3)
    tasks = {Browse: 3, Walk: 1}

    def on_start(self) -> None:
        assert_type(self.client, HttpSession)
        self.client.gte("/")  # type: ignore[attr-defined]
        assert_type(self.environment, Environment)

    @tag("read")
    @task(2)
    def front_page(self) -> int:
        response = self.client.get("/", name="front page")
        assert_type(response, ResponseContextManager)
        assert_type(response.status_code, int)
        assert_type(response.text, str)
        assert_type(response.error, Exception | None)
        response.staus_code  # type: ignore[attr-defined]  # noqa: B018
        with self.client.post("/cart", json={"item": 7}, catch_response=True) as judged:
            assert_type(judged, ResponseContextManager)
            judged.failure("the cart is not ok")
        with self.rest("GET", "/orders") as orders:
            assert_type(orders, RestResponseContextManager)
        return response.status_code

    def use_them(self) -> None:
        assert_type(self.front_page(), int)


class Fast(FastHttpUser):
    def wait_time(self) -> float:
        return 0.5

    @task
    def front_page(self) -> None:
        assert_type(self.client, fasthttp.FastHttpSession)
        response = self.client.get("/")
        assert_type(response, fasthttp.ResponseContextManager)
        assert_type(response.status_code, int)
        assert_type(response.text, str | None)
        self.client.gte("/")  # type: ignore[attr-defined]
        with self.client.get("/", catch_response=True) as judged:
            assert_type(judged, fasthttp.ResponseContextManager)
            judged.failure("no")
        with self.rest("GET", "/orders") as orders:
            assert_type(orders, fasthttp.RestResponseContextManager)


class Sensor(User):
    """With a client of its own."""

    wait_time = constant_pacing(10)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = {"connected": True}

    def context(self) -> dict[str, Any]:
        return {"kind": "sensor"}


class Steps(LoadTestShape):
    def tick(self) -> tuple[int, float] | None:
        return (10, 1) if self.get_run_time() < 60 else None


@events.request.add_listener
def on_request(name: str, response_time: float | None, **kwargs: Any) -> None:
    assert kwargs.keys() >= {"context", "exception"}


@events.init.add_listener
def on_init(environment: Environment, **kwargs: Any) -> None:
    on_request("front page", "soon")  # type: ignore[arg-type]
    assert_type(environment.stats, RequestStats)
    assert_type(environment.stats.get("/", "GET"), StatsEntry)
    assert_type(environment.stats.total.num_requests, int)
    assert_type(environment.stats.total.min_response_time, float | None)
    assert_type(environment.runner, Runner | None)
    assert_type(environment.user_classes, list[type[User]])
    if environment.runner is not None:
        assert_type(environment.runner.user_count, int)
        assert_type(environment.runner.state, str)
    events.tset_start.add_listener(on_init)  # type: ignore[attr-defined]


@memoize(timeout=5)
def token(user: str) -> bytes:
    return user.encode()


@retry(delays=(1, 2))
def connect(port: int) -> str:
    assert_type(token("ann"), bytes)
    token.clear_cache()
    token(port)  # type: ignore[arg-type]
    return f"port {port}"


assert_type(connect(80), str)
connect("80")  # type: ignore[arg-type]
