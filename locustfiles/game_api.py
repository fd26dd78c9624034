"""A game's API: three load tests of one service, picked by name.

    locustella demo-target --port 8080
    locustella -f game_api.py Signups --headless -u 50 -r 50 -t 10s -H http://127.0.0.1:8080
    locustella -f game_api.py ViralLoad --headless -u 200 -r 50 -t 10s -H http://127.0.0.1:8080
    locustella -f game_api.py TypicalLoad --headless -u 200 -r 50 -t 10s -H http://127.0.0.1:8080

Registering is the most expensive call of such a service, so `Signups` does nothing else and never
waits. The other two wait after each task, and `TypicalLoad` is made of nested task sets. Whether
the service is slow or the generator is short of CPU is told by the generator's table below the
results.

What the game calls games, plays and flags are products, carts and accounts of the demo target's
shop. Stock Locust runs the same file.
"""

import random

from locust import HttpUser, TaskSet, between, task

GAMES = range(1, 61)
HOT = (7, 8, 9)  # what everybody looks at while a game goes viral


def register(client):
    """A new player, logged in: the service answers with a redirect and a session cookie."""
    client.cookies.clear()
    player = {"username": f"player-{random.randrange(10**9)}", "password": "secret"}
    with client.post("/login", data=player, name="register", catch_response=True) as response:
        if not (response.url or "").endswith("/account"):
            response.failure("the registration did not lead to the account")


def play(client, game):
    client.post("/cart", json={"product_id": game, "quantity": 1}, name="play")


class Signups(HttpUser):
    """As many registrations as the service can take."""

    @task
    def sign_up(self):
        register(self.client)


class ViralLoad(HttpUser):
    """Few pages, asked for by everybody at once, and a play or a flag on some of them."""

    wait_time = between(0.05, 0.2)

    @task(10)
    def look(self):
        self.client.get(f"/products/{random.choice(HOT)}", name="/products/{hot}")

    @task(3)
    def play(self):
        play(self.client, random.choice(HOT))

    @task(1)
    def flag(self):
        body = {"game": random.choice(HOT), "reason": "spam " * 200}
        self.client.post("/echo", json=body, name="flag")


class TypicalLoad(HttpUser):
    """Players come, play, save and go: a mix by weights."""

    wait_time = between(0.1, 0.4)

    def on_start(self):
        register(self.client)

    @task(1)
    def come_back_as_somebody_else(self):
        register(self.client)

    @task(8)
    class Playing(TaskSet):
        def on_start(self):
            self.game = random.choice(GAMES)
            self.client.get(f"/products/{self.game}", name="/products/{id}")

        @task(4)
        def play(self):
            play(self.client, self.game)

        @task(2)
        class Saving(TaskSet):
            @task
            def save(self):
                self.client.put("/echo", json={"game": self.parent.game, "level": 3}, name="save")
                self.client.get("/cart", name="saved games")
                self.interrupt()

        @task(1)
        def enough(self):
            self.interrupt(reschedule=False)

    @task(4)
    def fetch_assets(self):
        for size in (2_000, 20_000):
            self.client.get(f"/bytes/{size}", name="asset")
