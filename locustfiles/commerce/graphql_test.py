"""The shop's GraphQL: every operation has a line of its own; an answer with `errors` has failed.

    locustella demo-target --port 8080
    locustella -f commerce/graphql_test.py --headless -u 50 -r 5 -t 2h -H http://127.0.0.1:8080

All operations go to one address, so the entries are named by operation, with QUERY or MUTATION as
their type. GraphQL answers 200 where an operation fails, so the file looks into the answer. A query
that is nested deeper than GRAPHQL_DEPTH (6) is not sent: that is a slip of the file's, and it would
ask the service for a product of lists.

GRAPHQL_PATH says where the service is; the demo target has none, and its /echo, the default,
answers with JSON that has no `errors`. Stock Locust runs the same file.
"""

import os
import random

import _datadog  # noqa: F401
import _limits  # noqa: F401
from locust import HttpUser, between, task

PATH = os.environ.get("GRAPHQL_PATH", "/echo")
DEEPEST = int(os.environ.get("GRAPHQL_DEPTH", "6"))
PRODUCTS = range(1, 61)

PRODUCT = "query Product($id: ID!) { product(id: $id) { name price reviews(first: 3) { text } } }"
CATALOGUE = "query Catalogue($first: Int!) { products(first: $first) { nodes { id name price } } }"
ADD_TO_CART = (
    "mutation AddToCart($id: ID!) { addToCart(id: $id) { cart { lines { product { id } } } } }"
)


def depth(document):
    """How many selections lie within one another."""
    deepest = level = 0
    for character in document:
        level += (character == "{") - (character == "}")
        deepest = max(deepest, level)
    return deepest


class GraphQlShopper(HttpUser):
    wait_time = between(0.5, 2)

    def operate(self, document, **variables):
        """Sends one operation and returns its data; None if it failed."""
        kind, name = document.split("(")[0].split()
        if depth(document) > DEEPEST:
            raise ValueError(f"{name} is nested {depth(document)} deep, {DEEPEST} are allowed")
        with self.client.post(
            PATH,
            json={"operationName": name, "query": document, "variables": variables},
            name=name,
            catch_response=True,
        ) as response:
            response.request_meta["request_type"] = kind.upper()
            if not response.ok:
                return None
            try:
                answer = response.json()
            except ValueError:
                response.failure("the answer is no JSON")
                return None
            if answer.get("errors"):
                response.failure(f"GraphQL: {answer['errors'][0].get('message')}")
                return None
            return answer.get("data")

    @task(4)
    def look(self):
        self.operate(CATALOGUE, first=20)
        self.operate(PRODUCT, id=random.choice(PRODUCTS))

    @task(1)
    def buy(self):
        self.operate(ADD_TO_CART, id=random.choice(PRODUCTS))
