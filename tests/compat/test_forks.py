"""A task that forks: the child's requests work, on its own connections; the parent's go on."""

from __future__ import annotations

import pytest


class TestForkedChildren:
    LOCUSTFILE = """
        import os
        import gevent.os
        import gevent.select
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        FORKS = {"os": os.fork, "gevent": gevent.os.fork, "watched": gevent.os.fork_and_watch}

        def in_child(fork, what):
            ours, theirs = os.pipe()
            child = fork()
            if child == 0:
                try:
                    said = repr(what())
                except BaseException as error:
                    said = type(error).__name__
                os.write(theirs, said.encode())
                os._exit(0)
            os.close(theirs)
            gevent.select.select([ours], [], [], 10)
            said = os.read(ours, 1000).decode()
            os.close(ours)
            return said

        def fork(user, how):
            client = user.client
            client.get("/cookies/set?a=1")

            def requests():
                answers = [client.get("/cookies").json()]
                answers.append(client.post("/echo", data={"x": "1"}).status_code)
                with client.get("/json", catch_response=True) as response:
                    answers.append(response.status_code)
                return answers

            before = client.get("/echo").json()["connection"]
            said = in_child(FORKS[how], requests)
            return [said, client.get("/echo").json()["connection"] == before]

        def twice(user):
            def get():
                return user.client.get("/echo").status_code

            said = [in_child(gevent.os.fork, get) for _ in range(2)]
            return [*said, in_child(gevent.os.fork, lambda: in_child(os.fork, get)), get()]

        @scenario
        def steps(user):
            for how in FORKS:
                attempt(user, fork, how)
            attempt(user, twice)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    @pytest.mark.parametrize("how", ["os", "gevent", "watched"])
    def test_child_and_parent(self, run, client, how):
        fact = run.fact(f"{client} fork-{how}")
        assert fact["returned"] == ["[{'a': '1'}, 200, 200]", True]

    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    def test_children_of_children(self, run, client):
        assert run.fact(f"{client} twice")["returned"] == ["200", "200", "'200'", 200]
