"""`.env` files: their grammar, where they are found, and what counts before them."""

from __future__ import annotations

import pytest
from locustella_process import command

from locustella.command.env_file import EnvFileError, env_file_of, load_env_file

LOAD = """
    import os
    from locust import User, task

    class Visitor(User):
        @task
        def work(self):
            options = self.environment.parsed_options
            print(options.num_users, options.host, os.environ.get("TOKEN"), flush=True)
            self.environment.runner.quit()
"""
RUN = ["--headless", "--only-summary", "-t", "20"]


def read(tmp_path, text, environment=None):
    path = tmp_path / "some.env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    environment = {} if environment is None else environment
    load_env_file(str(path), environment)
    return environment


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "variables"),
        [
            ("", {}),
            ("\n  \n# a comment\n\t# another", {}),
            ("A=1", {"A": "1"}),
            ("A=1\nB=2\n", {"A": "1", "B": "2"}),
            ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
            ("\ufeffA=1", {"A": "1"}),
            ("  A = x y  # why", {"A": "x y"}),
            ("export A=1\n\texport\tB=2", {"A": "1", "B": "2"}),
            ("A=\nB= \nC=''\nD=\"\"", {"A": "", "B": "", "C": "", "D": ""}),
            ("A=#fff # a color", {"A": "#fff"}),
            ("A=x#y\nB= # nothing", {"A": "x#y", "B": ""}),
            ("A=it's\nB=5\" 6\"", {"A": "it's", "B": '5" 6"'}),
            ("A='a # \"b\" \\n' # c", {"A": 'a # "b" \\n'}),
            (r'A="a # \"b\"\tc\\ \$d \q"', {"A": 'a # "b"\tc\\ $d \\q'}),
            ('A="one\ntwo" # c\nB=\'three\nfour\'', {"A": "one\ntwo", "B": "three\nfour"}),
            ("A=$HOME/${B}", {"A": "$HOME/${B}"}),
            ("A==b=c", {"A": "=b=c"}),
            ("A.b-c_1=x", {"A.b-c_1": "x"}),
            ("A=1\nA=2", {"A": "2"}),
            ("A=ü€", {"A": "ü€"}),
        ],
    )
    def test_good_lines(self, tmp_path, text, variables):
        assert read(tmp_path, text) == variables

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("A", "some.env:1: expected NAME=value"),
            ("A=1\n\n# c\nB", "some.env:4: expected NAME=value"),
            ("A='x\ny'\nB C=1", "some.env:3: expected NAME=value"),
            ("=1", ":1: expected NAME=value"),
            ("1A=1", ":1: expected NAME=value"),
            ("export A", ":1: expected NAME=value"),
            ("A: 1", ":1: expected NAME=value"),
            ("A='x", ":1: A: the quote ' is never closed"),
            ('\nA="x\\"', ':2: A: the quote " is never closed'),
            ("A='x' y", ":1: A: something follows the closing quote"),
            ("A='x'#y", ":1: A: something follows the closing quote"),
            ("A=\0", ":1: A: a variable cannot hold a NUL byte"),
            (b"A=\xff", "is no text in UTF-8"),
        ],
    )
    def test_bad_lines(self, tmp_path, text, words):
        environment = {}
        with pytest.raises(EnvFileError) as problem:
            read(tmp_path, text, environment)
        assert words in str(problem.value) and environment == {}

    def test_what_is_there_stays(self, tmp_path):
        path = tmp_path / ".env"
        path.write_text("A=1\nB=2\nC=3")
        environment = {"A": "mine", "C": ""}
        found = load_env_file(str(path), environment)
        assert environment == {"A": "mine", "B": "2", "C": ""}
        assert (found.taken, found.kept) == (["B"], ["A", "C"])

    def test_no_such_file(self, tmp_path):
        with pytest.raises(EnvFileError, match="cannot read .*nowhere: No such file"):
            load_env_file(str(tmp_path / "nowhere"), {})


