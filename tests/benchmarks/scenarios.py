"""What is measured: each scenario is one table row's conditions, run for each of its clients.

    for scenario in scenarios(quick=False, most_users=19800):
        scenario.name          # "request cost, http, 50 users"
        scenario.kind          # Kind.REQUEST_COST: which measurement, which table
        scenario.users_for("stock HttpUser")

A scenario says nothing of how it is measured; measure.py does.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from call_forms import FORMS

OURS = ("locustella HttpUser", "locustella FastHttpUser")
STOCK = ("stock HttpUser", "stock FastHttpUser")
LOCUSTS = OURS + STOCK
EVERYBODY = ("wrk", *LOCUSTS)

_USERS_OF_KINDS = 50


class Kind(enum.Enum):
    """The measurement behind a scenario."""

    REQUEST_COST = "request cost"
    KIND_OF_REQUEST = "kind of request"
    CALL_FORM = "call form"
    IDLE_USER = "idle user"
    LONG_RUN = "long run"
    START_UP = "start-up"
    TRUTH = "truth"
    DEMO_TARGET = "demo target"


@dataclass(frozen=True)
class Scenario:
    """`users_of` overrules `users` for the clients that it names; `form`: a name of call_forms.py.
    """

    name: str
    kind: Kind
    behaviour: str
    scheme: str
    users: int
    clients: tuple[str, ...]
    target: str = "nginx"
    users_of: Mapping[str, int] = field(default_factory=dict)
    form: str = ""

    @property
    def label(self) -> str:
        """The name without its kind, for a table that has the kind in its title."""
        return self.name.removeprefix(f"{self.kind.value}, ")

    def users_for(self, client: str) -> int:
        return self.users_of.get(client, self.users)

    def with_clients(self, clients: tuple[str, ...]) -> Scenario:
        return dataclasses.replace(self, clients=clients)


def scenarios(quick: bool, most_users: int) -> list[Scenario]:
    """All of them; `quick` makes the crowds small enough for a first try.

    No crowd is larger than `most_users`: each user holds a connection, and so an open file.
    """
    return [
        *_request_costs(),
        *_kinds_of_requests(),
        *_call_forms(),
        *_idle_users(quick, most_users),
        *_start_ups(quick, most_users),
        *_long_runs(quick, most_users),
        *_truths(),
        _demo_target(),
    ]


def _request_costs() -> list[Scenario]:
    return [
        Scenario(
            f"request cost, {scheme}, {users} users",
            Kind.REQUEST_COST,
            "one_get",
            scheme,
            users,
            EVERYBODY,
        )
        for scheme in ("http", "https")
        for users in (50, 1000)
    ]


def _kinds_of_requests() -> list[Scenario]:
    kinds = {
        ("post_json", "http"): ("POST of JSON", ("wrk",)),
        ("journey", "http"): ("login, then pages with its cookie", ("wrk",)),
        ("new_connection", "https"): ("TLS, a new connection for each", ("wrk",)),
        ("download", "http"): ("1 MB", ("wrk", "curl")),
        ("gzip", "http"): ("40 KB, compressed", ("curl",)),
    }
    return [
        Scenario(
            f"kind of request, {words}",
            Kind.KIND_OF_REQUEST,
            behaviour,
            scheme,
            _USERS_OF_KINDS,
            (*peers, *LOCUSTS),
            users_of={"curl": 1},  # it asks for one thing after the other
        )
        for (behaviour, scheme), (words, peers) in kinds.items()
    ]


def _call_forms() -> list[Scenario]:
    return [
        Scenario(
            f"call form, {name}",
            Kind.CALL_FORM,
            "call_form",
            "http",
            _USERS_OF_KINDS,
            ("wrk", f"locustella {form.user}", f"stock {form.user}"),
            form=name,
        )
        for name, form in FORMS.items()
    ]


def _idle_users(quick: bool, most_users: int) -> list[Scenario]:
    crowds = {"http": (15000, 2000), "https": (4000, 300)}
    if quick:
        crowds = {"http": (3000, 500), "https": (500, 150)}
    return [
        Scenario(
            f"idle user, {scheme}",
            Kind.IDLE_USER,
            "idle",
            scheme,
            min(ours, most_users),
            _that_start_soon(scheme),
            users_of=dict.fromkeys(STOCK, stock),
        )
        for scheme, (ours, stock) in crowds.items()
    ]


def _start_ups(quick: bool, most_users: int) -> list[Scenario]:
    crowds = {"http": 1000, "https": 100} if quick else {"http": 10000, "https": 1000}
    return [
        Scenario(
            f"start-up, {scheme}, {users} users",
            Kind.START_UP,
            "idle",
            scheme,
            users,
            _that_start_soon(scheme),
        )
        for scheme, users in _at_most(most_users, crowds).items()
    ]


def _long_runs(quick: bool, most_users: int) -> list[Scenario]:
    users = 100 if quick else 1000
    kinds = {"one_get": "the same page", "journey": "logins, cookies, with-blocks"}
    return [
        Scenario(
            f"long run, {words}", Kind.LONG_RUN, behaviour, "http", min(users, most_users), OURS
        )
        for behaviour, words in kinds.items()
    ]


def _at_most(most_users: int, crowds: Mapping[str, int]) -> dict[str, int]:
    return {scheme: min(users, most_users) for scheme, users in crowds.items()}


def _that_start_soon(scheme: str) -> tuple[str, ...]:
    """Over https stock FastHttpUser costs what stock HttpUser costs: one of them is enough."""
    return LOCUSTS if scheme == "http" else (*OURS, "stock HttpUser")


def _truths() -> list[Scenario]:
    names = {
        "busy": "truth, 50 users, 50 us of Python per request",
        "paced": "truth, 50 users, 200 requests per second",
    }
    return [
        Scenario(name, Kind.TRUTH, behaviour, "http", 50, LOCUSTS, target="demo")
        for behaviour, name in names.items()
    ]


def _demo_target() -> Scenario:
    name = "demo target, http, 50 connections"
    return Scenario(name, Kind.DEMO_TARGET, "one_get", "http", 50, ("wrk",), target="demo")
