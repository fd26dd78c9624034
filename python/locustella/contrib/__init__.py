"""Clients beyond the plain HTTP one, under the module names that Locust gives them."""

from typing import TYPE_CHECKING

from ..process.names_on_demand import names_on_demand

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"fasthttp": ".contrib.fasthttp:"})
