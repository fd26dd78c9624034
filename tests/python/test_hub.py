"""The native reactor under gevent's hub: who may wait, and how a wait ends."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from functools import partial

import gevent
import gevent.event
import greenlet
import pytest

from locustella import _core
from locustella.http.session.session import NativeSession


def run_script(text: str) -> str:
    """What a script prints in an interpreter of its own; it must end by itself and well."""
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, timeout=30
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


class TestPause:
    def test_sleeps_at_least_that_long(self):
        began = time.monotonic()
        _core.pause(0.02)
        assert time.monotonic() - began >= 0.02

    def test_shorter_pauses_end_first(self):
        order = []

        def nap(seconds):
            _core.pause(seconds)
            order.append(seconds)

        gevent.joinall([gevent.spawn(nap, s) for s in (0.03, 0.01, 0.02)], raise_error=True)
        assert order == [0.01, 0.02, 0.03]

    def test_kill_and_timeout_end_it(self):
        sleeper = gevent.spawn(_core.pause, 3600)
        gevent.sleep(0.01)
        sleeper.kill()
        assert sleeper.dead
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            _core.pause(3600)

    def test_other_greenlets_run_meanwhile(self):
        ticks = []

        def tick():
            while True:
                ticks.append(1)
                gevent.sleep(0.001)

        ticker = gevent.spawn(tick)
        _core.pause(0.05)
        ticker.kill()
        assert len(ticks) > 3

    @pytest.mark.parametrize("seconds", [0, -1, float("nan")])
    def test_no_time_is_a_yield(self, seconds):
        order = []
        other = gevent.spawn(order.append, "other")
        _core.pause(seconds)
        order.append("this")
        assert order == ["other", "this"]
        other.join()

    def test_not_a_number(self):
        with pytest.raises(TypeError):
            _core.pause("soon")


class TestTheSameTurn:
    """Several greenlets whose waits end in one turn of the reactor."""

    @staticmethod
    def late(*tasks):
        """Runs the tasks in greenlets whose pauses have all ended by the time anybody looks."""

        def begin(task):
            _core.pause(0.001)
            task()

        greenlets = [gevent.spawn(begin, task) for task in tasks]
        gevent.sleep(0)
        ends = time.monotonic() + 0.005
        while time.monotonic() < ends:
            pass
        return greenlets

    def test_each_hands_over_to_the_next_without_the_hub(self):
        hub = gevent.get_hub()
        switches = []
        greenlets = self.late(*[lambda: _core.pause(0.01)] * 3)
        before = greenlet.settrace(lambda event, pair: switches.append(pair))
        try:
            gevent.joinall(greenlets)
        finally:
            greenlet.settrace(before)
        a, b, c = greenlets
        at = switches.index((hub, a))
        assert switches[at : at + 4] == [(hub, a), (a, b), (b, c), (c, hub)]

    def test_one_that_ends_or_sleeps_leaves_the_next_to_the_turn(self):
        order = []

        def sleeps():
            order.append("sleeps")
            paused.wait()
            order.append("slept")

        def pauses():
            order.append("pauses")
            _core.pause(0.01)
            order.append("paused")
            paused.set()

        paused = gevent.event.Event()

        last = partial(order.append, "last")
        gevent.joinall(self.late(partial(order.append, "ends"), sleeps, pauses, last))
        assert order == ["ends", "sleeps", "pauses", "last", "paused", "slept"]

    def test_one_that_is_thrown_into_meanwhile_is_passed_over(self):
        ends = []

        def throw():  # what is thrown into ends, and leaves the thread to the hub
            gevent.get_hub().loop.run_callback(greenlets[0].switch)
            greenlet.greenlet.throw(greenlets[1], KeyError, "thrown")

        def pause():
            _core.pause(0.01)
            ends.append("paused")

        greenlets = self.late(lambda: (throw(), pause()), pause, pause)
        gevent.joinall(greenlets)
        assert ends == ["paused", "paused"]
        assert isinstance(greenlets[1].exception, KeyError)

    @pytest.mark.filterwarnings("ignore:Exception ignored")
    def test_an_exception_of_a_plain_greenlet_goes_to_its_parent(self):
        """As the hub's, where it is told and ends nothing."""
        ends = []

        def fails():
            _core.pause(0.001)
            raise KeyError("unheard")

        def pause():
            _core.pause(0.01)
            ends.append("paused")

        plain = greenlet.greenlet(fails, gevent.get_hub())
        gevent.get_hub().loop.run_callback(plain.switch)
        greenlets = self.late(pause, pause)
        gevent.joinall(greenlets)
        assert ends == ["paused", "paused"] and plain.dead


