"""Vectors in Milvus by pymilvus.

    class Searcher(MilvusUser):
        def __init__(self, environment):
            super().__init__(environment, uri=environment.host, collection_name="products")

        @task
        def find_similar(self):
            self.search(data=[[0.1, 0.2]], anns_field="vector", limit=5)

What a method returns says how the call went: {"success": ..., "response_time": ...} and "result",
or "exception"; "empty" where something was looked for. An empty result is no failure.

A search with `calculate_recall=True` and the ids that should be found, `ground_truth`, has a second
row, "recall", whose response times are percent.

Importing this has gRPC wait by gevent. Needs `pip install 'locustella[milvus]'`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gevent.monkey import patch_all

from ..user.users import User
from .drivers import driver_of
from .timed_call import fire_outcome, timed

patch_all()
with driver_of("milvus"):
    from grpc.experimental.gevent import init_gevent

    init_gevent()  # before a channel is opened
    from pymilvus import CollectionSchema, MilvusClient
    from pymilvus.milvus_client import IndexParams

if TYPE_CHECKING:
    from ..env import Environment

_Outcome = dict[str, Any]


class BaseClient(ABC):
    """What a MilvusUser asks of its client. All but the first two return outcomes."""

    @abstractmethod
    def close(self) -> None:
        """Closes the connection."""

    @abstractmethod
    def create_collection(self, schema: Any, index_params: Any, **kwargs: Any) -> None:
        """Makes the collection."""

    @abstractmethod
    def insert(self, data: Any) -> _Outcome:
        """Puts rows into the collection."""

    @abstractmethod
    def upsert(self, data: Any) -> _Outcome:
        """Puts rows into the collection, in the place of those with the same keys."""

    @abstractmethod
    def search(
        self, data: Any, anns_field: str, limit: int, filter: str = "", search_params: Any = None,
        output_fields: list[str] | None = None, calculate_recall: bool = False,
        ground_truth: Any = None,
    ) -> _Outcome:  # fmt: skip
        """The rows that are next to each vector of `data`."""

    @abstractmethod
    def hybrid_search(
        self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None
    ) -> _Outcome:
        """Several searches at once, whose results the ranker puts in one order."""

    @abstractmethod
    def query(self, filter: str, output_fields: list[str] | None = None) -> _Outcome:
        """The rows that fit the filter."""

    @abstractmethod
    def delete(self, filter: str) -> _Outcome:
        """Deletes the rows that fit the filter."""


def _fields(output_fields: list[str] | None) -> list[str]:
    return ["id"] if output_fields is None else output_fields


def _finds_nothing(results: Any) -> bool:
    return not any(len(hits) for hits in results)


class MilvusV2Client(BaseClient):
    """A MilvusClient, `client`, and one collection. It times the calls and records nothing."""

    def __init__(
        self, uri: str, collection_name: str, token: str = "root:Milvus", db_name: str = "default",
        timeout: float = 60,
    ) -> None:  # fmt: skip
        self.uri = uri
        self.collection_name = collection_name
        self.token = token
        self.db_name = db_name
        self.timeout = timeout
        self.client = MilvusClient(uri=uri, token=token, db_name=db_name, timeout=timeout)

    def _timed(
        self, method: Callable[..., Any], is_empty: Callable[[Any], bool] | None = None,
        **arguments: Any,
    ) -> _Outcome:  # fmt: skip
        call = timed(lambda: method(collection_name=self.collection_name, **arguments))
        return call.as_outcome(is_empty)

    def close(self) -> None:
        self.client.close()

    def create_collection(self, schema: Any, index_params: Any, **kwargs: Any) -> None:
        self.client.create_collection(
            collection_name=self.collection_name, schema=schema, index_params=index_params, **kwargs
        )

    def insert(self, data: Any) -> _Outcome:
        return self._timed(self.client.insert, data=data)

    def upsert(self, data: Any) -> _Outcome:
        return self._timed(self.client.upsert, data=data)

    def search(
        self, data: Any, anns_field: str, limit: int, filter: str = "", search_params: Any = None,
        output_fields: list[str] | None = None, calculate_recall: bool = False,
        ground_truth: Any = None,
    ) -> _Outcome:  # fmt: skip
        outcome = self._timed(
            self.client.search, _finds_nothing, data=data, anns_field=anns_field, filter=filter,
            limit=limit, search_params=search_params, output_fields=_fields(output_fields),
        )  # fmt: skip
        if calculate_recall and ground_truth is not None and outcome["success"]:
            outcome["recall"] = self.get_recall(outcome["result"], ground_truth, limit)
        return outcome

    def hybrid_search(
        self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None
    ) -> _Outcome:
        return self._timed(
            self.client.hybrid_search, _finds_nothing, reqs=reqs, ranker=ranker, limit=limit,
            output_fields=_fields(output_fields), timeout=self.timeout,
        )  # fmt: skip

    @staticmethod
    def get_recall(search_results: Any, ground_truth: Any, limit: int | None = None) -> float:
        """How many of the first `limit` ids of the truth the first query has found, from 0 to 1.

        0 as well where that cannot be told: the truth has fewer ids, or the result is of no known
        form.
        """
        hits = search_results if isinstance(search_results, list) else []
        if hits and isinstance(hits[0], list):
            hits = hits[0]
        found = [hit.get("id") for hit in hits if hasattr(hit, "get")]
        wanted = len(found) if limit is None else limit
        try:
            truth = set(ground_truth[:wanted])
            known = truth and len(ground_truth) >= wanted
            return len(truth.intersection(found)) / len(truth) if known else 0.0
        except TypeError:  # no ids
            return 0.0

    def query(self, filter: str, output_fields: list[str] | None = None) -> _Outcome:
        return self._timed(
            self.client.query, lambda rows: len(rows) == 0, filter=filter,
            output_fields=_fields(output_fields),
        )  # fmt: skip

    def delete(self, filter: str) -> _Outcome:
        return self._timed(self.client.delete, filter=filter)


class MilvusUser(User):
    """A user that records what it does by its `client`, a MilvusV2Client.

    With a `schema` it makes the collection first; more arguments are those of MilvusClient's
    `create_collection`.
    """

    abstract = True

    def __init__(
        self, environment: Environment, uri: str = "http://localhost:19530",
        token: str = "root:Milvus", collection_name: str = "test_collection",
        db_name: str = "default", timeout: int = 60, schema: CollectionSchema | None = None,
        index_params: IndexParams | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(environment)
        for name, value in (("uri", uri), ("collection_name", collection_name)):
            if value is None:
                raise ValueError(f"{name!r} must be provided for MilvusUser")
        self.client_type = "milvus"
        self.client = MilvusV2Client(
            uri=uri, token=token, collection_name=collection_name, db_name=db_name, timeout=timeout
        )
        if schema is not None:
            self.client.create_collection(schema=schema, index_params=index_params, **kwargs)

    def _fire_event(self, request_type: str, name: str, result: _Outcome) -> None:
        fire_outcome(self.environment.events.request, request_type, name, result)

    def _fire_recall_event(self, request_type: str, name: str, result: _Outcome) -> None:
        as_time = result | {"response_time": result.get("recall", 0.0) * 100}
        fire_outcome(self.environment.events.request, request_type, name, as_time)

    def _recorded(self, name: str, result: _Outcome) -> _Outcome:
        self._fire_event(self.client_type, name, result)
        return result

    def insert(self, data: Any) -> _Outcome:
        """Puts rows into the collection."""
        return self._recorded("insert", self.client.insert(data))

    def upsert(self, data: Any) -> _Outcome:
        """Puts rows into the collection, in the place of those with the same keys."""
        return self._recorded("upsert", self.client.upsert(data))

    def search(
        self, data: Any, anns_field: str, limit: int, filter: str = "", search_params: Any = None,
        output_fields: list[str] | None = None, calculate_recall: bool = False,
        ground_truth: Any = None,
    ) -> _Outcome:  # fmt: skip
        """The rows that are next to each vector of `data`."""
        result = self.client.search(
            data, anns_field, limit, filter=filter, search_params=search_params,
            output_fields=output_fields, calculate_recall=calculate_recall,
            ground_truth=ground_truth,
        )  # fmt: skip
        self._recorded("search", result)
        if calculate_recall and "recall" in result:
            self._fire_recall_event(self.client_type, "recall", result)
        return result

    def hybrid_search(
        self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None
    ) -> _Outcome:
        """Several searches at once, whose results the ranker puts in one order."""
        result = self.client.hybrid_search(reqs, ranker, limit, output_fields)
        return self._recorded("hybrid_search", result)

    def query(self, filter: str, output_fields: list[str] | None = None) -> _Outcome:
        """The rows that fit the filter."""
        result = self.client.query(filter=filter, output_fields=output_fields)
        return self._recorded("query", result)

    def delete(self, filter: str) -> _Outcome:
        """Deletes the rows that fit the filter."""
        return self._recorded("delete", self.client.delete(filter))

    def on_stop(self) -> None:
        """Closes the client."""
        self.client.close()
