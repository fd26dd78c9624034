"""Queries to MongoDB by PyMongo.

    class Shop(MongoDBUser):
        conn_string = "mongodb://127.0.0.1:27017"
        db_name = "shop"

        @task
        def find(self):
            self.client.execute_query("products", {"colour": "red"})

Needs `pip install 'locustella[mongodb]'`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import events
from ..user.users import User
from .drivers import driver_of
from .timed_call import timed

with driver_of("mongodb"):
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

if TYPE_CHECKING:
    from ..event import EventHook


class MongoDBClient(MongoClient):
    """A MongoClient with one database, `db`.

    It fires `events.request`, or the event of the user that it belongs to.
    """

    _request_event: EventHook = events.request

    def __init__(self, conn_string: str, db_name: str) -> None:
        super().__init__(conn_string)
        self.db = self[db_name]

    def execute_query(self, collection_name: str, query: Any) -> None:
        """Finds and fetches the documents, and records that. PyMongo's exceptions are recorded."""
        # find() asks for nothing before the first document is wanted
        call = timed(lambda: list(self.db[collection_name].find(query)), PyMongoError)
        call.fire(self._request_event, "MONGODB", "QUERY")


class MongoDBUser(User):
    """A user with a MongoDBClient for its `conn_string` and `db_name` as its `client`."""

    abstract = True

    conn_string: str
    db_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = MongoDBClient(conn_string=self.conn_string, db_name=self.db_name)
        self.client._request_event = self.environment.events.request

    def on_stop(self) -> None:
        """Closes the client."""
        self.client.close()
