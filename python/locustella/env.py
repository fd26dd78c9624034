"""The environment: everything that belongs to one test, in one place.

    environment = Environment(user_classes=[Visitor], host="http://localhost:8080")
    runner = environment.create_local_runner()

Users reach it as `self.environment`, listeners get it as an argument.

Thread: the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .dispatch import UsersDispatcher
from .event import Events
from .exception import RunnerAlreadyExistsError
from .runners import LocalRunner, MasterRunner, Runner, WorkerRunner
from .shape import LoadTestShape
from .stats import RequestStats, StatsCSV
from .user.task import Task, TaskHolder, TaskSet  # noqa: F401  (a name of Locust's module)
from .user.task_tags import filter_tasks_by_tags
from .user.users import User

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from .running.generator_watch import GeneratorWatch
    from .running.unanswered import UnansweredRequests

RunnerType = TypeVar("RunnerType", bound=Runner)


class Environment:
    """One test: who runs, against what, with which options, and what came out of it."""

    single_user_instance: User  # only run_single_user() sets it

    def __init__(
        self,
        *,
        user_classes: list[type[User]] | None = None,
        shape_class: LoadTestShape | None = None,
        tags: list[str] | None = None,
        locustfile: str | None = None,
        exclude_tags: list[str] | None = None,
        events: Events | None = None,
        host: str | None = None,
        reset_stats: bool = False,
        stop_timeout: float | None = None,
        catch_exceptions: bool = True,
        parsed_options: Namespace | None = None,
        parsed_locustfiles: list[str] | None = None,
        available_user_classes: dict[str, type[User]] | None = None,
        available_shape_classes: dict[str, LoadTestShape] | None = None,
        available_user_tasks: dict[str, list[Task]] | None = None,
        dispatcher_class: type[UsersDispatcher] = UsersDispatcher,
        profile: str | None = None,
    ) -> None:
        self.runner: Runner | None = None
        self.web_ui: Any = None
        self.process_exit_code: int | None = None  # set it to decide the exit code
        # For the reports, where there is one.
        self.generator_watch: GeneratorWatch | None = None
        self.unanswered_requests: UnansweredRequests | None = None
        # The options that were given, (name, value), without secret ones.
        self.given_settings: Callable[[], list[tuple[str, str]]] = list
        self.events = events or Events()
        self.locustfile = locustfile  # its name, without the folder
        self.user_classes: list[type[User]] = user_classes or []
        self.shape_class = shape_class  # an instance
        self.tags = tags  # None: those of parsed_options
        self.exclude_tags = exclude_tags
        self.stats = RequestStats()
        self.host = host  # overwrites the host of the user classes
        self.reset_stats = reset_stats  # at the end of each ramp-up
        self.profile = profile
        if stop_timeout is None:
            stop_timeout = float(getattr(parsed_options, "stop_timeout", None) or 0)
        self.stop_timeout = stop_timeout  # seconds that users have to finish their task; 0: none
        self.catch_exceptions = catch_exceptions  # False: an exception in a task ends its user
        self.parsed_options = parsed_options
        self.parsed_locustfiles = parsed_locustfiles
        # What the page offers to choose from, by name.
        self.available_user_classes = available_user_classes
        self.available_shape_classes = available_shape_classes
        self.available_user_tasks = available_user_tasks
        self.dispatcher_class = dispatcher_class
        self.worker_logs: dict[str, list[str]] = {}

        self._tasks_filtered = False
        self._remove_user_classes_with_weight_zero()
        self._validate_user_class_name_uniqueness()
        self._validate_shape_class_instance()

    def _create_runner(
        self, runner_class: type[RunnerType], *args: Any, **kwargs: Any
    ) -> RunnerType:
        if self.runner is not None:
            raise RunnerAlreadyExistsError(f"This Environment has a runner already: {self.runner}")
        runner = runner_class(self, *args, **kwargs)
        self.runner = runner
        if self.shape_class:
            self.shape_class.runner = runner
        return runner

    def create_local_runner(self) -> LocalRunner:
        """The runner that runs the test in this process."""
        return self._create_runner(LocalRunner)

    def create_master_runner(
        self, master_bind_host: str = "*", master_bind_port: int = 5557
    ) -> MasterRunner:
        """The runner that directs workers, listening on that interface and port."""
        return self._create_runner(
            MasterRunner, master_bind_host=master_bind_host, master_bind_port=master_bind_port
        )

    def create_worker_runner(self, master_host: str, master_port: int) -> WorkerRunner:
        """The runner that runs users for the master at that address."""
        return self._create_runner(WorkerRunner, master_host=master_host, master_port=master_port)

    def create_web_ui(
        self, host: str = "", port: int = 8089, web_base_path: str | None = None,
        web_login: bool = False, tls_cert: str | None = None, tls_key: str | None = None,
        stats_csv_writer: StatsCSV | None = None, delayed_start: bool = False,
        userclass_picker_is_active: bool = False, build_path: str | None = None,
    ) -> Any:  # fmt: skip
        """Starts the web page and returns it."""
        try:
            from .web import WebUI
        except ModuleNotFoundError as error:
            if error.name != f"{__package__}.web":
                raise
            raise RuntimeError(
                "The web page is not available yet: start the test with runner.start()"
            ) from None
        self.web_ui = WebUI(
            self, host, port, web_base_path=web_base_path, web_login=web_login, tls_cert=tls_cert,
            tls_key=tls_key, stats_csv_writer=stats_csv_writer, delayed_start=delayed_start,
            userclass_picker_is_active=userclass_picker_is_active, build_path=build_path,
        )  # fmt: skip
        return self.web_ui

    def update_user_class(self, user_settings: dict[str, Any]) -> None:
        """Changes attributes of the class `user_settings["user_class_name"]`.

        `tasks` is a list of names out of the class's own tasks. KeyError if there is no such class.
        """
        if isinstance(self.runner, MasterRunner):
            self.runner.send_message("update_user_class", user_settings)
        name = user_settings["user_class_name"]
        user_class = (self.available_user_classes or {})[name]
        for key, value in user_settings.items():
            if key == "tasks":
                own = (self.available_user_tasks or {})[name]
                user_class.tasks = [task for task in own if task.__name__ in value]
            elif key != "user_class_name":
                setattr(user_class, key, value)

    def update_worker_logs(self, worker_log_report: dict[str, Any]) -> None:
        """Keeps the log lines that a worker reported."""
        worker_id = worker_log_report.get("worker_id")
        if worker_id:
            self.worker_logs[worker_id] = worker_log_report.get("logs", [])

    def _filter_tasks_by_tags(self) -> None:
        """Leaves the classes those tasks that the tags allow; only the first call does anything."""
        if self._tasks_filtered:
            return
        self._tasks_filtered = True
        tags, exclude_tags = self._tag_rules()
        for user_class in self.user_classes:
            filter_tasks_by_tags(user_class, tags, exclude_tags)

    def _tag_rules(self) -> tuple[set[str] | None, set[str] | None]:
        """The tags of which a task needs one, and those of which it must have none."""
        return self._tag_rule(self.tags, "tags"), self._tag_rule(self.exclude_tags, "exclude_tags")

    def _tag_rule(self, own: list[str] | None, option: str) -> set[str] | None:
        if own is not None:
            return set(own)
        given = getattr(self.parsed_options, option, None)
        return set(given) if given else None

    def _remove_user_classes_with_weight_zero(self) -> None:
        if not self.user_classes:
            return
        kept = [cls for cls in self.user_classes if cls.weight > 0 or cls.fixed_count > 0]
        if not kept:
            raise ValueError("No user class has a weight above 0: there is nobody to start")
        self.user_classes[:] = kept

    def assign_equal_weights(self) -> None:
        """Gives every user class the same weight, and every task of a class the same chance.

        Tasks of nested task sets become tasks of the user.
        """
        for user_class in self.user_classes:
            user_class.weight = 1
            found: list[Task] = []
            ahead = list(user_class.tasks)
            while ahead:
                task = ahead.pop()
                if isinstance(task, TaskHolder):
                    ahead.extend(task.tasks)
                elif not callable(task):
                    raise ValueError(f"{user_class.__name__} has a task that is none: {task!r}")
                elif task not in found:
                    found.append(task)
            user_class.tasks = found

    def _validate_user_class_name_uniqueness(self) -> None:
        if len({cls.__name__ for cls in self.user_classes}) != len(self.user_classes):
            names = ", ".join(cls.fullname() for cls in self.user_classes)
            raise ValueError(f"The following user classes have the same class name: {names}")

    def _validate_shape_class_instance(self) -> None:
        if self.shape_class is not None and not isinstance(self.shape_class, LoadTestShape):
            raise ValueError(
                f"shape_class takes an instance of a LoadTestShape, not {self.shape_class!r}"
            )

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        return {cls.__name__: cls for cls in self.user_classes}