class TestTheLoop:
    # These two in an interpreter of their own: here gevent also watches the demo target's process.

    def test_a_deadlock_is_still_noticed(self):
        assert run_script(
            """
            import locustella, gevent.event
            from gevent.exceptions import LoopExit
            from locustella import _core
            _core.attach_hub()
            try:
                gevent.event.Event().wait()
            except LoopExit:
                print("noticed")
            """
        ) == "noticed"

    def test_waiting_for_everything_ends(self, shop):
        assert run_script(
            f"""
            import gevent
            from locustella.http.session.session import NativeSession
            session = NativeSession({shop!r})
            requests = [gevent.spawn(session.get, "/delay/20") for _ in range(5)]
            gevent.wait()
            print([request.value.status_code for request in requests])
            """
        ) == "[200, 200, 200, 200, 200]"

    def test_the_hub_itself_cannot_wait(self, shop):
        session = NativeSession(shop)
        problems = []

        def callback():
            try:
                session.get("/")
            except AssertionError as error:
                problems.append(str(error))

        gevent.get_hub().loop.run_callback(callback)
        gevent.sleep(0.01)
        assert len(problems) == 1 and "event loop" in problems[0]
        session.close()

    def test_a_stray_switch_is_no_answer(self, shop):
        session = NativeSession(shop)
        request = gevent.spawn(session.get, "/delay/50")
        gevent.sleep(0.01)
        gevent.get_hub().loop.run_callback(request.switch)
        assert request.get().status_code == 200
        session.close()


class TestThreads:
    def test_a_session_belongs_to_its_thread(self, shop):
        session = NativeSession(shop)
        session.get("/")
        problems = []

        def elsewhere():
            try:
                session.get("/")
            except RuntimeError as error:
                problems.append(str(error))

        gevent.get_hub().threadpool.apply(elsewhere)
        assert "thread" in problems[0]
        session.close()

    def test_each_thread_has_a_reactor(self, shop):
        def elsewhere():
            session = NativeSession(shop)
            try:
                return session.get("/products/3").json()["id"], threading.get_ident()
            finally:
                session.close()

        number, thread = gevent.get_hub().threadpool.apply(elsewhere)
        assert number == 3 and thread != threading.get_ident()


def test_threads_that_used_a_session_give_their_descriptors_back(shop):
    """But for the two that gevent's own hub of a thread keeps, as it does in stock."""
    script = f"""
        import _thread, os, time
        from locustella import _core
        from locustella.http.session.session import NativeSession

        from gevent.monkey import get_original

        start_thread = get_original("_thread", "start_new_thread")
        open_now = lambda: len(os.listdir("/proc/self/fd"))
        kept = []

        def use(done):
            session = NativeSession("{shop}")
            assert session.get("/products/3").status_code == 200
            if kept:
                session.close()
            kept.append(session)  # outlives its thread, the first with its connection
            done.append(1)

        def run_one():
            threads, done = _thread._count(), []
            start_thread(use, (done,))
            while not done or _thread._count() > threads:
                time.sleep(0.001)

        run_one()
        before = open_now()
        for _ in range(5):
            run_one()
        grown = open_now() - before
        try:
            kept[0].get("/")
        except RuntimeError as error:
            print(grown, "thread" in str(error))
        kept.clear()
    """
    grown, told = run_script(script).split()
    assert int(grown) <= 5 * 2
    assert told == "True"


def test_a_forked_child_has_a_reactor_of_its_own(shop):
    assert run_script(
        f"""
        import os
        import gevent
        from locustella.http.session.session import NativeSession
        session = NativeSession({shop!r})
        session.get("/")
        reader, writer = os.pipe()
        child = gevent.os.fork()
        if child == 0:
            own = NativeSession({shop!r})
            os.write(writer, str(own.get("/products/5").json()["id"]).encode())
            os._exit(0)
        os.waitpid(child, 0)
        print(os.read(reader, 10).decode(), session.get("/products/6").json()["id"])
        """
    ) == "5 6"


def test_what_is_under_way_when_a_process_forks_is_not_the_childs(shop):
    assert run_script(
        f"""
        import os
        import gevent
        from locustella import _core
        from locustella.http.session.session import NativeSession
        waiting = gevent.spawn(NativeSession({shop!r}).get, "/delay/300")
        gevent.sleep(0)
        while not _core.waiting_requests()[0]:
            gevent.sleep(0)
        reader, writer = os.pipe()
        child = gevent.os.fork()
        if child == 0:
            NativeSession({shop!r}).get("/")
            os.write(writer, str(_core.waiting_requests()).encode())
            os._exit(0)
        os.waitpid(child, 0)
        print(os.read(reader, 20).decode(), _core.waiting_requests()[0], waiting.get().status_code)
        """
    ) == "(0, 0.0) 1 200"


