"""The users for Milvus and Qdrant, whose drivers are heavy: over stand-ins for them.

Each stand-in has what the driver's documentation says of the methods that are called, over a dict.
"""

from __future__ import annotations

import pytest

VECTORS = """
    class Failure(Exception):
        pass

    def check(vector):
        if len(vector) != 2:
            raise Failure(f"expected 2 dimensions, not {len(vector)}")

    def nearest(vectors, query, limit):
        def distance(key):
            return sum((a - b) ** 2 for a, b in zip(vectors[key], query))
        return sorted(vectors, key=distance)[:limit]
"""


GRPC = {
    "grpc/__init__.py": "",
    "grpc/experimental/__init__.py": "",
    "grpc/experimental/gevent.py": """
        from facts import fact

        def init_gevent():
            fact("gRPC waits by gevent")
    """,
}


class TestQdrant:
    HOST = None
    FILES = {
        **GRPC,
        "vectors.py": VECTORS,
        "qdrant_client/__init__.py": """
            from types import SimpleNamespace as Made
            from vectors import check, nearest

            class QdrantClient:
                def __init__(self, location=None, url=None, api_key=None, timeout=None, prefer_grpc=False):
                    self.given = [location, url, api_key, timeout, prefer_grpc]
                    self.collections, self.is_open = {}, True

                def collection_exists(self, collection_name):
                    return collection_name in self.collections

                def create_collection(self, collection_name, vectors_config, shard_number=None):
                    self.made_with = [vectors_config.size, shard_number]
                    self.collections[collection_name] = {}

                def upsert(self, collection_name, points):
                    for point in points:
                        check(point.vector)
                        self.collections[collection_name][point.id] = point.vector
                    return "completed"

                def query_points(self, collection_name, query, query_filter=None, search_params=None,
                                 limit=10, with_payload=True):
                    check(query)
                    self.asked = [query_filter, search_params, limit, with_payload]
                    return Made(points=nearest(self.collections[collection_name], query, limit))

                def scroll(self, collection_name, scroll_filter=None, limit=10, with_payload=True):
                    ids = sorted(self.collections[collection_name])
                    if scroll_filter == "broken":
                        raise ValueError(scroll_filter)
                    return ids[:limit], (ids[limit:] or [None])[0]

                def delete(self, collection_name, points_selector):
                    for key in points_selector:
                        del self.collections[collection_name][key]
                    return "completed"

                def close(self):
                    self.is_open = False
        """,  # noqa: E501
        "qdrant_client/models.py": """
            class PointStruct:
                def __init__(self, id, vector):
                    self.id, self.vector = id, vector

            class VectorParams:
                def __init__(self, size):
                    self.size = size
        """,
    }
    LOCUSTFILE = """
        from facts import error_text, fact, finish, record_requests
        from locust import events, task
        from locust.contrib.qdrant import QdrantLocustClient, QdrantUser
        from qdrant_client.models import PointStruct, VectorParams

        record_requests(events)

        class Unfinished(QdrantUser):
            abstract = True

        class Searcher(QdrantUser):
            url = "http://vectors.test:6333"
            collection_name = "products"
            vectors_config = VectorParams(size=2)
            client_kwargs = {"prefer_grpc": True}
            collection_kwargs = {"shard_number": 3}

            @task
            def work(self):
                driver = self.client.client
                fact("client", [type(self.client) is QdrantLocustClient, self.client_type])
                fact("made with", [driver.given, driver.made_with])
                fact("unfinished", error_text(Unfinished, self.environment))
                self.tell("none yet", self.scroll())
                self.tell("upsert", self.upsert([PointStruct(n, [n, 0]) for n in range(5)]))
                self.tell("search", self.search([3, 0], limit=2, query_filter="f", search_params="p"))
                fact("asked", driver.asked)
                self.tell("scroll", self.scroll(limit=3))
                self.tell("delete", self.delete([1, 2]))
                self.tell("bad search", self.search([1, 2, 3]))
                self.tell("bad upsert", self.upsert([PointStruct(1, [1])]))
                self.tell("bad scroll", self.scroll("broken"))
                self.tell("bad delete", self.delete([99]))
                events.test_stop.add_listener(lambda **_: fact("open", driver.is_open))
                finish(self.environment)

            def tell(self, name, result):
                fact("time", result.pop("response_time"))
                result.pop("start_time", None)  # which Locust does not tell
                fact(name, {k: getattr(v, "points", v) for k, v in result.items()})
    """  # noqa: E501

    def test_events(self, run):
        assert [
            [r["type"], r["name"], r["length"], r["exception_type"]]
            for r in run.facts_named("request")
        ] == [
            ["qdrant", "scroll", 0, None],
            ["qdrant", "upsert", 0, None],
            ["qdrant", "search", 0, None],
            ["qdrant", "scroll", 0, None],
            ["qdrant", "delete", 0, None],
            ["qdrant", "search", 0, "Failure"],
            ["qdrant", "upsert", 0, "Failure"],
            ["qdrant", "scroll", 0, "ValueError"],
            ["qdrant", "delete", 0, "KeyError"],
        ]
        assert all(0 <= r["time"] < 1000 for r in run.facts_named("request"))

    def test_results(self, run):
        assert run.fact("none yet") == {
            "success": False, "empty": True, "result": [], "next_offset": None,
        }  # fmt: skip
        assert run.fact("upsert") == {"success": True, "result": "completed"}
        assert run.fact("search") == {"success": True, "empty": False, "result": [3, 2]}
        assert run.fact("scroll") == {
            "success": True, "empty": False, "result": [0, 1, 2], "next_offset": 3,
        }  # fmt: skip
        assert run.fact("delete") == {"success": True, "result": "completed"}
        for name in ("bad search", "bad upsert", "bad scroll", "bad delete"):
            assert run.fact(name).keys() == {"success", "exception"}
            assert run.fact(name)["success"] is False
        assert all(0 <= ms < 1000 for ms in run.facts_named("time"))

    def test_grpc_waits_by_gevent(self, run, implementation):
        if implementation.name == "stock":
            pytest.skip("Locust has all users wait while one does")
        assert run.facts_named("gRPC waits by gevent")

    def test_the_client(self, run):
        assert run.fact("client") == [True, "qdrant"]
        assert run.fact("made with") == [
            [None, "http://vectors.test:6333", None, 60, True], [2, 3],
        ]  # fmt: skip
        assert run.fact("asked") == ["f", "p", 2, True]
        assert run.fact("unfinished").startswith("ValueError: 'collection_name' must be provided")
        assert run.fact("open") is False


