"""A session's cookies as `requests` shows them, kept by the native core.

    session.cookies["theme"] = "dark"          # goes out with the next request
    session.cookies.get("session")             # what the server has set
    session.cookies = jar  # a RequestsCookieJar becomes the session's face itself

The core's jar is the truth. This jar copies it when it is looked at and the core's has changed
since, and hands on what is put in, and, before the next request, what was assigned to a cookie that
somebody holds (`cookie.value = "late"`): the core watches the dicts of these. A jar of another
class, with a policy of its own, or of another session stays what it is: then Python picks the
cookies for each request (see `served`).

Thread: the session's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from requests.cookies import (
    RequestsCookieJar,
    cookiejar_from_dict,
    get_cookie_header,
    merge_cookies,
)
from requests.models import PreparedRequest
from requests.sessions import Session

from .. import _core
from .header_fields import field_lines

if TYPE_CHECKING:
    from .._core import CookieRow
    from .fast.session import FastHttpSession
    from .session.session import NativeSession


class SessionCookieJar(RequestsCookieJar):
    """The face of one session's native jar."""

    _session: NativeSession | FastHttpSession | None = None
    _seen = -1
    _busy = False  # this jar itself is at its dicts
    # By the id of each Cookie object of ours: it, and the rows that it and the core had when they
    # were the same.
    _rows: dict[int, tuple[Cookie, CookieRow, CookieRow]] = {}

    @classmethod
    def of(cls, session: NativeSession | FastHttpSession) -> SessionCookieJar:
        jar = cls()
        jar._session, jar._rows = session, {}
        return jar

    @classmethod
    def replacing(cls, session: NativeSession | FastHttpSession, cookies: Any) -> Any:
        """What the session has from now on instead of its cookies: a jar, a dict or None."""
        current = session.__dict__.get("cookies")
        if cookies is not None and cookies is current:
            return cookies
        if isinstance(current, cls):
            current._leave(session)
        session._forget_cookies(False)
        if isinstance(cookies, CookieJar):
            if (
                type(cookies) in (cls, RequestsCookieJar)
                and not cls.served(cookies)
                and _usual_policy(cookies)
            ):
                cookies.__class__ = cls
                face: Any = cookies  # it is one of ours now
                face._serve(session)
            return cookies
        jar = cls.of(session)
        if cookies is not None:
            jar.update(cookiejar_from_dict(cookies))
        return jar

    @staticmethod
    def served(jar: Any) -> Any:
        """The session whose native jar this one shows, or None."""
        return getattr(jar, "_session", None)

    def watched(self) -> list[dict[str, Any]]:
        """The dicts of all that somebody may have changed in place since the core was told."""
        if self._session is None:
            return []
        with self._own():
            cookies = [vars(cookie) for cookie in super().__iter__()]
        return [vars(self._policy), *cookies]

    def watch_dicts(self) -> None:
        """Has the core watch the dicts that the cookies lie in from here on: as they are, it has
        been told of.
        """
        if self._session is None:
            return
        for each in self._dicts():
            self._session._watch_also(each, each)

    def _dicts(self) -> list[dict[str, Any]]:
        """By domain, path and name."""
        kept = self.__dict__["_cookies"]
        domains = [paths for paths in kept.values() if isinstance(paths, dict)]
        names = [names for paths in domains for names in paths.values() if isinstance(names, dict)]
        return [kept, *domains, *names]

    def hand_on_changes(self) -> None:
        """Tells the core of cookies, or a policy, that were changed in place."""
        if self._session is not None and not _usual_policy(self):
            self.set_policy(self._policy)
        if self._session is not None:
            self._hand_on_changed_cookies()

    def _hand_on_changed_cookies(self) -> None:
        assert self._session is not None
        with self._own():
            there = {id(cookie): cookie for cookie in super().__iter__()}
        changed = {
            _key(known[2]): _to_row(cookie) for cookie in there.values()
            if (known := self._rows.get(id(cookie))) is not None and known[1] != _to_row(cookie)
        }  # fmt: skip
        gone = {_key(core) for key, (_, _, core) in self._rows.items() if key not in there}
        if gone:
            gone -= {_key(_to_row(cookie)) for cookie in there.values()}
        new = [_to_row(cookie) for key, cookie in there.items() if key not in self._rows]
        if not (changed or gone or new):
            return
        core = [row for row in self._session._cookie_rows() if _key(row) not in gone]
        rows = [changed.pop(_key(row), row) for row in core]
        self._begin_anew()
        for row in (*rows, *changed.values(), *new):
            self._session._set_cookie(*row)
        self._note_rows()
        self._seen = -1

    def _begin_anew(self) -> None:
        """Empties the core's jar but for the order of the domains and paths that this one has."""
        assert self._session is not None
        self._session._forget_cookies(False)
        for domain, paths in self.__dict__["_cookies"].items():
            for path in paths or ("",):
                self._session._keep_cookie_place(domain, path)

    @contextmanager
    def _own(self) -> Iterator[None]:
        """What the block does to the dicts is this jar's own doing."""
        before, self.__dict__["_busy"] = self._busy, True
        try:
            yield
        finally:
            self.__dict__["_busy"] = before

    def _note_rows(self) -> None:
        with self._own():
            self._rows = {
                id(cookie): (cookie, _to_row(cookie), _to_row(cookie))
                for cookie in super().__iter__()
            }

    @property
    def _cookies(self) -> dict[str, Any]:
        """The dicts by domain, path and name, for those who reach for them."""
        if not self._busy:
            self._refresh()
        return self.__dict__["_cookies"]

    @_cookies.setter
    def _cookies(self, cookies: dict[str, Any]) -> None:
        if self._session is not None and not self._busy:
            self._refresh()  # what these are put in place of goes
            self._session._reconfigure()
        self.__dict__["_cookies"] = cookies

    def _serve(self, session: NativeSession | FastHttpSession) -> None:
        self._session = session
        with self._own():
            self._begin_anew()
            for cookie in list(super().__iter__()):
                self._hand_on(cookie)
        self._note_rows()
        self._seen = session._cookie_version()

    def _leave(self, session: NativeSession | FastHttpSession) -> None:
        """Keeps the cookies as they are now, for itself."""
        if self._session is session:
            self._refresh()
            self._session, self._seen, self._rows = None, -1, {}

    def _hand_on(self, cookie: Cookie) -> None:
        assert self._session is not None
        self._session._set_cookie(*_to_row(cookie))

    def set_policy(self, policy: Any) -> None:
        super().set_policy(policy)
        session = self._session
        if session is not None and not _usual_policy(self):
            self._leave(session)
            session._forget_cookies(False)
            session._reconfigure()  # a jar that serves nobody

    def _refresh(self) -> None:
        if self._session is None:
            return
        self._hand_on_changed_cookies()
        version = self._session._cookie_version()
        if version == self._seen:
            return
        self._seen = version
        before = {
            _key(core): cookie
            for cookie, face, core in self._rows.values()
            if _to_row(cookie) == face
        }
        unchanged = {id(cookie): core for cookie, _, core in self._rows.values()}
        replaced = {_key(core): vars(cookie) for cookie, _, core in self._rows.values()}
        dicts = self._dicts()
        kept = self.__dict__["_cookies"] = {}
        for domain, path in self._session._cookie_places():
            paths = kept.setdefault(domain, {})
            if path:
                paths[path] = {}
        self._rows = {}
        keep = RequestsCookieJar if isinstance(self._session, Session) else CookieJar
        with self._own():
            for row in self._session._cookie_rows():
                cookie, old = before.get(_key(row)), replaced.pop(_key(row), None)
                if cookie is None or unchanged[id(cookie)] != row:
                    cookie = _from_row(row)
                    self._session._watch_also(vars(cookie), old)
                keep.set_cookie(self, cookie)
                self._rows[id(cookie)] = (cookie, _to_row(cookie), row)
        for gone in (*replaced.values(), *dicts):
            self._session._watch_also(None, gone)
        self.watch_dicts()

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        if self._session is None:
            super().set_cookie(cookie, *args, **kwargs)
            return
        self._refresh()
        with self._own():
            super().set_cookie(cookie, *args, **kwargs)
        self._hand_on(cookie)
        self._note(cookie)
        self._seen = self._session._cookie_version()

    def _note(self, cookie: Cookie) -> None:
        """That the core has this one, which somebody may change in place."""
        assert self._session is not None
        row, replaced = _to_row(cookie), None
        for at, known in self._rows.items():
            if _key(known[2]) == _key(row):
                replaced = vars(self._rows.pop(at)[0])
                break
        self._rows[id(cookie)] = (cookie, row, row)
        self._session._watch_also(vars(cookie), replaced)
        self.watch_dicts()

    def clear(self, domain: Any = None, path: Any = None, name: Any = None) -> None:
        if self._session is None:
            super().clear(domain, path, name)
            return
        self._refresh()
        with self._own():
            super().clear(domain, path, name)
            self._begin_anew()
            for cookie in list(super().__iter__()):
                self._hand_on(cookie)
        self._note_rows()
        self._seen = self._session._cookie_version()

    def clear_expired_cookies(self) -> None:
        if self._session is None:
            super().clear_expired_cookies()
            return
        self._hand_on_changed_cookies()
        self._session._forget_cookies(True)

    # RequestsCookieJar says that it is a mapping of names, and is none.
    def __iter__(self) -> Iterator[Cookie]:  # type: ignore[override]  # as in any CookieJar
        self._refresh()
        with self._own():
            return super().__iter__()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _cookies_for_request(self, request: Any) -> Any:
        self._refresh()
        return super()._cookies_for_request(request)  # type: ignore[misc]  # no stub has it

    def copy(self) -> RequestsCookieJar:
        plain = RequestsCookieJar()
        plain.set_policy(self.get_policy())
        plain.update(self)
        return plain

    def __getstate__(self) -> dict[str, Any]:
        self._refresh()
        state = super().__getstate__()
        state.pop("_session", None)
        state.pop("_seen", None)
        state.pop("_rows", None)
        state.pop("_busy", None)
        return state


