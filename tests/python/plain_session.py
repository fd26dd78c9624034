"""The native session below `requests`' manners: it is told everything, and decides nothing.

    session = PlainSession()
    response = session.ask("http://127.0.0.1:8000/", proxy="socks5://127.0.0.1:1080")
    failure_of(response)            # the exception that requests would have raised, or None
"""

from __future__ import annotations

from locustella import _core
from locustella.http.errors import requests_error
from locustella.http.session.response import NativeResponse
from locustella.http.shared_profiles import shared_route
from locustella.http.urls import prepare_url


class PlainSession(_core.SessionBase):
    _response_class = NativeResponse

    def ask(
        self,
        url,
        method="GET",
        fields=b"",
        body=b"",
        proxy="",
        timeout=30.0,
        follow=False,
        chunked=False,
    ):
        place = prepare_url(url, None)
        route = shared_route(verify=False, ca_bundle="", certificate="", key="", proxy=proxy)
        fields = b"Accept: */*\r\n" + fields
        return self._send(
            method=method, place=place._replace(fragment=""), fields=fields, cookie_at=len(fields),
            body=body, chunked=chunked, dialect=_core.Dialect.REQUESTS, follow=follow,
            connect_s=timeout, read_s=timeout, route=route, asked=url, details=({}, None, timeout),
        )  # fmt: skip

    def upload(self, url, body, length=None, **rest):
        """A POST whose body is an iterator, of this length or in chunks."""
        chunked = length is None
        fields = (
            b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % length
        )
        return self.ask(url, "POST", fields, body, chunked=chunked, **rest)


def failure_of(response):
    failure = response._native_failure()
    return requests_error(response, failure) if failure else None
