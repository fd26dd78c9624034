"""Clients beyond the plain HTTP one, under the module names that Locust gives them.

    from locust.contrib.mqtt import MqttUser          # needs: pip install 'locustella[mqtt]'

All but `fasthttp` and `csv_request_logger` stand on a driver that somebody else wrote, which has to
be installed: drivers.py says how. The calls of most are timed and recorded by timed_call.py.
"""

from typing import TYPE_CHECKING

from ..process.names_on_demand import names_on_demand

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"fasthttp": ".contrib.fasthttp:"})
