"""Locust's name for the users dispatcher: running/users_dispatcher.py."""

import gevent

from .running.users_dispatcher import UsersDispatcher

__all__ = ("UsersDispatcher", "gevent")

UsersDispatcher.__module__ = __name__
