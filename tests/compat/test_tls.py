"""Line 29: who checks certificates, and that proxies of the environment are left alone."""

from __future__ import annotations

import pytest


class TestCertificates:
    """Line 29: HttpUser verifies, FastHttpUser does not unless `insecure` says so."""

    TLS = True
    ENV = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
        "REQUESTS_CA_BUNDLE": "/nonexistent.pem",
    }
    LOCUSTFILE = """
        import os
        import ssl
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import fact
        from locust import FastHttpUser

        certificate = os.environ["LOCUSTFILE_CERTIFICATE"]

        class Careful(FastHttpUser):
            abstract = True
            insecure = False

        class Trusting(FastHttpUser):
            abstract = True
            insecure = False

            def ssl_context_factory(self):
                return ssl.create_default_context(cafile=certificate)

        def by_default(user):
            return user.client.get("/json").status_code

        def unverified(user):
            return user.client.get("/json", verify=False).status_code

        def with_the_certificate(user):
            return user.client.get("/json", verify=certificate).json()["name"]

        def session_unverified(user):
            user.client.verify = False
            again = user.client.post("/echo", data="x").status_code
            return [user.client.get("/json").status_code, again]

        def trust_env(user):
            return user.client.trust_env

        def of_class(user, cls):
            cls.host = user.host
            return cls(user.environment).client.get("/json").status_code

        @scenario
        def steps(user):
            attempt(user, by_default)
            if isinstance(user, MyHttpUser):
                for step in (unverified, with_the_certificate, session_unverified, trust_env):
                    attempt(user, step)
            else:
                fact("FastHttpUser careful", of_class(user, Careful))
                fact("FastHttpUser trusting", of_class(user, Trusting))
    """
    ARGS = ["-u", "2"]

    def test_http_user_refuses_a_self_signed_certificate(self, run):
        outcome = run.fact("HttpUser by_default")
        assert outcome["returned"] == 0 and outcome["raised"] is None
        (event,) = outcome["events"]
        assert event["exception type"] == "SSLError"
        assert "CERTIFICATE_VERIFY_FAILED" in event["exception"]

    def test_http_user_takes_it_on_request(self, run):
        assert run.fact("HttpUser unverified")["returned"] == 200
        assert run.fact("HttpUser with_the_certificate")["returned"] == "lark"
        assert run.fact("HttpUser session_unverified")["returned"] == [200, 200]

    def test_http_user_does_not_trust_the_environment(self, run):
        assert run.fact("HttpUser trust_env")["returned"] is False

    def test_fast_http_user_takes_it(self, run):
        outcome = run.fact("FastHttpUser by_default")
        assert outcome["returned"] == 200
        assert outcome["events"][0]["exception"] is None

    def test_fast_http_user_can_be_made_to_look(self, run):
        assert run.fact("FastHttpUser careful") == 0
        assert run.fact("FastHttpUser trusting") == 200


class TestProxiesOfTheEnvironment:
    """Line 29: HTTP_PROXY and its like do not reach either client."""

    ENV = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def get(user):
            return user.client.get("/json").status_code

        @scenario
        def steps(user):
            attempt(user, get)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    def test_direct(self, run, client):
        assert run.fact(f"{client} get")["returned"] == 200
