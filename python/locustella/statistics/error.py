"""One kind of failure: the same error at the same entry, counted."""

from __future__ import annotations

import hashlib
import re
from operator import attrgetter
from typing import Any, TypedDict

from .._core import StatsErrorData
from ..exception import CatchResponseError
from . import clock

MASKED = "0x...."
_ADDRESS = re.compile("(?<=at )0x[0-9a-f]{6,}")  # fewer digits are somebody's own number


class StatsBaseDict(TypedDict):
    """What the serialized forms of entries and errors begin with."""

    name: str
    method: str


class StatsErrorDict(StatsBaseDict):
    """A StatsError on its way from a worker to the master."""

    error: str
    occurrences: int
    first_seen: float | None
    last_seen: float | None


def _shown(error: object) -> str:
    try:
        return repr(error)
    except Exception:  # of a script's own class; the failure counts all the same
        return f"<{type(error).__name__}>"


def encodable(text: str) -> str:
    """The same, but for what has no UTF-8 form (lone surrogates)."""
    return text.encode("utf-8", "backslashreplace").decode()


def _number(name: str) -> Any:
    """An attribute that is a number of the native failure: a property."""

    def assign(self: StatsError, value: Any) -> None:
        setattr(self._data, name, value)

    return property(attrgetter(f"_data.{name}"), assign)


class StatsError:
    """How often one error occurred at one (method, name), and when (Unix seconds)."""

    occurrences: int = _number("occurrences")
    first_seen: float | None = _number("first_seen")
    last_seen: float | None = _number("last_seen")

    def __init__(
        self,
        method: str,
        name: str,
        error: Exception | str | None,
        occurrences: int = 0,
        first_seen: float | None = None,
        last_seen: float | None = None,
    ) -> None:
        self.method = method
        self.name = name
        self.error = error
        self._data = StatsErrorData(
            encodable(str(method)),
            encodable(str(name)),
            encodable(self._text(error)),
            occurrences,
            first_seen,
            last_seen,
        )

    @classmethod
    def _over(
        cls, data: StatsErrorData, method: str, name: str, error: Exception | str | None
    ) -> StatsError:
        """The face of a failure that native recording has made."""
        face = cls.__new__(cls)
        face.method, face.name, face.error, face._data = method, name, error, data
        return face

    @classmethod
    def _text(cls, error: Exception | str | None) -> str:
        try:
            return cls.parse_error(error)
        except Exception:  # a user's __repr__: whoever shows the error will hear of it
            return ""

    def __reduce__(self) -> tuple[type[StatsError], tuple[Any, ...]]:
        numbers = (self.occurrences, self.first_seen, self.last_seen)
        return type(self), (self.method, self.name, self.error, *numbers)

    @classmethod
    def parse_error(cls, error: Exception | str | None) -> str:
        """The error as text without the memory addresses of objects in it: errors group by this.

        Locust masks the first "object at 0x7f12>". urllib3's connections show themselves in other
        words, "HTTPConnection(...) at 0x7f4558c0fd50>", and each has an address of its own.
        """
        text = error if isinstance(error, str) else _shown(error)
        before, marker, after = text.partition("object at 0x")
        digits, closing, _ = after.partition(">")
        if marker and closing:
            text = text.replace(f"0x{digits}", MASKED)
        return _ADDRESS.sub(MASKED, text) if "at 0x" in text else text

    @classmethod
    def create_key(cls, method: str, name: str, error: Exception | str | None) -> str:
        """The same on every node for the same failure."""
        text = f"{method}.{name}.{cls.parse_error(error)!r}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def occurred(self) -> None:
        """Count one more, now."""
        self._data.occurred(clock.now())

    def to_name(self) -> str:
        """One line for people: what `response.failure(text)` was given appears as text alone."""
        wrapper = "CatchResponseError("
        error = self.error
        if isinstance(error, CatchResponseError):
            shown = error.args[0]
        elif not isinstance(error, str):
            shown = _shown(error)
        elif error.startswith(wrapper):  # a worker's report carries text only
            shown = error[len(wrapper) : -1]
        else:
            shown = error
        return f"{self.method} {self.name}: {shown}"

    def serialize(self) -> StatsErrorDict:
        """As plain data, for the cluster."""
        return {
            "name": self.name,
            "method": self.method,
            "error": self.parse_error(self.error),
            "occurrences": self.occurrences,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
        }

    @classmethod
    def unserialize(cls, data: StatsErrorDict) -> StatsError:
        """The other way; reports of older nodes have no instants."""
        return cls(
            data["method"],
            data["name"],
            data["error"],
            data["occurrences"],
            data.get("first_seen"),
            data.get("last_seen"),
        )

    def to_dict(self) -> StatsErrorDict:
        """As plain data, for the web interface."""
        return self.serialize()