class TestWhereItIs:
    @pytest.mark.parametrize(
        ("locustfile", "found"),
        [
            ("locustfile.py", ".env"),
            ("load/a.py", "load/.env"),
            ("load", "load/.env"),
            ("load/a.py, locustfile.py", "load/.env"),
            ("bare/a.py", None),
            ("http://127.0.0.1/locustfile.py", None),
            ("-", None),
        ],
    )
    def test_beside_the_locustfile(self, tmp_path, monkeypatch, locustfile, found):
        for folder in ("load", "bare/.env"):  # a folder of that name may be a virtual environment
            (tmp_path / folder).mkdir(parents=True)
        for name in (".env", "load/.env"):
            (tmp_path / name).write_text("")
        monkeypatch.chdir(tmp_path)
        env_file = env_file_of(locustfile, None)
        assert (env_file.path if env_file else None) == found
        assert env_file_of(locustfile, "") is None


class TestRuns:
    FILES = {
        "locustfile.py": LOAD,
        ".env": "LOCUST_USERS=3\nLOCUST_HOST=http://from.env\nTOKEN='a b'\n",
        "other.env": "LOCUST_USERS=4\nLOCUST_LOCUSTFILE=elsewhere.py\n",
        "elsewhere.py": LOAD.replace("print(", "print('elsewhere', "),
    }

    def test_it_is_read(self, tmp_path):
        run = command(tmp_path, RUN, self.FILES)
        assert run.out.splitlines()[0] == "3 http://from.env a b", run.err
        assert "Variables from .env: 3\n" in run.err

    def test_environment_and_command_line_count_more(self, tmp_path):
        environment = {"LOCUST_USERS": "5", "TOKEN": "mine"}
        run = command(tmp_path, [*RUN, "-H", "http://given"], self.FILES, environment)
        assert run.out.splitlines()[0] == "5 http://given mine", run.err
        assert ".env: 1; the environment has already: LOCUST_USERS, TOKEN" in run.err

    def test_what_comes_too_late(self, tmp_path):
        files = {**self.FILES, ".env": "LOCUST_SKIP_MONKEY_PATCH=1\n"}
        run = command(tmp_path, RUN, files)
        assert "LOCUST_SKIP_MONKEY_PATCH in .env has no effect" in run.err and run.code == 0

    def test_a_configuration_file_counts_less(self, tmp_path):
        files = {**self.FILES, "locust.conf": "users = 9\nspawn-rate = 9\n"}
        assert command(tmp_path, RUN, files).out.startswith("3 ")

    @pytest.mark.parametrize("place", ["option", "variable", "file"])
    def test_another_file(self, tmp_path, place):
        """The locustfile that it names counts."""
        files = {**self.FILES}
        if place == "file":
            files["locust.conf"] = "env-file = other.env"
        run = command(
            tmp_path,
            [*RUN, *(["--env-file", "other.env"] if place == "option" else [])],
            files,
            {"LOCUSTELLA_ENV_FILE": "other.env"} if place == "variable" else None,
        )
        assert run.out.splitlines()[0] == "elsewhere 4 None None", run.err

    def test_none(self, tmp_path):
        run = command(tmp_path, [*RUN, "--env-file="], self.FILES)
        assert run.out.splitlines()[0] == "None None None".replace("None", "1", 1), run.err

    @pytest.mark.parametrize(
        ("arguments", "files", "words"),
        [
            (["--env-file", "nowhere"], {}, "cannot read nowhere: No such file or directory"),
            ([], {".env": "A=1\nnonsense\n"}, "error: .env:2: expected NAME=value"),
            ([], {".env": "LOCUST_USERS=many\n"}, "'many' (from the environment variable"),
        ],
    )
    def test_that_make_no_sense(self, tmp_path, arguments, files, words):
        run = command(tmp_path, [*RUN, *arguments], {"locustfile.py": LOAD, **files})
        assert run.code == 2 and words in run.err and run.out == ""

    def test_an_option_of_that_name_in_a_locustfile(self, tmp_path):
        own = """
            from locust import User, events, task

            @events.init_command_line_parser.add_listener
            def on_parser(parser):
                parser.add_argument("--env-file", default="own")
                group = parser.add_argument_group("mine")
                group.add_argument("--resolve", action="store_true")
                group.add_argument("--source-ip")

            class Visitor(User):
                @task
                def work(self):
                    options = self.environment.parsed_options
                    print(options.env_file, options.resolve, options.source_ip, flush=True)
                    self.environment.runner.quit()
        """
        arguments = [*RUN, "--resolve", "--source-ip", "any words"]
        run = command(tmp_path, arguments, {"locustfile.py": own})
        assert (run.code, run.out) == (0, "own True any words\n"), run.err
