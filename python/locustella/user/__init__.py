"""Users and what they do."""

from typing import TYPE_CHECKING

from ..process.names_on_demand import names_on_demand
from .task import TaskSet, tag, task
from .users import HttpUser, User

__all__ = ("HttpUser", "TaskSet", "User", "tag", "task")

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"inspectuser": ".user.inspectuser:"})
