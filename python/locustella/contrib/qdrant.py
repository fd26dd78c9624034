"""Vectors in Qdrant by qdrant-client.

    class Searcher(QdrantUser):
        collection_name = "products"
        vectors_config = VectorParams(size=128, distance=Distance.COSINE)  # made if it is not there

        @task
        def find_similar(self):
            self.search(query=[random.random() for _ in range(128)], limit=5)

What a method returns says how the call went: {"success": ..., "response_time": ...} and "result",
or "exception"; "empty" where something was looked for. An empty result is no failure.

Needs `pip install 'locustella[qdrant]'`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..user.users import User
from .drivers import driver_of
from .timed_call import fire_outcome, timed

with driver_of("qdrant"):
    from qdrant_client import QdrantClient
    from qdrant_client.models import VectorParams

if TYPE_CHECKING:
    from ..env import Environment


class QdrantLocustClient:
    """A QdrantClient, `client`, and one collection. It times the calls and records nothing."""

    def __init__(
        self, url: str | None, collection_name: str, api_key: str | None = None, timeout: int = 60,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self.url = url
        self.collection_name = collection_name
        self.api_key = api_key
        self.timeout = timeout
        if kwargs.get("prefer_grpc"):  # which else has all users wait while one does
            import_module("grpc.experimental.gevent").init_gevent()
        self.client = QdrantClient(url=url, api_key=api_key, timeout=timeout, **kwargs)

    def close(self) -> None:
        """Closes the client."""
        self.client.close()

    def create_collection(self, vectors_config: Any, **kwargs: Any) -> None:
        """Makes the collection, if it is not there."""
        if not self.client.collection_exists(collection_name=self.collection_name):
            self.client.create_collection(
                collection_name=self.collection_name, vectors_config=vectors_config, **kwargs
            )

    def upsert(self, points: Any) -> dict[str, Any]:
        """Puts points into the collection."""
        return timed(
            lambda: self.client.upsert(collection_name=self.collection_name, points=points)
        ).as_outcome()

    def search(
        self, query: Any, limit: int = 10, query_filter: Any = None, search_params: Any = None,
        with_payload: Any = True,
    ) -> dict[str, Any]:  # fmt: skip
        """The points that are next to `query`, by the client's `query_points`."""
        return timed(
            lambda: self.client.query_points(
                collection_name=self.collection_name, query=query, limit=limit,
                query_filter=query_filter, search_params=search_params, with_payload=with_payload,
            )  # fmt: skip
        ).as_outcome(is_empty=lambda answer: not answer.points)

    def scroll(
        self, scroll_filter: Any = None, limit: int = 10, with_payload: Any = True
    ) -> dict[str, Any]:
        """The first points that fit the filter; "next_offset" says where the next ones begin."""
        call = timed(
            lambda: self.client.scroll(
                collection_name=self.collection_name, scroll_filter=scroll_filter, limit=limit,
                with_payload=with_payload,
            )  # fmt: skip
        )
        if call.exception is not None:
            return call.as_outcome()
        call.result, next_offset = call.result
        return call.as_outcome(is_empty=lambda points: not points) | {"next_offset": next_offset}

    def delete(self, points_selector: Any) -> dict[str, Any]:
        """Deletes points."""
        return timed(
            lambda: self.client.delete(
                collection_name=self.collection_name, points_selector=points_selector
            )
        ).as_outcome()


class QdrantUser(User):
    """A user that records what it does by its `client`, a QdrantLocustClient.

    `client_kwargs` are more arguments of QdrantClient, `collection_kwargs` those of its
    `create_collection`.
    """

    abstract = True

    url: str = "http://localhost:6333"
    api_key: str | None = None
    collection_name: str | None = None
    timeout: int = 60
    vectors_config: VectorParams | None = None
    client_kwargs: dict[str, Any] | None = None
    collection_kwargs: dict[str, Any] | None = None

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if self.collection_name is None:
            raise ValueError("'collection_name' must be provided for QdrantUser")
        self.client_type = "qdrant"
        self.client = QdrantLocustClient(
            url=self.url,
            collection_name=self.collection_name,
            api_key=self.api_key,
            timeout=self.timeout,
            **(self.client_kwargs or {}),
        )
        if self.vectors_config is not None:
            self.client.create_collection(self.vectors_config, **(self.collection_kwargs or {}))

    def _fire_event(self, request_type: str, name: str, result: dict[str, Any]) -> None:
        fire_outcome(self.environment.events.request, request_type, name, result)

    def _recorded(self, name: str, result: dict[str, Any]) -> dict[str, Any]:
        self._fire_event(self.client_type, name, result)
        return result

    def upsert(self, points: Any) -> dict[str, Any]:
        """Puts points into the collection."""
        return self._recorded("upsert", self.client.upsert(points))

    def search(
        self, query: Any, limit: int = 10, query_filter: Any = None, search_params: Any = None,
        with_payload: Any = True,
    ) -> dict[str, Any]:  # fmt: skip
        """The points that are next to `query`."""
        result = self.client.search(
            query=query, limit=limit, query_filter=query_filter, search_params=search_params,
            with_payload=with_payload,
        )  # fmt: skip
        return self._recorded("search", result)

    def scroll(
        self, scroll_filter: Any = None, limit: int = 10, with_payload: Any = True
    ) -> dict[str, Any]:
        """The first points that fit the filter."""
        result = self.client.scroll(
            scroll_filter=scroll_filter, limit=limit, with_payload=with_payload
        )
        return self._recorded("scroll", result)

    def delete(self, points_selector: Any) -> dict[str, Any]:
        """Deletes points."""
        return self._recorded("delete", self.client.delete(points_selector))

    def on_stop(self) -> None:
        """Closes the client."""
        self.client.close()
