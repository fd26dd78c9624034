"""Locust's name for the HTTP client of an HttpUser: http/session/http_session.py."""

from requests import Response
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    HTTPError,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    RequestException,
)

from .exception import CatchResponseError, LocustError, ResponseError
from .http.session.http_session import (
    HttpSession,
    LocustHttpAdapter,
    ResponseContextManager,
    RestResponseContextManager,
    absolute_http_url_regexp,
)
from .http.session.response import first_request
from .http.session.session import NativeSession

__all__ = (
    "CatchResponseError",
    "HTTPAdapter",
    "HTTPError",
    "HttpSession",
    "InvalidSchema",
    "InvalidURL",
    "LocustError",
    "LocustHttpAdapter",
    "MissingSchema",
    "NativeSession",
    "RequestException",
    "Response",
    "ResponseContextManager",
    "ResponseError",
    "RestResponseContextManager",
    "absolute_http_url_regexp",
    "first_request",
)

for _shown in (HttpSession, LocustHttpAdapter, ResponseContextManager, RestResponseContextManager):
    _shown.__module__ = __name__
