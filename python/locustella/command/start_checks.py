"""What is checked before a test starts, and told to whoever started it.

Problems are collected, so that all of them are told at once.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from requests.exceptions import RequestException

from ..contrib.fasthttp import FastHttpUser
from ..http.addresses import foreign_source
from ..http.urls import prepared_place
from ..process.descriptors import raise_limit
from ..user.users import HttpUser, User
from .locustfile_loader import Available
from .misspelled import closest
from .parser import LocustArgumentParser, program_name

if TYPE_CHECKING:
    from argparse import Namespace

    from ..env import Environment
    from ..shape import LoadTestShape

logger = logging.getLogger("locust.main")

# Options that a load shape takes the place of: destination -> name.
_SHAPED = {"num_users": "--users", "spawn_rate": "--spawn-rate", "run_time": "--run-time"}
_ENOUGH_FILES = 10_000
_OWN_FILES = 100  # beside the users' connections


def give_up(*problems: str, code: int = 1) -> NoReturn:
    """Prints the problems and ends the process."""
    for problem in problems:
        sys.stderr.write(f"{program_name()}: error: {problem}\n")
    sys.exit(code)


def check_numbers(parser: LocustArgumentParser, options: Namespace) -> None:
    """Exit code 2 for less than no users. With none a test starts too: the keys add some."""
    users = options.num_users
    if users is not None and users < 0:
        parser.error(f"argument -u/--users: must be 0 or more, not {users}")


def check_what_is_available(options: Namespace) -> None:
    """Exit code 1, with one line for each, if an option needs a part that does not exist yet."""
    missing = []
    in_cluster = [
        name for name in ("master", "worker", "processes") if getattr(options, name, None)
    ]
    for name in in_cluster:
        missing.append(f"--{name} is not available yet: leave it out to run in one process")
    if not options.headless and not in_cluster:
        missing.append(
            "the web page is not available yet: add --headless, as in "
            "--headless --users 10 --spawn-rate 1 --run-time 1m"
        )
    if options.autoquit != -1 and not options.autostart:
        missing.append("--autoquit is only meaningful in combination with --autostart")
    if missing:
        give_up(*missing)


def check_source_ip(options: Namespace) -> None:
    """Exit code 1 if connections are to leave from an address that this machine does not have."""
    address = foreign_source(options.source_ip)
    if address is not None:
        give_up(
            f"--source-ip: {address} is not an address of this machine. It has those that `ip "
            "address` "
            f"shows; add it with: ip address add {address} dev <interface>"
        )


def chosen_user_classes(options: Namespace, available: Available) -> list[type[User]]:
    """The user classes to run, in the locustfile's order; exit code 1 if there are none."""
    classes = available.user_classes
    if not classes:
        give_up(
            "No User class found! The locustfile needs a class such as\n\n"
            "    class Visitor(HttpUser):\n"
            "        @task\n"
            "        def front_page(self):\n"
            '            self.client.get("/")\n'
        )
    unknown = [name for name in options.user_classes if name not in classes]
    if unknown:
        hint = "The locustfile has no such class: --list shows those that it has"
        if any(name.endswith(".py") for name in unknown):
            hint = "A locustfile is given with -f, as in -f " + unknown[0]
        elif meant := closest(unknown[0], classes):
            hint = f"Did you mean {meant}? --list shows all classes"
        give_up(f"Unknown User(s): {', '.join(unknown)}. {hint}")
    wanted = options.user_classes or classes
    return [cls for name, cls in classes.items() if name in wanted]


def require_usable_host(environment: Environment) -> None:
    """Exit code 1 if HTTP users are to test a --host that leads nowhere.

    Users of other protocols may take whatever they like for a host, and so may a host that is
    written in the class: it can be meant for absolute URLs.
    """
    host = environment.host
    if not host:
        return
    if not any(issubclass(cls, (HttpUser, FastHttpUser)) for cls in environment.user_classes):
        return
    if re.match(r"https?://", host, re.IGNORECASE):
        problem = _what_is_wrong_with(host)
        if problem:
            give_up(f"the host {host!r} {problem}")
        return
    scheme, separator, rest = host.partition("://")
    if separator:
        give_up(
            f"the host {host!r} begins with {scheme + separator!r}, which HTTP users do not know: "
            f"write --host http://{rest} or --host https://{rest}"
        )
    bare = re.sub(r"^https?[:/]+", "", host, flags=re.IGNORECASE)  # of one that is not finished
    give_up(f"the host {host!r} has no scheme: write --host http://{bare} (or https://)")


def _what_is_wrong_with(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return "names no host: write --host http://example.com"
        try:
            parts.port  # noqa: B018  (looks at it)
        except ValueError:
            return "has no usable port: it is a number up to 65535"
        prepared_place(url)
    except (RequestException, ValueError) as error:
        return f"is no URL that can be used: {error}"
    return None


def tell_about_unused_fixed_counts(
    options: Namespace, user_classes: list[type[User]], shape: LoadTestShape | None
) -> None:
    fixed = sum(cls.fixed_count for cls in user_classes)
    if shape is None and options.num_users and fixed > options.num_users:
        logger.info(
            "The user classes ask for %d users with their fixed_count, but --users is %d: "
            "not all of them will start",
            fixed,
            options.num_users,
        )


def tell_about_ignored_options(options: Namespace, shape: LoadTestShape | None) -> None:
    given = [name for dest, name in _SHAPED.items() if getattr(options, dest, None)]
    if shape is not None and not shape.use_common_options and given:
        logger.warning(
            "%s does not read these options, so they are ignored: %s. A shape that reads them "
            "sets use_common_options = True",
            type(shape).__name__,
            ", ".join(given),
        )


def raise_open_file_limit(num_users: int | None) -> None:
    """Lets the process open as many files as the system allows: each connection is one."""
    users = num_users or 1
    needed = users + _OWN_FILES
    wanted = max(_ENOUGH_FILES, needed)
    allowed = raise_limit(wanted)
    if allowed < needed:
        logger.warning(
            "This process may open %d files, and %d users need %d if each has one connection: "
            "requests beyond that will fail. Raise the limit before you start it: ulimit -n %d",
            allowed,
            users,
            needed,
            wanted,
        )
    elif allowed < wanted:
        logger.warning(
            "This process may open %d files (connections included), and the test may need %d. "
            "Raise the limit before you start it: ulimit -n %d",
            allowed,
            wanted,
            wanted,
        )
