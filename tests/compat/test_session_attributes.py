"""HttpUser's client as a requests.Session: its attributes are its own, however they are set."""

from __future__ import annotations

import pytest


def _fact(run, label, client="HttpUser"):
    return run.fact(f"{client} {label}")


def _returned(run, label, client="HttpUser"):
    fact = _fact(run, label, client)
    assert fact["raised"] is None, fact
    return fact["returned"]


class TestMaxRedirects:
    """`max_redirects` may be any number: what counts is that it is more."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        NUMBERS = {
            "2": 2, "2.0": 2.0, "2.5": 2.5, "huge": 10**30, "minus": -1, "far below": -(10**30),
            "True": True, "nan": float("nan"), "inf": float("inf"), "text": "3", "None": None,
            "beyond 32 bits": 2**32,
        }

        def redirected(user, label):
            user.client.max_redirects = NUMBERS[label]
            try:
                response = user.client.get("/redirect/3")
                return [response.status_code, len(response.history), str(response.error or "")]
            finally:
                user.client.max_redirects = 30

        def not_redirected(user, label):
            user.client.max_redirects = NUMBERS[label]
            try:
                return user.client.get("/json").status_code
            finally:
                user.client.max_redirects = 30

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                user.client.trust_env = False
                for label in NUMBERS:
                    attempt(user, redirected, label)
                    attempt(user, not_redirected, label)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("label", ["2.5", "huge", "nan", "inf", "beyond 32 bits"])
    def test_enough(self, run, label):
        assert _returned(run, f"redirected-{label}") == [200, 3, ""]

    @pytest.mark.parametrize(
        ("label", "said", "name"),
        [
            ("2", "2", "/redirect/1"), ("2.0", "2.0", "/redirect/1"),
            ("True", "True", "/redirect/2"),
            ("minus", "-1", "/redirect/3"), ("far below", str(-(10**30)), "/redirect/3"),
        ],
    )  # fmt: skip
    def test_too_few(self, run, label, said, name):
        assert _returned(run, f"redirected-{label}") == [0, 0, f"Exceeded {said} redirects."]
        (event,) = _fact(run, f"redirected-{label}")["events"]
        assert event["exception"] == f"TooManyRedirects('Exceeded {said} redirects.')"
        assert event["name"] == name

    @pytest.mark.parametrize("label", ["text", "None"])
    def test_no_number_is_an_error_where_it_is_compared(self, run, label):
        assert _fact(run, f"redirected-{label}")["raised"] == "TypeError"
        assert _returned(run, f"not_redirected-{label}") == 200


class TestTheDict:
    """What is in the session's `__dict__` counts, however it came there."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.clients import HttpSession
        from requests.cookies import cookiejar_from_dict
        from requests.structures import CaseInsensitiveDict

        def new(user):
            session = type(user.client)(user.host, user.environment.events.request, None)
            session.trust_env = False
            session.get("/echo")
            return session

        def seen(response):
            fields = dict(response.json()["headers"])
            kept = ("X-A", "Authorization", "Cookie")
            fields = {name: fields[name] for name in kept if name in fields}
            return [fields, response.json()["target"]]

        def replaced(user):
            session = new(user)
            own = dict(vars(session))
            own["headers"] = CaseInsensitiveDict({"X-A": "1"})
            session.__dict__ = own
            return seen(session.get("/echo"))

        def replaced_again(user):
            session = new(user)
            session.cookies.set("a", "1")
            session.get("/echo")
            own = dict(vars(session))
            own["cookies"] = cookiejar_from_dict({"b": "2"})
            session.__dict__ = own
            return seen(session.get("/echo"))

        def updated(user):
            session = new(user)
            session.__dict__.update(auth=("a", "b"))
            return seen(session.get("/echo"))

        def item(user):
            session = new(user)
            vars(session)["params"] = {"q": "1"}
            return seen(session.get("/echo"))

        def base_url(user):
            session = new(user)
            vars(session)["base_url"] = user.host + "/echo?base="
            answers = [session.base_url == user.host + "/echo?base=", seen(session.get("/x"))]
            session.base_url = user.host
            return [*answers, seen(session.get("/echo")), vars(session)["base_url"] == user.host]

        def request_name(user):
            session = new(user)
            vars(session)["request_name"] = "named"
            session.get("/echo")
            return session.request_name

        def trust_env(user):
            session = new(user)
            vars(session)["trust_env"] = True
            return [session.trust_env, session.get("/echo").status_code]

        def request_event(user):
            session = new(user)
            names = []

            class Event:
                def fire(self, **about):
                    names.append(about["name"])

            vars(session)["request_event"] = Event()
            session.get("/echo")
            return names

        def a_shared_dict(user):
            one, other = new(user), new(user)
            one.headers["X-A"] = "one"
            one.get("/echo")
            other.__dict__ = one.__dict__
            first = seen(other.get("/echo"))
            one.headers["X-A"] = "changed"
            return [first, seen(other.get("/echo")), seen(one.get("/echo"))]

        def deleted(user, name, by_dict=False):
            session = new(user)
            usual = {"base_url": user.host, "trust_env": False}.get(name, getattr(session, name))
            session.get("/echo")
            if by_dict:
                vars(session)[name] = usual
                session.get("/echo")
            delattr(session, name)
            answers = [hasattr(session, name), name in vars(session)]
            for ask in (lambda: session.get("/echo"), lambda: delattr(session, name)):
                try:
                    answers.append(ask())
                except AttributeError as error:
                    answers.append(str(error))
            setattr(session, name, usual)
            return [*answers, session.get("/echo").status_code]

        @scenario
        def steps(user):
            for name in ("base_url", "request_event", "user", "request_name", "trust_env"):
                if isinstance(user, MyHttpUser) or name != "trust_env":
                    attempt(user, deleted, name)
                    attempt(user, deleted, name, True)
            for step in (base_url, request_name, request_event):
                attempt(user, step)
            if isinstance(user, MyHttpUser):
                for step in (replaced, replaced_again, updated, item, trust_env, a_shared_dict):
                    attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_a_dict_that_is_replaced(self, run):
        assert _returned(run, "replaced") == [{"X-A": "1"}, "/echo"]
        assert _returned(run, "replaced_again") == [{"Cookie": "b=2"}, "/echo"]

    def test_a_dict_that_is_changed(self, run):
        assert _returned(run, "updated") == [{"Authorization": "Basic YTpi"}, "/echo"]
        assert _returned(run, "item") == [{}, "/echo?q=1"]

    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    def test_attributes_of_the_clients_own(self, run, client):
        expected = [True, [{}, "/echo?base=/x"], [{}, "/echo"], True]
        assert _returned(run, "base_url", client) == expected
        assert _returned(run, "request_name", client) == "named"
        assert _fact(run, "request_name", client)["events"][-1]["name"] == "named"
        assert _returned(run, "request_event", client) == ["/echo"]
        assert len(_fact(run, "request_event", client)["events"]) == 1

    def test_trust_env(self, run):
        assert _returned(run, "trust_env") == [True, 200]

    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    @pytest.mark.parametrize("way", ["", "-True"])
    @pytest.mark.parametrize(
        "name", ["base_url", "request_event", "user", "request_name", "trust_env"]
    )
    def test_one_that_is_deleted(self, run, client, name, way):
        if client == "FastHttpUser" and name == "trust_env":
            return  # it has none
        kind = client.removesuffix("User") + "Session"
        gone = f"'{kind}' object has no attribute '{name}'"
        said = _returned(run, f"deleted-{name}{way}", client)
        assert [str(text).removeprefix("My") for text in said[2:4]] == [gone, gone]
        assert said[:2] == [False, False] and said[4] == 200

    def test_two_sessions_with_one_dict(self, run):
        one, changed = [{"X-A": "one"}, "/echo"], [{"X-A": "changed"}, "/echo"]
        assert _returned(run, "a_shared_dict") == [one, changed, changed]


