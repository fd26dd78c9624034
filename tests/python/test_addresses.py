"""How connections come about: --resolve, --dns-ttl, --source-ip, and where the time of a request
goes.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from types import SimpleNamespace

import gevent
import pytest
from locustella_process import command, python

from locustella import _core, events
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession, FastHttpUser
from locustella.env import Environment
from locustella.exception import StopTest
from locustella.http import addresses
from locustella.http.session.session import NativeSession
from locustella.running.generator_watch import GeneratorWatch
from locustella.user.users import HttpUser
from support.http_target import HttpTarget
from support.self_signed import make_certificate
from support.target_routes import add_usual_routes

pytestmark = pytest.mark.usefixtures("balanced")

LOCUSTFILE = """
    from locust import HttpUser, FastHttpUser, task

    class Shopper(HttpUser):
        {shopper}
        @task
        def browse(self):
            self.client.get("/")
            self.client.close()
"""


@pytest.fixture
def target():
    """A server on every address of this machine."""
    with HttpTarget("0.0.0.0") as server:
        add_usual_routes(server)
        yield server


@pytest.fixture(autouse=True)
def usual_network():
    addresses.set_up()
    yield
    addresses.set_up()


def counted(before: dict[str, int], name: str) -> int:
    return _core.connection_counts()[name] - before.get(name, 0)


def resolve(*entries: str) -> None:
    addresses.set_up(resolve=[addresses.resolve_entries(entry) for entry in entries])


def ask_anew(session: NativeSession, path: str = "/") -> object:
    session.close()
    response = session.get(path)
    assert response.status_code == 200
    return response


class TestResolveEntries:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("shop.test:443:10.0.0.7", ("shop.test", 443, ("10.0.0.7",), 0.0)),
            ("Shop.Test:80:10.0.0.7,10.0.0.8", ("shop.test", 80, ("10.0.0.7", "10.0.0.8"), 0.0)),
            ("shop.test:80:[::1],10.0.0.8", ("shop.test", 80, ("::1", "10.0.0.8"), 0.0)),
            ("shop.test:80:2001:db8::1", ("shop.test", 80, ("2001:db8::1",), 0.0)),
            ("[::1]:80:127.0.0.1", ("::1", 80, ("127.0.0.1",), 0.0)),
            ("*:80:10.0.0.7", ("*", 80, ("10.0.0.7",), 0.0)),
            ("*:*:10.0.0.7", ("*", 0, ("10.0.0.7",), 0.0)),
            ("+shop.test:80:10.0.0.7", ("shop.test", 80, ("10.0.0.7",), 60.0)),
            ("-shop.test:80", ("shop.test", 80, (), 0.0)),
        ],
    )
    def test_have_curls_form(self, text, expected):
        assert addresses.resolve_entries(text) == [expected]

    def test_several_may_stand_in_one_value(self):
        hosts = [entry.host for entry in addresses.resolve_entries(" a:1:10.0.0.1  b:2:10.0.0.2 ")]
        assert hosts == ["a", "b"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "write host:port:address"),
            ("shop.test", "not 'shop.test'"),
            ("shop.test:80", "not 'shop.test:80'"),
            ("-shop.test:80:10.0.0.7", "takes an entry back"),
            ("::1:80:10.0.0.7", "write host:port:address"),
            ("shop.test:http:10.0.0.7", "write host:port:address"),
            (
                "shop.test:0:10.0.0.7",
                "the port of 'shop.test:0:10.0.0.7' is not between 1 and 65535",
            ),
            ("shop.test:65536:10.0.0.7", "not between 1 and 65535"),
            (
                "shop.test:80:other.test",
                "'other.test' in 'shop.test:80:other.test' is no IP address",
            ),
            ("shop.test:80:10.0.0.7,", "'' in"),
            ("shop.test:80:", "'' in"),
        ],
    )
    def test_say_what_is_wrong(self, text, words):
        with pytest.raises(ArgumentTypeError) as caught:
            addresses.resolve_entries(text)
        assert words in str(caught.value)


class TestResolve:
    def test_a_host_gets_the_addresses_in_turn(self, target):
        resolve(f"shop.test:{target.port}:127.0.0.2,127.0.0.3,127.0.0.4")
        session = NativeSession(f"http://shop.test:{target.port}")
        for _ in range(6):
            ask_anew(session)
        assert [own for _, own in target.ends] == ["127.0.0.2", "127.0.0.3", "127.0.0.4"] * 2
        assert {request.header("Host") for request in target.received} == {
            f"shop.test:{target.port}"
        }
        session.close()

    def test_an_address_that_refuses_costs_no_request(self):
        with HttpTarget("127.0.0.3") as server:
            add_usual_routes(server)
            resolve(f"shop.test:{server.port}:127.0.0.2,127.0.0.3")
            session = NativeSession(f"http://shop.test:{server.port}")
            for _ in range(4):
                ask_anew(session)
            session.close()

    def test_the_last_entry_holds_and_a_minus_takes_it_back(self, target):
        resolve(
            "*:*:127.0.0.2",
            f"shop.test:{target.port}:127.0.0.3",
            f"shop.test:{target.port}:127.0.0.4",
        )
        session = NativeSession(f"http://shop.test:{target.port}")
        ask_anew(session)
        resolve("*:*:127.0.0.2", f"shop.test:{target.port}:127.0.0.3", f"-shop.test:{target.port}")
        ask_anew(session)
        session.close()
        assert [own for _, own in target.ends] == ["127.0.0.4", "127.0.0.2"]


class TestTimeToLive:
    def test_says_how_often_the_system_is_asked(self, target):
        session = NativeSession(f"http://localhost:{target.port}")
        for seconds, lookups in ((0.0, 4), (3600.0, 0)):  # the last answer is kept from then on
            addresses.set_up(dns_ttl=seconds)
            before = _core.connection_counts()
            for _ in range(4):
                ask_anew(session)
            assert counted(before, "lookups") == lookups
            assert counted(before, "opened") == 4
            assert counted(before, "failed") == 0
        session.close()


class TestSourceAddresses:
    def test_take_turns(self, target):
        addresses.set_up(source_ip="127.0.0.5-127.0.0.6, 127.0.1.0/30")
        session = NativeSession(f"http://127.0.0.1:{target.port}")
        for _ in range(5):
            ask_anew(session)
        session.close()
        callers = [client for client, _ in target.ends]
        assert callers == ["127.0.0.5", "127.0.0.6", "127.0.1.1", "127.0.1.2", "127.0.0.5"]

    def test_of_a_session_go_before_those_of_the_process(self, target):
        addresses.set_up(source_ip="127.0.0.5")
        session = NativeSession(f"http://127.0.0.1:{target.port}")
        session.get("/")
        session.source_ip = "127.0.0.7"
        session.get("/")  # not on the connection that is open
        session.get("/echo", params={"a": 1})
        session.get("/", hooks={"response": lambda *_, **__: None})
        session.close()
        first, *others = [client for client, _ in target.ends]
        assert first == "127.0.0.5" and set(others) == {"127.0.0.7"}

    @pytest.mark.parametrize("session_class", [HttpSession, FastHttpSession])
    def test_that_do_not_fit_fail_with_words(self, target, session_class):
        session = session_class(f"http://127.0.0.1:{target.port}", events.request, None)
        session.source_ip = "::1"
        response = session.get("/")
        assert response.status_code == 0
        assert "no source address fits the target 127.0.0.1: all of them are IPv6" in str(
            response.error
        )

    @pytest.mark.parametrize("user_class", [HttpUser, FastHttpUser])
    def test_of_a_user_class(self, target, user_class):
        class Shopper(user_class):
            host = f"http://127.0.0.1:{target.port}"
            source_ip = "127.0.0.8"

        user = Shopper(Environment())
        assert user.client.get("/").status_code == 200
        assert user.client.get("/echo", params={"a": 1}).status_code == 200
        assert [client for client, _ in target.ends] == ["127.0.0.8"]
        Shopper.source_ip = "eth0"
        with pytest.raises(StopTest, match="Shopper.source_ip: 'eth0' is no IP address"):
            Shopper(Environment())

    def test_of_others_are_found_before_the_test(self):
        assert addresses.foreign_source("127.0.0.1-127.0.0.9") is None
        assert addresses.foreign_source("127.0.0.1,192.0.2.1") == "192.0.2.1"
        assert addresses.foreign_source("") is None


class TestPhases:
    NAMES = ("dns", "connect", "tls", "send", "first_byte", "receive")

    def phases(self, response) -> dict[str, float]:
        phases = response._native_phases()
        assert tuple(phases) == self.NAMES and min(phases.values()) >= 0
        assert sum(phases.values()) * 1000 == pytest.approx(response._native_times()[1], abs=1e-6)
        return phases

    def test_of_a_new_connection_and_of_a_kept_one(self, target):
        addresses.set_up(dns_ttl=0)
        session = NativeSession(f"http://localhost:{target.port}")
        first, second = self.phases(session.get("/")), self.phases(session.get("/"))
        session.close()
        assert first["dns"] > 0 and first["connect"] > 0 and first["tls"] == 0
        assert (second["dns"], second["connect"], second["tls"]) == (0, 0, 0)
        assert first["first_byte"] > 0 and second["first_byte"] > 0

    @pytest.mark.filterwarnings("ignore:Unverified HTTPS")
    def test_of_tls(self, tmp_path):
        with HttpTarget(tls=make_certificate(tmp_path).server_context()) as server:
            add_usual_routes(server)
            session = NativeSession(server.url)
            session.verify = session.trust_env = False  # else REQUESTS_CA_BUNDLE would verify it
            first, second = self.phases(session.get("/")), self.phases(session.get("/"))
            session.close()
        assert first["tls"] > 0 and first["connect"] > 0 and first["dns"] == 0
        assert second["tls"] == 0 and second["connect"] == 0

    def test_of_a_chain_and_of_a_body_in_two_pieces(self, target):
        session = NativeSession(f"http://127.0.0.1:{target.port}")
        chain = self.phases(session.get("/redirect/3", params={"delay": 5}))
        assert chain["first_byte"] > 0.015
        pieces = self.phases(session.get("/slow-body/20"))
        assert pieces["receive"] > 0.015
        session.close()

    def test_of_failures_and_timeouts(self, target):
        session = HttpSession(f"http://127.0.0.1:{target.port}", events.request, None)
        assert self.phases(session.get("/delay/2000", timeout=0.05))["first_byte"] > 0.045
        assert self.phases(session.get("/truncated"))["receive"] >= 0
        session.base_url = "http://127.0.0.1:1"
        assert self.phases(session.get("/"))["connect"] > 0

    def test_of_a_gevent_timeout_in_a_fast_session(self, target):
        session = FastHttpSession(f"http://127.0.0.1:{target.port}", events.request, None)
        with gevent.Timeout(0.05, False):
            phases = self.phases(session.get("/delay/2000"))
        assert phases["first_byte"] > 0.03


class TestCounts:
    def test_of_the_generator_are_those_of_the_test(self, target):
        session = NativeSession(f"http://127.0.0.1:{target.port}")
        session.get("/")
        environment = Environment()
        watch = GeneratorWatch(environment)
        for _ in range(3):
            session.get("/")
        ask_anew(session)
        with pytest.raises(OSError, match="refused"):
            NativeSession("http://127.0.0.1:1").get("/")
        environment.events.test_stopping.fire(environment=environment)
        session.get("/")  # of a user that may finish its task
        assert watch.connections() == (1, 4, 1, 0, 0)
        environment.events.test_stop.fire(environment=environment)
        ask_anew(session)
        session.close()
        assert watch.connections() == (1, 4, 1, 0, 0)
        assert watch.figures()["connections"] == {
            "opened": 1,
            "reused": 4,
            "failed": 1,
            "lookups": 0,
            "repeated": 0,
        }
        rows = [line.rsplit(maxsplit=1) for line in watch.lines() if line]
        assert ["connections opened", "1"] in rows
        assert ["connections that failed to open", "1"] in rows
        assert ["requests that reused one", "4"] in rows


class TestCommand:
    ARGUMENTS = ("-f", "load.py", "--headless", "--only-summary", "-u", "1", "-t", "1s")

    def run(
        self,
        folder: Path,
        target: HttpTarget,
        *more: str,
        shopper: str = "",
        env: dict | None = None,
    ):
        files = {"load.py": LOCUSTFILE.format(shopper=shopper)}
        arguments = [*self.ARGUMENTS, "-H", f"http://shop.test:{target.port}", *more]
        return command(folder, arguments, files, env)

    def test_options_reach_the_connections(self, tmp_path, target):
        run = self.run(
            tmp_path, target, "--resolve", f"shop.test:{target.port}:127.0.0.2,127.0.0.3",
            "--source-ip", "127.0.0.5,127.0.0.6",
        )  # fmt: skip
        assert run.code == 0, run.err
        assert set(target.ends) == {("127.0.0.5", "127.0.0.2"), ("127.0.0.6", "127.0.0.3")}
        opened = [
            line.split()[-1]
            for line in run.err.splitlines()
            if line.startswith("connections opened")
        ]
        assert len(target.ends) - int(opened[0]) in (0, 1)  # one may come after the end of the test

    def test_so_do_variables_files_and_attributes(self, tmp_path, target):
        (tmp_path / "more.conf").write_text("source-ip = 127.0.0.5\ndns-ttl = 0\n")
        run = self.run(
            tmp_path, target, "--config", "more.conf", shopper='source_ip = "127.0.0.9"',
            env={"LOCUSTELLA_RESOLVE": f"other.test:1:127.0.0.1 *:{target.port}:127.0.0.4"},
        )  # fmt: skip
        assert run.code == 0, run.err
        assert set(target.ends) == {("127.0.0.9", "127.0.0.4")}

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (
                ["--source-ip", "eth0"],
                2,
                "argument --source-ip: invalid value 'eth0': 'eth0' is no IP address",
            ),
            (["--source-ip", "10.0.0.9-10.0.0.1"], 2, "the range ends before it begins"),
            (
                ["--source-ip", "192.0.2.1"],
                1,
                "--source-ip: 192.0.2.1 is not an address of this machine",
            ),
            (
                ["--dns-ttl", "soon"],
                2,
                "argument --dns-ttl: must be a number of seconds, 0 or more, not 'soon'",
            ),
            (["--dns-ttl=-1"], 2, "0 or more, not '-1'"),
            (["--resolve", "shop.test"], 2, "argument --resolve: write host:port:address"),
        ],
    )
    def test_wrong_values_are_told_in_a_line(self, tmp_path, arguments, code, words):
        run = self.run(tmp_path, SimpleNamespace(port=1), *arguments)
        assert run.code == code and words in run.err
        assert "Traceback" not in run.err and len(run.err.splitlines()) < 5, run.err

    def test_a_wrong_variable_is_named(self, tmp_path):
        run = self.run(tmp_path, SimpleNamespace(port=1), env={"LOCUSTELLA_SOURCE_IP": "eth0"})
        assert run.code == 2 and "(from the environment variable LOCUSTELLA_SOURCE_IP)" in run.err


def test_hubs_of_other_threads_are_told_too(tmp_path):
    run = python(
        tmp_path,
        """
        import threading
        from locustella import _core
        from locustella.http import addresses
        from locustella.http.session.session import NativeSession

        addresses.set_up(resolve=[addresses.resolve_entries("shop.test:1:192.0.2.1")], source_ip="::1")

        def ask():
            try:
                NativeSession("http://shop.test:1").get("/")
            except OSError as error:
                print("no source address fits the target 192.0.2.1" in str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        """,  # noqa: E501
    )
    assert run.code == 0 and run.out == "True\n", run.err
