"""Locust's name for the loading of locustfiles."""

from ..command.locustfile_loader import (
    is_shape_class,
    is_user_class,
    load_locustfile,
    load_locustfile_pytest,
)
from ..shape import LoadTestShape
from ..user.users import PytestUser, User

__all__ = (
    "LoadTestShape",
    "PytestUser",
    "User",
    "is_shape_class",
    "is_user_class",
    "load_locustfile",
    "load_locustfile_pytest",
)
