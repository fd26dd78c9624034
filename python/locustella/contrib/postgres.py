"""Statements to PostgreSQL by psycopg.

    class Shop(PostgresUser):
        conn_string = "postgresql://shop@127.0.0.1/shop"

        @task
        def count(self):
            self.client.execute_query("SELECT count(*) FROM orders")

The connection is in psycopg's usual mode: the first statement opens a transaction, and after one
that failed the server refuses all others. `self.client.connection.autocommit = True` in `on_start`
makes each statement a transaction of its own.

Needs `pip install 'locustella[postgres]'`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import events
from ..user.users import User
from .drivers import driver_of
from .timed_call import timed

with driver_of("postgres"):
    import psycopg

if TYPE_CHECKING:
    from ..event import EventHook


class PostgresClient:
    """One connection, opened at once.

    It fires `events.request`, or the event of the user that it belongs to.
    """

    _request_event: EventHook = events.request

    def __init__(self, conn_string: str) -> None:
        self.connection = psycopg.connect(conn_string)

    def execute_query(self, query: Any) -> None:
        """Executes the statement and records it, in a row of its own if it failed."""
        call = timed(lambda: self.connection.execute(query))
        outcome = "success" if call.exception is None else "failure"
        call.fire(self._request_event, f"postgres_{outcome}", "execute_query")

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()


class PostgresUser(User):
    """A user with a PostgresClient for its `conn_string` as its `client`."""

    abstract = True

    conn_string: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = PostgresClient(conn_string=self.conn_string)
        self.client._request_event = self.environment.events.request

    def on_stop(self) -> None:
        """Closes the connection."""
        self.client.close()