class TestMilvus:
    HOST = None
    FILES = {
        **GRPC,
        "vectors.py": VECTORS,
        "pymilvus/__init__.py": """
            from vectors import check, nearest

            class CollectionSchema:
                pass

            class MilvusClient:
                def __init__(self, uri, token="", db_name="", timeout=None):
                    self.given, self.rows, self.is_open = [uri, token, db_name, timeout], {}, True

                def create_collection(self, collection_name, schema=None, index_params=None, **kwargs):
                    self.made_with = [collection_name, type(schema).__name__, index_params, kwargs]

                def insert(self, collection_name, data):
                    for row in data:
                        check(row["vector"])
                        self.rows[row["id"]] = row["vector"]
                    return {"insert_count": len(data)}

                upsert = insert

                def search(self, collection_name, data, filter="", limit=10, output_fields=None,
                           search_params=None, anns_field=None):
                    self.asked = [collection_name, filter, output_fields, search_params, anns_field]
                    return [[{"id": key, "distance": 0.5} for key in nearest(self.rows, query, limit)]
                            for query in data]

                def hybrid_search(self, collection_name, reqs, ranker, limit=10, output_fields=None,
                                  timeout=None):
                    self.asked = [collection_name, ranker, output_fields, timeout]
                    return self.search(collection_name, reqs, limit=limit)

                def query(self, collection_name, filter="", output_fields=None):
                    self.asked = [collection_name, filter, output_fields]
                    return [{"id": key} for key in self.rows if eval(filter, {"id": key})]

                def delete(self, collection_name, filter=""):
                    gone = [key for key in self.rows if eval(filter, {"id": key})]
                    for key in gone:
                        del self.rows[key]
                    return {"delete_count": len(gone)}

                def close(self):
                    self.is_open = False
        """,  # noqa: E501
        "pymilvus/milvus_client.py": "class IndexParams:\n    pass\n",
    }
    LOCUSTFILE = """
        import inspect
        from facts import error_text, fact, finish, record_requests
        from locust import events, task
        from locust.contrib.milvus import BaseClient, MilvusUser, MilvusV2Client
        from pymilvus import CollectionSchema

        record_requests(events)

        class Searcher(MilvusUser):
            def __init__(self, environment):
                super().__init__(environment, uri="http://vectors.test", collection_name="products",
                                 schema=CollectionSchema(), index_params="index", num_shards=2)

            @task
            def work(self):
                driver = self.client.client
                fact("client", [type(self.client) is MilvusV2Client, isinstance(self.client, BaseClient)])
                fact("abstract", inspect.isabstract(BaseClient))
                fact("made with", [driver.given, driver.made_with])
                fact("unfinished", error_text(MilvusUser, self.environment, uri=None))
                fact("unnamed", error_text(MilvusUser, self.environment, collection_name=None))
                self.tell("none yet", self.search([[1, 0]], "vector", 3))
                self.tell("insert", self.insert([{"id": n, "vector": [n, 0]} for n in range(6)]))
                self.tell("upsert", self.upsert([{"id": 1, "vector": [1, 1]}]))
                self.tell("search", self.search([[3, 0]], "vector", 2, filter="f", search_params={"a": 1},
                                                output_fields=["x"], calculate_recall=True,
                                                ground_truth=[3, 4]))
                fact("asked", driver.asked)
                self.tell("no truth", self.search([[3, 0]], "vector", 2, calculate_recall=True))
                self.tell("little truth", self.search([[3, 0]], "vector", 2, calculate_recall=True,
                                                      ground_truth=[3]))
                self.tell("hybrid", self.hybrid_search([[5, 0]], "ranker", 1))
                self.tell("query", self.query("id < 2"))
                fact("asked", driver.asked)
                self.tell("query of none", self.query("id > 100"))
                self.tell("delete", self.delete("id == 0"))
                self.tell("bad insert", self.insert([{"id": 1, "vector": [1]}]))
                self.tell("bad query", self.query("id ~ 1"))
                recall = MilvusV2Client.get_recall
                hits = [[{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}], [{"id": 9}]]
                fact("recall", [recall(hits, [1, 2, 9, 8, 3]), recall(hits, [1, 2], 2), recall(hits[0], [4, 3, 7, 6]),
                                recall(hits, [1], 2), recall([], []), recall(None, [1]), recall(hits, None)])
                events.test_stop.add_listener(lambda **_: fact("open", driver.is_open))
                finish(self.environment)

            def tell(self, name, result):
                fact("time", result.pop("response_time"))
                result.pop("start_time", None)  # which Locust does not tell
                fact(name, result)
    """  # noqa: E501

    def test_events(self, run):
        assert [
            [r["type"], r["name"], r["length"], r["exception_type"]]
            for r in run.facts_named("request")
        ] == [
            ["milvus", "search", 0, None],
            ["milvus", "insert", 0, None],
            ["milvus", "upsert", 0, None],
            ["milvus", "search", 0, None],
            ["milvus", "recall", 0, None],
            ["milvus", "search", 0, None],
            ["milvus", "search", 0, None],
            ["milvus", "recall", 0, None],
            ["milvus", "hybrid_search", 0, None],
            ["milvus", "query", 0, None],
            ["milvus", "query", 0, None],
            ["milvus", "delete", 0, None],
            ["milvus", "insert", 0, "Failure"],
            ["milvus", "query", 0, "SyntaxError"],
        ]
        recalls = [r["time"] for r in run.facts_named("request") if r["name"] == "recall"]
        assert recalls == [50, 0]

    def test_results(self, run):
        assert run.fact("none yet") == {"success": False, "empty": True, "result": [[]]}
        assert run.fact("insert") == {"success": True, "result": {"insert_count": 6}}
        assert run.fact("upsert") == {"success": True, "result": {"insert_count": 1}}
        found = [[{"id": 3, "distance": 0.5}, {"id": 2, "distance": 0.5}]]
        whole = {"success": True, "empty": False, "result": found}
        assert run.fact("search") == {**whole, "recall": 0.5}
        assert run.fact("no truth") == whole
        assert run.fact("little truth") == {**whole, "recall": 0}
        assert run.fact("hybrid")["result"] == [[{"id": 5, "distance": 0.5}]]
        assert run.fact("query") == {
            "success": True, "empty": False, "result": [{"id": 0}, {"id": 1}],
        }  # fmt: skip
        assert run.fact("query of none") == {"success": False, "empty": True, "result": []}
        assert run.fact("delete") == {"success": True, "result": {"delete_count": 1}}
        for name in ("bad insert", "bad query"):
            assert run.fact(name).keys() == {"success", "exception"}
        assert all(0 <= ms < 1000 for ms in run.facts_named("time"))

    def test_recall(self, run):
        assert run.fact("recall") == [0.5, 1, 0.5, 0, 0, 0, 0]

    def test_the_client(self, run):
        assert run.fact("client") == [True, True] and run.fact("abstract") is True
        assert run.fact("made with") == [
            ["http://vectors.test", "root:Milvus", "default", 60],
            ["products", "CollectionSchema", "index", {"num_shards": 2}],
        ]
        assert run.facts_named("asked") == [
            ["products", "f", ["x"], {"a": 1}, "vector"], ["products", "id < 2", ["id"]],
        ]  # fmt: skip
        assert run.fact("unfinished").startswith("ValueError: 'uri' must be provided")
        assert run.fact("unnamed").startswith("ValueError: 'collection_name' must be provided")
        assert len(run.facts_named("gRPC waits by gevent")) >= 1
        assert run.fact("open") is False