def _usual_policy(jar: CookieJar) -> bool:
    """Whether the jar takes and gives what the core's does."""
    policy: Any = jar._policy  # type: ignore[attr-defined]  # no stub has it
    return type(policy) is DefaultCookiePolicy and all(
        value == _USUAL.get(name) for name, value in vars(policy).items() if name != "_now"
    )


_USUAL = vars(DefaultCookiePolicy())


def _key(row: CookieRow) -> tuple[str, str, str]:
    return row[2], row[3], row[0]


def _from_row(row: CookieRow) -> Cookie:
    name, value, domain, path, expires, host_only, secure, http_only, initial_dot = row
    return Cookie(
        version=0, name=name, value=value, port=None, port_specified=False, domain=domain,
        domain_specified=not host_only, domain_initial_dot=initial_dot, path=path,
        path_specified=bool(path), secure=secure, expires=None if expires is None else int(expires),
        discard=expires is None, comment=None, comment_url=None,
        rest={"HttpOnly": None} if http_only else {},  # type: ignore[dict-item]  # as it parses it
    )  # fmt: skip


def _to_row(cookie: Cookie) -> CookieRow:
    value = None if cookie.value is None else str(cookie.value)
    return (
        str(cookie.name), value, cookie.domain or "", cookie.path or "/",
        None if cookie.expires is None else float(cookie.expires), not cookie.domain_specified,
        bool(cookie.secure), any(key.lower() == "httponly" for key in getattr(cookie, "_rest", {})),
        bool(cookie.domain_initial_dot),
    )  # fmt: skip


def jar_with(cookies: Any, extra: Any) -> RequestsCookieJar:
    """A session's cookies and those of one request."""
    jar = RequestsCookieJar()
    merge_cookies(jar, cookies)
    if extra:
        merge_cookies(jar, extra if isinstance(extra, CookieJar) else cookiejar_from_dict(extra))
    return jar


def cookie_line(url: str, headers: Any, jar: Any) -> bytes:
    """The Cookie field of a request, put among its headers too; nothing if the jar has none."""
    request = PreparedRequest()
    request.url, request.headers = url, headers
    cookie = get_cookie_header(jar, request)
    if cookie is None:
        return b""
    headers["Cookie"] = cookie
    return field_lines([("Cookie", cookie)])


_core.set_cookie_classes(
    cookie=Cookie, jar=CookieJar, jar_of_requests=RequestsCookieJar, face=SessionCookieJar
)