class TestAttributesOfTheClass:
    """`requests` gives each session its attributes, so those of a class are never seen."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.clients import HttpSession

        class Loaded(HttpSession):
            auth, verify, cert = ("a", "b"), False, "/nowhere"
            headers, params, cookies = {"X-A": "1"}, {"q": "1"}, {"a": "1"}
            stream, trust_env, max_redirects = True, False, 0
            proxies, hooks = {"http": "http://127.0.0.1:1"}, {"response": [print]}
            request_name = "named"

        class Mixin:
            auth, max_redirects = ("m", "m"), 0

        class Mixed(Mixin, HttpSession):
            pass

        class Later(HttpSession):
            pass

        class Computing(HttpSession):
            asked = 0

            @property
            def auth(self):
                self.asked += 1
                return ("u", str(self.asked))

            @auth.setter
            def auth(self, value):
                pass

        class Headed(HttpSession):
            asked = 0

            @property
            def headers(self):
                self.asked += 1
                return {"X-A": str(self.asked)}

            @headers.setter
            def headers(self, value):
                pass

        class NoSetter(HttpSession):
            @property
            def headers(self):
                return {}

        class Capping(HttpSession):
            def __setattr__(self, name, value):
                super().__setattr__(name, 0 if name == "max_redirects" else value)

        def new(user, cls):
            return cls(user.host, user.environment.events.request, None)

        def seen(response):
            fields = dict(response.json()["headers"])
            kept = ("X-A", "Authorization", "Cookie")
            return {name: fields[name] for name in kept if name in fields}

        def attributes(user):
            s = new(user, Loaded)
            return [s.auth, s.verify, s.cert, s.headers.get("X-A"), s.params, dict(s.cookies),
                    s.stream, s.trust_env, s.max_redirects, s.proxies, s.hooks, s.request_name,
                    len(s.adapters)]

        def requests(user):
            session = new(user, Loaded)
            session.trust_env = False
            answer = session.get("/redirect/2")
            return [seen(session.get("/echo")), answer.status_code, len(answer.content)]

        def mixin(user):
            session = new(user, Mixed)
            session.trust_env = False
            return [session.auth, session.max_redirects, seen(session.get("/echo"))]

        def later(user):
            session = new(user, Later)
            session.trust_env = False
            session.get("/echo")
            Later.auth, Later.max_redirects = ("l", "l"), 0
            with_cookies = seen(session.get("/echo", cookies={"a": "1"}))
            answers = [with_cookies, seen(session.get("/echo"))]
            answers.append(session.get("/redirect/1").status_code)
            return [*answers, session.auth, session.max_redirects]

        def patched(user):
            HttpSession.auth = ("p", "p")
            try:
                session = new(user, HttpSession)
                session.trust_env = False
                return seen(session.get("/echo"))
            finally:
                del HttpSession.auth

        def computed_auth(user):
            session = new(user, Computing)
            session.trust_env = False
            return len({str(seen(session.get("/echo"))) for _ in range(3)})

        def computed_headers(user):
            session = new(user, Headed)
            session.trust_env = False
            return len({str(seen(session.get("/echo"))) for _ in range(3)})

        def no_setter(user):
            new(user, NoSetter)

        def setattr_of_the_class(user):
            return new(user, Capping).get("/redirect/1").status_code

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                for step in (attributes, requests, mixin, later, patched, computed_auth,
                             computed_headers, no_setter, setattr_of_the_class):
                    attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_they_are_not_seen(self, run):
        expected = [None, True, None, None, {}, {}, False, True, 30, {}, {"response": []}, None, 2]
        assert _returned(run, "attributes") == expected
        assert _returned(run, "requests") == [{}, 200, len("landed by GET")]

    def test_of_a_mixin(self, run):
        assert _returned(run, "mixin") == [None, 30, {}]

    def test_set_when_the_session_is_there(self, run):
        assert _returned(run, "later") == [{"Cookie": "a=1"}, {}, 200, None, 30]

    def test_patched(self, run):
        assert _returned(run, "patched") == {}

    def test_a_property_is_asked_at_every_request(self, run):
        assert _returned(run, "computed_auth") == 3
        assert _returned(run, "computed_headers") == 3

    def test_a_property_that_cannot_be_set(self, run):
        assert _fact(run, "no_setter")["raised"] == "AttributeError"

    def test_setattr_sees_them_all(self, run):
        assert _returned(run, "setattr_of_the_class") == 0
