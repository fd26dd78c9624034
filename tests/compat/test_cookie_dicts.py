"""Cookies as http.cookiejar keeps them: its dicts may be reached into, and give the order."""

from __future__ import annotations


def _returned(run, label, client="HttpUser"):
    fact = run.fact(f"{client} {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


class TestTheJarsDicts:
    LOCUSTFILE = """
        import time

        import gevent
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from requests.cookies import create_cookie

        def fresh(user):
            client = user.client
            jar(user).clear()
            client.get("/cookies/set?a=1&b=2")
            client.get("/echo")
            return client

        def jar(user):
            return user.client.cookies if isinstance(user, MyHttpUser) else user.client.cookiejar

        def sent(user):
            return dict(user.client.get("/echo").json()["headers"]).get("Cookie")

        def cleared(user):
            fresh(user)
            jar(user)._cookies.clear()
            return [sent(user), len(jar(user))]

        def assigned(user):
            fresh(user)
            jar(user)._cookies = {}
            return [sent(user), len(jar(user))]

        def one_deleted(user):
            fresh(user)
            del jar(user)._cookies["127.0.0.1"]["/"]["a"]
            return [sent(user), len(jar(user))]

        def one_put_in(user):
            fresh(user)
            cookie = create_cookie("n", "3", domain="127.0.0.1", path="/")
            jar(user)._cookies["127.0.0.1"]["/"]["n"] = cookie
            return [sent(user), len(jar(user))]

        def values_after_an_answer(user):
            fresh(user)
            for cookie in jar(user):
                cookie.value += "x"
            first = sent(user)
            user.client.get("/cookies/set?a=3")
            for cookie in jar(user):
                cookie.value += "y"
            return [first, sent(user)]

        def put(user, name, domain, path="/"):
            jar(user).set_cookie(create_cookie(name, "1", domain=domain, path=path))

        def order(user):
            user.client.base_url = user.host.replace("127.0.0.1", "localhost")
            try:
                jar(user).clear()
                put(user, "a", "localhost.local")
                put(user, "b", "localhost.local", "/echo")
                put(user, "c", ".local")
                sent_first = sent(user)
                jar(user).clear("localhost.local", "/", "a")
                jar(user).clear("localhost.local", "/echo", "b")
                without = sent(user)
                user.client.get("/cookies/set?n=1&m=2")
                emptied = sent(user)
                kept = [[c.domain, c.path, c.name] for c in jar(user)]
                jar(user).clear("localhost.local")
                user.client.get("/cookies/set?n=1")
                return [sent_first, without, emptied, kept, sent(user), list(jar(user)._cookies)]
            finally:
                user.client.base_url = user.host

        def expired(user):
            fresh(user)
            soon = int(time.time()) + 1
            jar(user).set_cookie(create_cookie("s", "3", domain="127.0.0.1", expires=soon))
            first = sent(user)
            gevent.sleep(soon - time.time() + 0.01)
            left = [sent(user), len(jar(user))]
            jar(user).clear_expired_cookies()
            return [first, *left, len(jar(user))]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                user.client.trust_env = False
            attempt(user, expired)
            for step in (cleared, assigned, one_deleted, one_put_in, values_after_an_answer, order):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_reached_into(self, run):
        for client in ("HttpUser", "FastHttpUser"):
            assert _returned(run, "cleared", client) == [None, 0]
            assert _returned(run, "assigned", client) == [None, 0]
            assert _returned(run, "one_deleted", client) == ["b=2", 1]
            assert _returned(run, "one_put_in", client) == ["a=1; b=2; n=3", 3]

    def test_one_that_expires_stays_in_the_jar_until_it_is_told(self, run):
        assert _returned(run, "expired") == ["a=1; b=2; s=3", "a=1; b=2", 3, 2]
        fast = _returned(run, "expired", "FastHttpUser")
        assert fast == ["a=1; b=2; s=3", "a=1; b=2", 2, 2]

    def test_values_of_what_an_answer_has_set(self, run):
        for client in ("HttpUser", "FastHttpUser"):
            expected = ["a=1x; b=2x", "a=3y; b=2xy"]
            assert _returned(run, "values_after_an_answer", client) == expected

    def test_a_domain_that_was_emptied_keeps_its_place(self, run):
        for client in ("HttpUser", "FastHttpUser"):
            first, without, emptied, kept, cleared, domains = _returned(run, "order", client)
            assert (first, without) == ("b=1; a=1; c=1", "c=1")
            assert emptied == "n=1; m=2; c=1"
            assert kept[0][:2] == ["localhost.local", "/"] and kept[2] == [".local", "/", "c"]
            assert cleared == "c=1; n=1" and domains == [".local", "localhost.local"]


class TestNetrc:
    """A .netrc that comes, changes and goes while the test runs."""

    LOCUSTFILE = """
        import os
        import gevent
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        path = os.environ["NETRC"] = os.path.abspath("netrc")

        def sent(user):
            return dict(user.client.get("/echo").json()["headers"]).get("Authorization")

        def soon(user, wanted):
            for _ in range(500):
                if (now := sent(user)) == wanted:
                    break
                gevent.sleep(0.002)
            return now

        def netrc(user):
            answers = [sent(user)]
            for password in "pq":
                with open(path, "w") as file:
                    file.write(f"machine 127.0.0.1 login u password {password}\\n")
                answers.append(soon(user, {"p": "Basic dTpw", "q": "Basic dTpx"}[password]))
            os.unlink(path)
            return [*answers, soon(user, None)]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                user.client.trust_env = True
                attempt(user, netrc)
    """
    ARGS = ["-u", "2"]

    def test_what_goes_out(self, run):
        assert _returned(run, "netrc") == [None, "Basic dTpw", "Basic dTpx", None]
