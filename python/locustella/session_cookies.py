"""A session's cookies as `requests` shows them, kept by the native core.

    session.cookies["theme"] = "dark"          # goes out with the next request
    session.cookies.get("session")             # what the server has set

The core's jar is the truth. This jar copies it when it is looked at and the core's has changed
since, and hands on what is put in. Thread: the session's.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.cookiejar import Cookie
from typing import Any

from requests.cookies import RequestsCookieJar, cookiejar_from_dict


class SessionCookieJar(RequestsCookieJar):
    """The face of one session's native jar."""

    _session: Any = None
    _seen = -1

    @classmethod
    def of(cls, session: Any) -> SessionCookieJar:
        jar = cls()
        jar._session = session
        return jar

    @classmethod
    def replacing(cls, session: Any, cookies: Any) -> SessionCookieJar:
        """A jar with these cookies (a jar, a dict or None) in place of all that the session has."""
        if isinstance(cookies, cls) and cookies._session is session:
            return cookies
        jar = cls.of(session)
        jar.clear()
        if cookies is not None:
            jar.update(cookies if not isinstance(cookies, dict) else cookiejar_from_dict(cookies))
        return jar

    def _refresh(self) -> None:
        if self._session is None:
            return
        version = self._session._cookie_version()
        if version == self._seen:
            return
        self._seen = version
        self.__dict__["_cookies"] = {}
        for row in self._session._cookie_rows():
            super().set_cookie(_from_row(row))

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        if self._session is None:
            super().set_cookie(cookie, *args, **kwargs)
            return
        self._refresh()
        super().set_cookie(cookie, *args, **kwargs)
        self._session._set_cookie(*_to_row(cookie))
        self._seen = self._session._cookie_version()

    def clear(self, domain: Any = None, path: Any = None, name: Any = None) -> None:
        if self._session is None:
            super().clear(domain, path, name)
            return
        self._refresh()
        super().clear(domain, path, name)
        self._session._clear_cookies()
        for cookie in super().__iter__():
            self._session._set_cookie(*_to_row(cookie))
        self._seen = self._session._cookie_version()

    def clear_expired_cookies(self) -> None:
        if self._session is None:  # the core lets expired cookies go by itself
            super().clear_expired_cookies()

    def __iter__(self) -> Iterator[Cookie]:
        self._refresh()
        return super().__iter__()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _cookies_for_request(self, request: Any) -> Any:
        self._refresh()
        return super()._cookies_for_request(request)

    def copy(self) -> RequestsCookieJar:
        plain = RequestsCookieJar()
        plain.set_policy(self.get_policy())
        plain.update(self)
        return plain

    def __getstate__(self) -> dict:
        self._refresh()
        state = super().__getstate__()
        state.pop("_session", None)
        state.pop("_seen", None)
        return state


def _from_row(row: tuple) -> Cookie:
    name, value, domain, path, expires, host_only, secure, http_only, initial_dot = row
    return Cookie(
        version=0, name=name, value=value, port=None, port_specified=False, domain=domain,
        domain_specified=not host_only, domain_initial_dot=initial_dot, path=path, path_specified=bool(path),
        secure=secure, expires=None if expires is None else int(expires), discard=expires is None, comment=None,
        comment_url=None, rest={"HttpOnly": None} if http_only else {},
    )  # fmt: skip


def _to_row(cookie: Cookie) -> tuple:
    value = None if cookie.value is None else str(cookie.value)
    return (
        str(cookie.name), value, cookie.domain or "", cookie.path or "/",
        None if cookie.expires is None else float(cookie.expires), not cookie.domain_specified, bool(cookie.secure),
        any(key.lower() == "httponly" for key in getattr(cookie, "_rest", {})), bool(cookie.domain_initial_dot),
    )  # fmt: skip
