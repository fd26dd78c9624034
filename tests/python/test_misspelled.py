"""Words that are nearly right: variables, configuration keys, user classes."""

from __future__ import annotations

import logging

import pytest
from locustella_process import command

from locustella import events
from locustella.command.misspelled import closest, tell_about_misspelled_variables
from locustella.command.parser import get_parser


def told(caplog, **variables):
    with caplog.at_level(logging.WARNING):
        tell_about_misspelled_variables(get_parser(), variables)
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("word", "meant"), [("--hedless", "--headless"), ("--user", "--users"), ("--qqq", None)]
)
def test_the_closest_word(word, meant):
    assert closest(word, ["--headless", "--users", "--host"]) == meant


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("LOCUST_USER", "did you mean LOCUST_USERS?"),
        ("LOCUST_RUNTIME", "did you mean LOCUST_RUN_TIME?"),
        ("LOCUST_LOG_LEVEL", "did you mean LOCUST_LOGLEVEL?"),
        ("LOCUST_HEADLES", "did you mean LOCUST_HEADLESS?"),
        ("LOCUST_PHASE_TIMES", "write LOCUSTELLA_PHASE_TIMES"),
        ("LOCUST_CLASS_PICKER", "write LOCUST_USERCLASS_PICKER"),
        ("LOCUST_NUM_USERS", "write LOCUST_USERS"),
        ("LOCUST_MASTER", "write LOCUST_MODE_MASTER"),
        ("LOCUST_MASTER_HOST", "write LOCUST_MASTER_NODE_HOST"),
        ("LOCUST_PORT", "write LOCUST_WEB_PORT"),
        ("LOCUST_EQUAL_WEIGHTS", "--equal-weights has no variable"),
    ],
)
def test_variables_that_are_not_read(caplog, name, advice):
    assert told(caplog, **{name: "x"}) == [f"The environment variable {name} is not read: {advice}"]


def test_variables_that_nobody_means(caplog):
    assert told(
        caplog,
        LOCUST_USERS="3",
        LOCUST_USER_CLASSES="A",
        LOCUST_SKIP_MONKEY_PATCH="1",
        LOCUST_TEAM_NAME="ours",
        LOCUST_MASTER_PORT="tcp://10.0.0.7:5557",
        LOCUST_PORT="tcp://10.0.0.7:8089",
        LOCUST_SERVICE_HOST="10.0.0.7",
        LOCUST_SERVICE_PORT_HTTP="80",
        LOCUST_MASTER_PORT_5557_TCP_PROTO="tcp",
        USERS="1",
    ) == []


def test_a_variable_of_the_locustfiles(caplog):
    listener = events.init_command_line_parser.add_listener(
        lambda parser: parser.add_argument("--user", env_var="LOCUST_USER")
    )
    try:
        assert told(caplog, LOCUST_USER="me") == []
        assert told(caplog, LOCUST_USERR="me")[0].endswith("did you mean LOCUST_USER?")
    finally:
        events.init_command_line_parser.remove_listener(listener)


LOAD = """
    from locust import User, task

    class Visitor(User):
        @task
        def work(self):
            self.environment.runner.quit()
"""
RUN = ["--headless", "--only-summary", "-t", "20"]


def test_a_run_goes_on(tmp_path):
    run = command(tmp_path, RUN, {"locustfile.py": LOAD}, {"LOCUST_USER": "3"})
    assert run.code == 0 and "LOCUST_USER is not read: did you mean LOCUST_USERS?" in run.err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("locust.conf", "userz = 3", "(from 'userz' in locust.conf)\nDid you mean '--users'?"),
        ("locust.conf", "spawn_rate = 3", "Did you mean '--spawn-rate'?"),
        ("pyproject.toml", '[tool.locust]\nhots = "x"', "Did you mean '--host'?"),
    ],
)
def test_a_key_of_a_configuration_file(tmp_path, name, text, words):
    """An error, as under Locust."""
    run = command(tmp_path, RUN, {"locustfile.py": LOAD, name: text})
    assert run.code == 2 and words in run.err


def test_a_user_class(tmp_path):
    run = command(tmp_path, [*RUN, "Vistor"], {"locustfile.py": LOAD})
    assert run.code == 1 and "Unknown User(s): Vistor. Did you mean Visitor?" in run.err


def test_hidden_options_are_not_proposed(tmp_path):
    run = command(tmp_path, [*RUN, "--hatch-rat", "3"], {"locustfile.py": LOAD})
    assert run.code == 2 and "--hatch-rate'" not in run.err
