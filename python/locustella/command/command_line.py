"""From a command line to a test: loads the locustfile, parses the options, checks, starts.

Everything that is wrong with what the user gave is told in a few lines that say what to do, on
stderr. Exit code 2: the options cannot be parsed. Exit code 1: everything else.

Thread: the main one.
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
from functools import partial
from typing import TYPE_CHECKING

from .. import as_locust, events, log, stats
from ..env import Environment
from ..http import addresses
from ..http.response_limits import apply_response_limits
from ..legacy.step_load import step_load
from ..log import setup_logging
from ..process.monkey_patching import patch_urllib3
from ..running.headless import HeadlessRun
from ..running.output_files import OutputFiles
from ..user.inspectuser import print_task_ratio, print_task_ratio_json
from .env_file import EnvFile, EnvFileError, env_file_of, tell_about_env_file
from .given_settings import given_settings
from .locustfile_loader import Available
from .locustfile_problems import load_or_explain
from .misspelled import tell_about_misspelled_variables
from .parser import (
    LocustArgumentParser,
    check_option_combinations,
    get_locustfiles_locally,
    get_parser,
    parse_locustfile_option,
)
from .start_checks import (
    check_numbers,
    check_source_ip,
    check_what_is_available,
    chosen_user_classes,
    give_up,
    raise_open_file_limit,
    require_usable_host,
    tell_about_ignored_options,
    tell_about_unused_fixed_counts,
)
from .version_report import version_report

if TYPE_CHECKING:
    from argparse import Namespace

    from ..event import Events
    from ..shape import LoadTestShape
    from ..user.task import Task
    from ..user.users import User

logger = logging.getLogger("locust.main")


def run() -> int:
    """Runs the test that `sys.argv` describes; returns the exit code, or exits on bad input."""
    as_locust.install()
    _import_plugins()
    options, env_file = _read_environment()
    locustfiles = get_locustfiles_locally(options)
    available = load_or_explain(locustfiles)
    patch_urllib3()  # the locustfile may have imported it

    parser = get_parser()
    options = parser.parse_args()
    check_option_combinations(parser, options)
    check_numbers(parser, options)
    stats.validate_stats_configuration()
    ours = parser.settings_of_ours(options)
    apply_response_limits(ours)
    if options.headful:
        options.headless = False
    available = _with_step_load(parser, options, available)
    _set_up_logging(options)
    tell_about_env_file(env_file)
    tell_about_misspelled_variables(parser, os.environ)

    if options.list_commands:
        print("Available Users:")
        for name in available.user_classes:
            print("    " + name)
        return 0
    user_classes = chosen_user_classes(options, available)
    environment = _make_environment(options, locustfiles, user_classes, available)
    environment.given_settings = partial(given_settings, parser, options)
    if options.show_task_ratio or options.show_task_ratio_json:
        _show_task_ratio(options, user_classes)
        return 0
    check_what_is_available(options)
    check_source_ip(ours)
    tell_about_unused_fixed_counts(options, user_classes, available.shape_class)
    tell_about_ignored_options(options, available.shape_class)
    raise_open_file_limit(options.num_users)
    addresses.set_up(ours.dns_ttl, ours.resolve or (), ours.source_ip)
    return _run_test(environment, options)


def _import_plugins() -> None:
    """locust-plugins adds options when it is imported."""
    try:
        import locust_plugins  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "locust_plugins":
            raise


def _read_environment() -> tuple[Namespace, EnvFile | None]:
    """What is known before the locustfile is; the variables of its `.env` count."""
    options = parse_locustfile_option()
    try:
        env_file = env_file_of(options.locustfile, options.env_file)
    except EnvFileError as problem:
        give_up(str(problem), code=2)
    return (parse_locustfile_option() if env_file else options), env_file


def _with_step_load(
    parser: LocustArgumentParser, options: Namespace, available: Available
) -> Available:
    try:
        steps = step_load(options)
    except ValueError as problem:
        parser.error(str(problem))
    return available._replace(shape_class=steps) if steps else available


def _set_up_logging(options: Namespace) -> None:
    if not options.skip_log_setup:
        try:
            setup_logging(options.loglevel, options.logfile)
        except (OSError, ValueError) as error:
            give_up(f"cannot log to {options.logfile}: {error.__cause__ or error}")
    version = version_report().splitlines()[0].replace("locustella", "Locustella", 1)
    enabled = ", OpenTelemetry enabled" if options.otel and _opentelemetry(options) else ""
    logger.info("Starting %s%s", version, enabled)


def _opentelemetry(options: Namespace) -> bool:
    from ..opentelemetry import setup_opentelemetry  # imports much

    return setup_opentelemetry(options.locustfile, options.profile)


def create_environment(
    user_classes: list[type[User]],
    options: Namespace,
    events: Events | None = None,
    shape_class: LoadTestShape | None = None,
    locustfile: str | None = None,
    parsed_locustfiles: list[str] | None = None,
    available_user_classes: dict[str, type[User]] | None = None,
    available_shape_classes: dict[str, LoadTestShape] | None = None,
    available_user_tasks: dict[str, list[Task]] | None = None,
) -> Environment:
    """An Environment with what the parsed options say."""
    return Environment(
        locustfile=locustfile,
        user_classes=user_classes,
        shape_class=shape_class,
        events=events,
        host=options.host,
        reset_stats=options.reset_stats,
        parsed_options=options,
        parsed_locustfiles=parsed_locustfiles,
        available_user_classes=available_user_classes,
        available_shape_classes=available_shape_classes,
        available_user_tasks=available_user_tasks,
        profile=options.profile,
    )


def _make_environment(
    options: Namespace,
    locustfiles: list[str],
    user_classes: list[type[User]],
    available: Available,
) -> Environment:
    try:
        environment = create_environment(
            user_classes,
            options,
            events=events,
            shape_class=available.shape_class,
            locustfile=os.path.basename(locustfiles[0]),
            parsed_locustfiles=locustfiles,
            available_user_classes=available.user_classes,
            available_shape_classes=available.shape_classes,
            available_user_tasks=available.user_tasks,
        )
    except ValueError as problem:
        give_up(str(problem))
    for settings in itertools.chain(*(options.config_users or ())):
        try:
            environment.update_user_class(settings)
        except KeyError as name:
            give_up(
                f"--config-users is about {name}, which the locustfile does not have. "
                f"It has: {', '.join(available.user_classes)}",
                code=255,
            )
        except Exception as error:  # of a class that does not take such a value
            give_up(f"--config-users: {settings} cannot be set: {error}", code=255)
    return environment


def _show_task_ratio(options: Namespace, user_classes: list[type[User]]) -> None:
    if options.show_task_ratio_json and not options.show_task_ratio:
        print_task_ratio_json(user_classes, options.num_users)
        return
    for title, total in (("Task ratio per User class", False), ("Total task ratio", True)):
        print(f"\n {title}\n{'-' * 80}")
        print_task_ratio(user_classes, options.num_users, total)


def _run_test(environment: Environment, options: Namespace) -> int:
    outputs, csv_writer = _open_outputs(environment, options)
    try:
        return _run_headless(environment, options, csv_writer, outputs)
    finally:
        outputs.close()


def _run_headless(
    environment: Environment,
    options: Namespace,
    csv_writer: stats.StatsCSV,
    outputs: OutputFiles,
) -> int:
    runner = environment.create_local_runner()
    if options.autostart:
        logger.info("--headless starts the test by itself: --autostart adds nothing to it")
    if options.equal_weights:
        environment.events.init.add_listener(lambda **_: environment.assign_equal_weights())
    environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
    if log.unhandled_greenlet_exception:
        return 1  # an init listener failed, and was logged: what it prepares is missing
    require_usable_host(environment)
    # What is there by now stays to the end: the garbage collector need not walk through it again
    # and again, while all users stand still.
    gc.freeze()
    return HeadlessRun(environment, options, csv_writer, outputs).run()


def _open_outputs(
    environment: Environment, options: Namespace
) -> tuple[OutputFiles, stats.StatsCSV]:
    """Opens every file that the options ask for; exit code 1, with all that cannot be written."""
    outputs = OutputFiles(options)
    problems = outputs.problems
    csv_writer = stats.StatsCSV(environment, stats.PERCENTILES_TO_REPORT)
    if options.csv_prefix:
        try:
            csv_writer = _csv_files(environment, options)
        except OSError as error:
            words = error.strerror or str(error)
            problems = [
                *problems, f"cannot write the CSV files {options.csv_prefix}_*.csv: {words}"
            ]
    if problems:
        outputs.close()
        give_up(*problems)
    return outputs, csv_writer


def _csv_files(environment: Environment, options: Namespace) -> stats.StatsCSVFileWriter:
    folder = os.path.dirname(options.csv_prefix)
    if folder:
        os.makedirs(folder, exist_ok=True)
    return stats.StatsCSVFileWriter(
        environment,
        stats.PERCENTILES_TO_REPORT,
        options.csv_prefix,
        options.stats_history_enabled,
    )
