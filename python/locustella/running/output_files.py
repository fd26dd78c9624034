"""The files that a run writes at its end, opened before its first user starts.

    outputs = OutputFiles(options)
    outputs.problems                       # what cannot be written, a line each
    outputs.replace("load/r.html", page)   # at the end, also when no descriptor is left
    outputs.close()

A path that cannot be written is told before hours of load; folders and files are made where they
are missing. What a former run has left stays until there is something to put in its place. A pipe
or device is opened when it is written, as opening it may wait for its reader.

Thread: the hub's.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from argparse import Namespace
from copy import copy

from ..statistics.samples.sample_form import ENDINGS, SampleForm, form_of, missing_for
from ..statistics.samples.sample_output import SampleOutput, spool_path

logger = logging.getLogger("locust.main")


def process_html_filename(options: Namespace) -> None:
    """Puts the numbers of the test into `options.html_file`.

    {u} becomes the number of users, {r} the spawn rate, {t} the run time in seconds; a tag whose
    number nobody gave stays as it is.
    """
    tags = {"{u}": options.num_users, "{r}": options.spawn_rate, "{t}": options.run_time}
    for tag, number in tags.items():
        if number is not None:
            text = str(int(number)) if float(number).is_integer() else str(number)
            options.html_file = options.html_file.replace(tag, text)


def html_path(options: Namespace) -> str | None:
    """Of the report, with the numbers of the test; those that nobody gave are the defaults."""
    if not options.html_file:
        return None
    filled = copy(options)
    filled.num_users = 1 if options.num_users is None else options.num_users
    filled.spawn_rate = 1 if options.spawn_rate is None else options.spawn_rate
    process_html_filename(filled)
    return filled.html_file


def json_path(options: Namespace) -> str | None:
    """Of the entries, as Locust writes them."""
    return f"{options.json_file}.json" if options.json_file else None


def run_json_path(options: Namespace) -> str | None:
    """Of what is known of the run beside the entries."""
    return f"{options.json_file}_run.json" if options.json_file else None


def phases_path(csv_prefix: str) -> str:
    return f"{csv_prefix}_phases.csv"


class OutputFile:
    """One of them. OSError if it cannot be opened for writing, with its folders if need be."""

    def __init__(self, path: str, is_stream: bool = False) -> None:
        """`is_stream`: it will be written piece by piece, from begin() on."""
        self.path = path
        self._is_stream = is_stream
        self._descriptor: int | None = None
        self._made = False
        self._written = False
        self._open()

    def _open(self) -> None:
        folder = os.path.dirname(self.path)  # Locust's: a path ending in / is a folder to make
        if folder:
            os.makedirs(folder, exist_ok=True)
        try:
            if _is_special(os.stat(self.path)):
                if not os.access(self.path, os.W_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self.path)
                if self._is_stream:
                    self._descriptor = _opened_for_its_reader(self.path)
                return
        except FileNotFoundError:
            self._made = True
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o666)

    def begin(self) -> int:
        """Empties a stream; returns the descriptor to write it by, which stays this object's."""
        assert self._is_stream and self._descriptor is not None
        self._written = True
        if not _is_special(os.fstat(self._descriptor)):
            os.ftruncate(self._descriptor, 0)
        return self._descriptor

    def replace(self, text: str) -> None:
        """Puts the text into the file, in place of what is there. OSError as `open`."""
        data = text.encode("utf-8", "backslashreplace")
        if self._descriptor is not None and not self._is_still_there():
            os.close(self._descriptor)
            self._descriptor = None
            self._open()
        self._written = True
        if self._descriptor is None:
            with open(self.path, "wb") as file:
                file.write(data)
            return
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def _is_still_there(self) -> bool:
        """Whether the path leads to the file that was opened: somebody may have moved it away."""
        assert self._descriptor is not None
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._descriptor))
        except OSError:
            return False

    def close(self) -> None:
        """A file that was made here and got nothing goes away again."""
        if self._descriptor is None:
            return
        if self._made and not self._written and self._is_still_there():
            os.unlink(self.path)
        os.close(self._descriptor)
        self._descriptor = None


def _is_special(found: os.stat_result) -> bool:
    return not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode)


def _opened_for_its_reader(path: str) -> int:
    """Without waiting for one: where nobody reads yet it is an error."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from it", path) from None
        raise
    os.set_blocking(descriptor, True)
    return descriptor


class OutputFiles:
    """All of them but the CSV files, which have a writer of their own."""

    def __init__(self, options: Namespace) -> None:
        self.problems: list[str] = []
        self.samples: SampleOutput | None = None
        self._files: dict[str, OutputFile] = {}
        has_phases = options.csv_prefix and options.phase_times
        for what, path in (
            ("the report", html_path(options)),
            ("the results", json_path(options)),
            ("the results", run_json_path(options)),
            ("the phases", phases_path(options.csv_prefix) if has_phases else None),
        ):
            if path is not None:
                self._try(what, path)
        samples_path = getattr(options, "samples_path", None)
        if samples_path:
            self._open_samples(samples_path)

    def _try(self, what: str, path: str, is_stream: bool = False) -> None:
        try:
            self._files[path] = OutputFile(path, is_stream)
        except OSError as error:
            self.problems.append(f"cannot write {what} to {path}: {_words(path, error)}")

    def _open_samples(self, path: str) -> None:
        form = form_of(path)
        if form is None and os.path.exists(path) and _is_special(os.stat(path)):
            form = SampleForm()
        missing = missing_for(form) if form is not None else f"its name has to end in {ENDINGS}"
        if form is None or missing is not None:
            self.problems.append(f"cannot write the samples to {path}: {missing}")
            return
        for needed in (path, spool_path(path)) if form.parquet else (path,):
            self._try("the samples", needed, is_stream=True)
        self.samples = SampleOutput(path, form, lambda path: self._files[path].begin())

    def replace(self, path: str, text: str) -> None:
        """Writes the file; a path that the options did not name at the start is opened now."""
        if path not in self._files:
            self._files[path] = OutputFile(path)
        self._files[path].replace(text)

    def close(self) -> None:
        self._finish_samples()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _finish_samples(self) -> None:
        """Of a run that has ended without its reports."""
        if self.samples is None:
            return
        try:
            self.samples.finish()
        except OSError as error:
            logger.error("Cannot write the samples to %s: %s", self.samples.path, error)


def _words(path: str, error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "it is a folder, give the name of a file"
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        return f"{_first_file(path)} is no folder"
    return (error.strerror or str(error)).lower()


def _first_file(path: str) -> str:
    """Of the folders in the path the one that is none."""
    folder = os.path.dirname(path)
    while folder and not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder or path
