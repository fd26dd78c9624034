"""Locust's name for the users dispatcher: running/users_dispatcher.py."""

from .running.users_dispatcher import UsersDispatcher, weighted_sequence

__all__ = ("UsersDispatcher", "weighted_sequence")

UsersDispatcher.__module__ = __name__
