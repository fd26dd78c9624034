"""What logs a request in: the credentials of the call, of its session, of .netrc or of the URL.

    native_auth(("user", "password"), None)         # "Basic dXNlcjpwYXNzd29yZA=="
    native_auth(MyAuth(), None)                     # None: code of the script's has to run
    authorization(session, place, auth=None)        # what goes out, or None

Thread: the session's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests import sessions
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url

from ... import _core
from ..header_fields import basic_auth_value
from ..urls import Place

if TYPE_CHECKING:
    from .session import NativeSession


def native_auth(auth: Any, default: Any) -> str | None:
    """The Authorization value; "" for none, None for what the core cannot do."""
    auth = default if auth is None else auth
    if not auth:
        return ""
    if isinstance(auth, tuple) and len(auth) == 2:
        return basic_auth_value(*auth)
    if type(auth) is HTTPBasicAuth:
        return basic_auth_value(auth.username, auth.password)
    return None


def authorization(session: NativeSession, place: Place, auth: Any) -> str | None:
    """The value that credentials make: of the request or session, .netrc, or the URL."""
    if value := native_auth(auth, session.auth):
        return value
    if session.trust_env and not auth and not session.auth:
        if found := sessions.get_netrc_auth(place.url):
            return basic_auth_value(*found)
        auth = None  # .netrc has had its word
    if "@" in place.url and auth is None and session.auth is None:
        user, password = get_auth_from_url(place.url)
        return basic_auth_value(user, password) if user or password else None
    return None


_core.set_basic_auth_class(HTTPBasicAuth)