def test_an_upload_whose_pieces_fork_is_the_parents(shop):
    assert run_script(
        f"""
        import os
        import gevent
        from locustella.http.session.session import NativeSession
        session = NativeSession({shop!r})
        children = []
        def pieces():
            yield b"one "
            children.append(gevent.os.fork())
            yield b"two "
            yield b"three"
        try:
            answer = session.post("/echo", data=pieces())
        except RuntimeError as error:
            told = children == [0] and "it is the parent's" in str(error)
            works = session.get("/").status_code == 200
            os._exit(0 if told and works else 1)
        print(os.waitpid(children[0], 0)[1], answer.json()["body"])
        """
    ) == "0 one two three"


def test_a_hub_that_could_not_be_attached_leaves_no_watcher_behind(shop):
    assert run_script(
        f"""
        import types
        import gevent
        from locustella import _core
        from locustella.http.session.session import NativeSession

        class Watcher:
            def __init__(self, real):
                self.__dict__["real"] = real
            def start(self, *callback):
                self.real.start(*callback)
            def __setattr__(self, name, value):
                raise MemoryError(name)

        watchers = []
        def io(*arguments):
            watchers.append(Watcher(loop.io(*arguments)))
            return watchers[-1]

        get_hub, loop = gevent.get_hub, gevent.get_hub().loop
        gevent.get_hub = lambda: types.SimpleNamespace(loop=types.SimpleNamespace(io=io))
        try:
            _core.attach_hub()
        except MemoryError as error:
            print(error)
        gevent.get_hub = get_hub
        print(watchers[0].real.active, NativeSession({shop!r}).get("/").status_code)
        """
    ) == "ref\nFalse 200"


def test_a_process_may_fork_while_another_thread_has_a_hub(shop):
    """And a thread of the resolver's. In the child there is neither, and nobody to wait for."""
    by_name = shop.replace("127.0.0.1", "localhost")
    assert run_script(
        f"""
        import os, signal
        import gevent
        from locustella.http.session.session import NativeSession
        kept = []

        def elsewhere():
            kept.append(NativeSession({by_name!r}))
            return kept[0].get("/").status_code

        answered = gevent.get_hub().threadpool.apply(elsewhere)
        child = gevent.os.fork()
        if child == 0:
            signal.alarm(20)
            os._exit(NativeSession({by_name!r}).get("/").status_code - 200)
        print(answered, os.waitpid(child, 0)[1])
        """
    ) == "200 0"


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)"])
@pytest.mark.parametrize("pool", ["None", "_core.Pool(most_at_once=5, most_idle=5, most_places=0)"])
def test_a_child_that_drops_its_parents_sessions_leaves_their_connections_alone(shop, pool, ending):
    """One waits for its answer, one has read half a stream. No socket of the parent's may be told
    to close with a reset, which the child could do as well: they share it.
    """
    assert run_script(
        f"""
        import gc, os, socket, sys
        import gevent
        from locustella import _core
        from locustella.http.session.session import NativeSession

        class Session(NativeSession):
            _pool = {pool}

        def begin():
            waits, reads = Session({shop!r}), Session({shop!r})
            answer = reads.get("/events?count=3&interval_ms=100", stream=True)
            pieces = answer.iter_content(1)
            next(pieces)
            return [waits, gevent.spawn(waits.get, "/delay/300"), reads, answer, pieces]

        def resets():
            found = 0
            for name in os.listdir("/proc/self/fd"):
                try:
                    shared = socket.socket(fileno=os.dup(int(name)))
                except OSError:  # the directory's, and what is no socket
                    continue
                option = shared.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
                found += option[0] != 0
                shared.close()
            return found

        kept = begin()
        while not _core.waiting_requests()[0]:
            gevent.sleep(0)
        gevent.sleep(0.02)
        child = gevent.os.fork()
        if child == 0:
            kept[1].kill()
            kept.clear()
            gc.collect()
            assert Session({shop!r}).get("/").status_code == 200
            {ending}
        status = os.waitpid(child, 0)[1]
        waits, waiting, reads, answer, pieces = kept
        print(status, resets(), waiting.get().status_code, len(b"".join(pieces)) > 10)
        opened = _core.connection_counts()["opened"]
        print(waits.get("/").status_code, reads.get("/").status_code)
        print(_core.connection_counts()["opened"] - opened)
        """
    ) == "0 0 200 True\n200 200\n0"
