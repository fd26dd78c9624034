"""Locust's name for the HTTP client of an HttpUser: http/session/http_session.py."""

import time
from typing import TYPE_CHECKING

import requests
from requests import Response
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.compat import basestring
from requests.exceptions import (
    HTTPError,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    RequestException,
)
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import PoolManager

from .exception import CatchResponseError, LocustError, ResponseError
from .http.session.http_session import (
    HttpSession,
    LocustHttpAdapter,
    ResponseContextManager,
    RestResponseContextManager,
    _missing_catch_response,
    absolute_http_url_regexp,
)
from .http.session.response import first_request
from .http.session.session import NativeSession
from .process.names_on_demand import names_on_demand

__all__ = (
    "DEFAULT_CA_BUNDLE_PATH",
    "CatchResponseError",
    "HTTPAdapter",
    "HTTPBasicAuth",
    "HTTPError",
    "HttpSession",
    "InvalidSchema",
    "InvalidURL",
    "LocustError",
    "LocustHttpAdapter",
    "MissingSchema",
    "NativeSession",
    "PoolManager",
    "RequestException",
    "Response",
    "ResponseContextManager",
    "ResponseError",
    "RestResponseContextManager",
    "absolute_http_url_regexp",
    "basestring",
    "first_request",
    "requests",
    "time",
)

for _shown in (HttpSession, LocustHttpAdapter, ResponseContextManager, RestResponseContextManager):
    _shown.__module__ = __name__

_missing_catch_response_True = _missing_catch_response

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"EventHook": ".event"})
