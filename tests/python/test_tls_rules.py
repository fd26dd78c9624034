"""Which certificates and ciphers the clients accept: those that Locust's accept."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.support.http_target import HttpTarget, Reply

from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment
from locustella.http.session.session import NativeSession


@pytest.fixture(scope="module")
def nameless(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key), RSA, with a common name and no other."""
    folder = tmp_path_factory.mktemp("nameless")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return certificate, key


def _served(pair: tuple[Path, Path], ciphers: str | None = None) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    return HttpTarget(tls=context)


@pytest.fixture
def target(nameless) -> Iterator[HttpTarget]:
    with _served(nameless) as target:
        target.add_route("/", lambda request: Reply(200, body=b"ok"))
        yield target


def _port(target: HttpTarget) -> str:
    return target.url.rpartition(":")[2]


def test_requests_refuses_a_common_name(target, nameless):
    for make in (requests.Session, NativeSession):
        with (
            make() as session,
            pytest.raises(
                requests.exceptions.SSLError, match="[Hh]ostname mismatch|no appropriate"
            ),
        ):
            session.get(f"https://localhost:{_port(target)}/", verify=str(nameless[0]))


def test_pythons_ssl_takes_it(target, nameless):
    session = FastHttpSession(
        f"https://localhost:{_port(target)}", Environment().events.request, None, insecure=False,
        ssl_context_factory=lambda **_: ssl.create_default_context(cafile=str(nameless[0])),
    )  # fmt: skip
    assert session.get("/").status_code == 200
    session._close_connections()


@pytest.mark.parametrize("ciphers, works", [
    ("ECDHE-RSA-AES128-GCM-SHA256", True), ("ECDHE-RSA-AES256-SHA384", True), ("AES128-SHA", False),
    ("AES256-SHA256", False), ("ECDHE-RSA-AES128-SHA", False),
])  # fmt: skip
def test_ciphers(nameless, ciphers, works):
    with _served(nameless, ciphers + ":@SECLEVEL=0") as target:
        target.add_route("/", lambda request: Reply(200, body=b"ok"))
        for make in (requests.Session, NativeSession):
            with make() as session:
                assert (
                    _is_answered(
                        lambda session=session: session.get(target.url + "/", verify=False)
                    )
                    is works
                )
        fast = FastHttpSession(target.url, Environment().events.request, None)
        assert (fast.get("/").status_code == 200) is works
        fast._close_connections()


def _is_answered(ask: Any) -> bool:
    try:
        return bool(ask().status_code == 200)
    except requests.exceptions.SSLError:
        return False
