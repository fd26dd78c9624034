"""Header fields of a session that go, or get values that are no text, between its requests."""

from __future__ import annotations

import pytest


def _returned(run, label, client="HttpUser"):
    fact = run.fact(f"{client} {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


class TestFieldsThatGo:
    """Where a session or a call takes off a field that has a usual value, that one goes out."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.clients import HttpSession
        from locust.contrib.fasthttp import FastHttpSession

        BODIES = {
            "json": {"json": {"a": 1}}, "form": {"data": {"a": 1}}, "text": {"data": "a"},
            "bytes": {"data": b"a"}, "files": {"files": {"f": ("name", b"a")}},
            "form and files": {"data": {"a": 1}, "files": {"f": ("name", b"a")}}, "nothing": {},
        }
        FIELDS = ("Accept-Encoding", "User-Agent", "Accept", "Connection")

        def new(user):
            if isinstance(user, MyFastHttpUser):
                session = FastHttpSession(user.host, user.environment.events.request, None)
                return session, session.client.default_headers
            session = HttpSession(user.host, user.environment.events.request, None)
            session.trust_env = False
            return session, session.headers

        def seen(response, *names):
            sent = [
                [name, value.partition(";")[0].partition("/2")[0]]
                for name, value in response.json()["headers"]
            ]
            return [field for field in sent if field[0].lower() in names]

        def type_taken_off(user, kind):
            session, headers = new(user)
            headers["Content-Type"] = "text/xml"
            session.get("/echo")
            answers = [seen(session.post("/echo", **BODIES[kind]), "content-type")]
            headers.pop("Content-Type")
            return [*answers, seen(session.post("/echo", **BODIES[kind]), "content-type")]

        def type_taken_off_early(user, kind):
            session, headers = new(user)
            session.get("/echo")
            headers["Content-Type"] = "text/xml"
            answers = [seen(session.post("/echo", **BODIES[kind]), "content-type")]
            headers.pop("Content-Type")
            return [*answers, seen(session.post("/echo", **BODIES[kind]), "content-type")]

        def type_taken_off_by_the_call(user, kind):
            session, headers = new(user)
            headers["Content-Type"] = "text/xml"
            session.get("/echo")
            response = session.post("/echo", headers={"content-type": None}, **BODIES[kind])
            return seen(response, "content-type")

        def taken_off(user, name):
            session, headers = new(user)
            session.get("/echo")
            headers.pop(name, None)
            answers = []
            for response in (session.get("/echo"), session.post("/echo", json=[1])):
                sent = [name for name, _ in response.json()["headers"] if name != "Host"]
                shown = [name.lower() for name in response.request.headers]
                answers.append([sent[0], seen(response, name.lower()), name.lower() in shown])
            return answers

        def taken_off_by_the_call(user, name):
            session, headers = new(user)
            response = session.post("/echo", headers={name: None}, json=[1])
            return seen(response, name.lower())

        @scenario
        def steps(user):
            for kind in BODIES:
                if isinstance(user, MyHttpUser):
                    attempt(user, type_taken_off_by_the_call, kind)
                elif "files" in kind:
                    continue
                attempt(user, type_taken_off, kind)
                attempt(user, type_taken_off_early, kind)
            for name in FIELDS:
                attempt(user, taken_off, name)
                if isinstance(user, MyHttpUser):
                    attempt(user, taken_off_by_the_call, name)
    """
    ARGS = ["-u", "2"]
    USUAL = {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "files": "multipart/form-data",
        "form and files": "multipart/form-data",
    }

    @pytest.mark.parametrize("kind", [*USUAL, "text", "bytes", "nothing"])
    def test_the_type_of_a_body(self, run, kind):
        own = [["Content-Type", "text/xml"]]
        usual = [["Content-Type", self.USUAL[kind]]] if kind in self.USUAL else []
        assert _returned(run, f"type_taken_off-{kind}") == [own, usual]
        assert _returned(run, f"type_taken_off_early-{kind}") == [own, usual]
        assert _returned(run, f"type_taken_off_by_the_call-{kind}") == usual

    @pytest.mark.parametrize(
        ("kind", "usual"),
        [
            ("json", ["Content-Type", "application/json"]),
            ("form", ["content-type", "application/x-www-form-urlencoded"]),
            ("text", ["content-type", "text/plain"]),
            ("bytes", ["content-type", "application/octet-stream"]),
            ("nothing", None),
        ],
    )
    def test_the_type_of_a_body_of_fast(self, run, kind, usual):
        for label in (f"type_taken_off-{kind}", f"type_taken_off_early-{kind}"):
            assert _returned(run, label, "FastHttpUser")[1] == ([usual] if usual else []), label

    @pytest.mark.parametrize(
        ("name", "added"), [("Accept-Encoding", "identity"), ("User-Agent", "python-urllib3")]
    )
    def test_what_urllib3_adds(self, run, name, added):
        assert _returned(run, f"taken_off-{name}") == [[name, [[name, added]], False]] * 2
        assert _returned(run, f"taken_off_by_the_call-{name}") == [[name, added]]

    @pytest.mark.parametrize("name", ["Accept", "Connection"])
    def test_what_nobody_adds(self, run, name):
        assert _returned(run, f"taken_off-{name}") == [["User-Agent", [], False]] * 2
        assert _returned(run, f"taken_off_by_the_call-{name}") == []

    def test_what_geventhttpclient_adds(self, run):
        plain, json = _returned(run, "taken_off-User-Agent", "FastHttpUser")
        assert plain[1] == json[1] == [["User-Agent", "python/gevent-http-client-2.6.1"]]


class TestValuesThatAreNoText:
    """geventhttpclient makes text of any value."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.contrib.fasthttp import FastHttpSession

        VALUES = {"None": None, "bytes": b"1", "int": 1, "float": 1.5, "text": "1", "list": ["a"]}

        def changed(user, kind):
            session = FastHttpSession(user.host, user.environment.events.request, None)
            headers = session.client.default_headers
            headers["X-A"] = "before"
            session.get("/echo")
            answers = []
            for value in (VALUES[kind], "between", VALUES[kind]):
                headers["X-A"] = value
                for response in (session.get("/echo"), session.post("/echo", json=[1])):
                    sent = response.json()["headers"]
                    answers += [value for name, value in sent if name == "X-A"]
            return answers

        def several(user):
            session = FastHttpSession(user.host, user.environment.events.request, None)
            session.client.default_headers["X-A"] = ["1", "2"]
            answers = []
            for headers in (None, {"X-A": "call"}, {"X-B": "call"}):
                sent = session.get("/echo", headers=headers).json()["headers"]
                answers.append([value for name, value in sent if name == "X-A"])
            return answers

        @scenario
        def steps(user):
            if isinstance(user, MyFastHttpUser):
                attempt(user, several)
                for kind in VALUES:
                    attempt(user, changed, kind)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("kind", "value"),
        [("None", "None"), ("bytes", "b'1'"), ("int", "1"), ("float", "1.5"), ("text", "1"),
         ("list", "a")],
    )  # fmt: skip
    def test_each(self, run, kind, value):
        said = [value] * 2 + ["between"] * 2 + [value] * 2
        assert _returned(run, f"changed-{kind}", "FastHttpUser") == said

    def test_several_lines(self, run):
        said = [["1", "2"], ["call"], ["1", "2"]]
        assert _returned(run, "several", "FastHttpUser") == said
