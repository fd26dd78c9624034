"""What a mistyped word was meant to be: options, LOCUST_* variables, user classes.

    closest("--hedless", ["--headless", "--host"])      -> "--headless"
"""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Iterable, Iterator, Mapping

from ..legacy.options import UNREAD_VARIABLES

logger = logging.getLogger("locust.main")

_PREFIX = re.compile(r"LOCUST(?:ELLA)?_")
# Read elsewhere than by the parser.
_KNOWN = {
    "LOCUST_USER_CLASSES",
    "LOCUST_SKIP_MONKEY_PATCH",
    "LOCUST_SKIP_URLLIB3_PATCH",
    "LOCUST_PLAYWRIGHT",
    "LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP",
    "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP",
}
# Kubernetes gives a pod variables of this kind for each service, a service "locust-web" too.
_OF_KUBERNETES = re.compile(r"_SERVICE_(?:HOST|PORT\w*)$|_PORT_\d+_(?:TCP|UDP|SCTP)\w*$")
_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://")


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of the known words that is most like it, if one is."""
    import difflib  # for the few who mistype

    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def tell_about_misspelled_variables(
    parser: argparse.ArgumentParser, environment: Mapping[str, str]
) -> None:
    """Warns of variables that look like an option's and are not read."""
    known = {variable for action in parser._actions if (variable := _variable_of(action))}
    read = known | _KNOWN
    unread = [
        name
        for name in sorted(environment)
        if _PREFIX.match(name) and name not in read and not _of_kubernetes(name, environment[name])
    ]
    if not unread:
        return
    meant = {name: f"write {variable}" for name, variable in UNREAD_VARIABLES.items()}
    own = getattr(parser, "own_actions", ())
    meant |= {name: advice for action in own for name, advice in _likely_names(action)}
    for name in unread:
        advice = meant.get(name)
        if advice is None and (variable := closest(_stem(name), map(_stem, read), 0.8)):
            full = next(each for each in sorted(read) if _stem(each) == variable)
            advice = f"did you mean {full}?"
        if advice is not None:
            logger.warning("The environment variable %s is not read: %s", name, advice)


def _variable_of(action: argparse.Action) -> str | None:
    return getattr(action, "env_var", None)


def _stem(variable: str) -> str:
    return _PREFIX.sub("", variable)


def _of_kubernetes(name: str, value: str) -> bool:
    return bool(_OF_KUBERNETES.search(name) or _ADDRESS.match(value))


def _likely_names(action: argparse.Action) -> Iterator[tuple[str, str]]:
    """What people take for the variable of an option, and what to do."""
    variable = _variable_of(action)
    options = [option[2:] for option in action.option_strings if option.startswith("--")]
    if not options or action.help == argparse.SUPPRESS:
        return
    advice = f"write {variable}" if variable else f"--{options[0]} has no variable"
    for word in (*options, action.dest):
        name = "LOCUST_" + word.replace("-", "_").upper()
        if name != variable:
            yield name, advice
