"""Whom a session trusts: by its own environment, wherever redirects lead, and for itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certifi import where
from tests.support.http_target import HttpTarget, Reply
from tests.support.self_signed import Certificate, make_certificate

from locustella.clients import HttpSession
from locustella.env import Environment
from locustella.http.session import slow_path
from locustella.http.urls import environment_has_proxies


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def secure(certificate: Certificate) -> Iterator[HttpTarget]:
    with HttpTarget("127.0.0.1", certificate.server_context()) as target:
        target.add_route("/", lambda request: Reply(body=b"secure"))
        yield target


@pytest.fixture
def plain(secure: HttpTarget) -> Iterator[HttpTarget]:
    with HttpTarget("127.0.0.1") as target:
        target.add_route("/", lambda request: Reply(302, [("Location", secure.url + "/")]))
        yield target


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _session(target: HttpTarget, environment: Environment, **attributes: Any) -> HttpSession:
    session = HttpSession(target.url, environment.events.request, None)
    session.trust_env = True
    for name, value in attributes.items():
        setattr(session, name, value)
    return session


def test_a_redirect_to_https_goes_by_the_bundle_of_the_environment(
    plain, environment, certificate, monkeypatch
):
    session = _session(plain, environment)
    assert session.get("/").status_code == 0  # nobody knows this certificate
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))
    before = slow_path.counts()
    assert session.get("/").text == "secure"
    assert session.post("/", json={"a": 1}).text == "secure"
    assert slow_path.counts() == before
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    session.close()
    assert session.get("/").status_code == 0


def test_the_bundle_has_the_word_over_the_session(secure, environment, tmp_path, monkeypatch):
    session = _session(secure, environment, verify=False)
    with pytest.warns(Warning, match="Unverified"):
        assert session.get("/").text == "secure"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", where())  # as in requests, which says so in its docs
    assert session.get("/").status_code == 0


def test_each_session_has_its_own_way_of_verify(plain, environment, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))
    trusting = _session(plain, environment)
    alone = _session(plain, environment, trust_env=False)
    for _ in range(2):
        assert trusting.get("/", verify=True).text == "secure"
        assert alone.get("/", verify=True).status_code == 0
    assert alone.get("/", verify=False).text == "secure"
    assert alone.get("/", verify=True).status_code == 0


def test_a_missing_bundle_matters_where_there_is_tls(plain, secure, environment, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path("/nowhere/bundle.pem")))
    with pytest.raises(OSError, match="CA certificate bundle"):
        _session(secure, environment).get("/")
    plain.add_route("/here", lambda request: Reply(body=b"here"))
    assert _session(plain, environment).get("/here").text == "here"


@pytest.mark.parametrize(
    ("name", "names_one"),
    [("Http_Proxy", True), ("socks_proxy", True), ("HTTPS_PROXY", True), ("No_Proxy", False)],
)
def test_a_proxy_of_the_environment_in_any_letters(monkeypatch, name, names_one):
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert environment_has_proxies() is names_one


def test_a_redirect_to_a_scheme_with_a_proxy(plain, environment, monkeypatch):
    session = _session(plain, environment, verify=False)
    monkeypatch.setenv("Https_Proxy", "http://127.0.0.1:1")  # nobody listens there
    response = session.get("/")
    assert response.status_code == 0 and type(response.error).__name__ == "ProxyError"
