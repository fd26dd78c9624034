"""Header fields as FastHttpUser's scripts see them: geventhttpclient's `Headers`.

    headers = Headers({"X-One": "1"})
    headers.add("set-cookie", "a=1"), headers.add("Set-Cookie", "b=2")
    headers["SET-COOKIE"]  # ["a=1", "b=2"]: a list where a field came several times
    list(headers.items())                      # each line, in the spelling that it came in

Iterating gives names in lower case, each once; `len` counts lines. Thread: any.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping, ValuesView
from typing import Any

_NOTHING = object()


class Headers(dict[str, Any]):
    """A dict from names in lower case to a (name, value) pair, or a list of them; its methods speak
    of values.
    """

    def __init__(self, headers: Any = None, **fields: Any) -> None:
        super().__init__()
        self.extend(() if headers is None else headers, **fields)

    def _lines(self, field: str) -> list[tuple[str, str]]:
        entry = super().get(field.lower(), [])
        return [entry] if isinstance(entry, tuple) else entry

    def __setitem__(self, field: str, value: Any) -> None:
        several = isinstance(value, list | tuple)
        super().__setitem__(
            field.lower(), [(field, one) for one in value] if several else (field, value)
        )

    def __getitem__(self, field: str) -> Any:
        entry = super().__getitem__(field.lower())
        return entry[1] if isinstance(entry, tuple) else [value for _, value in entry]

    def __delitem__(self, field: str) -> None:
        super().__delitem__(field.lower())

    def __contains__(self, field: Any) -> bool:
        return super().__contains__(field.lower())

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Mapping) and not hasattr(other, "keys"):
            return False
        other = other if isinstance(other, Headers) else Headers(other)
        return {name: self[name] for name in self} == {name: other[name] for name in other}

    def __ne__(self, other: Any) -> bool:
        return not self == other

    __hash__ = None

    def __len__(self) -> int:
        return sum(len(self._lines(name)) for name in self)

    def __or__(self, other: Any) -> Headers:  # type: ignore[override]  # makes Headers of any dict
        merged = self.copy()
        merged.update(other)
        return merged

    def __ior__(self, other: Any) -> Headers:  # type: ignore[override]  # and this
        self.update(other)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.compatible_dict()})"

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.items())

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # geventhttpclient's
        return KeysView(self)

    def values(self) -> ValuesView[Any]:  # type: ignore[override]  # geventhttpclient's
        return ValuesView(self)

    def items(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]  # geventhttpclient's
        for name in self:
            yield from self._lines(name)

    def iterlower(self) -> Iterator[tuple[str, str]]:
        for name in self:
            yield from ((name, value) for _, value in self._lines(name))

    def itermerged(self) -> Iterator[tuple[str, str]]:
        """One line for each name; several values are joined by a comma."""
        for name in self:
            lines = self._lines(name)
            if lines:
                yield (
                    lines[0][0],
                    lines[0][1] if len(lines) == 1 else ", ".join(value for _, value in lines),
                )

    def compatible_dict(self) -> dict[str, str]:
        return dict(self.itermerged())

    def get(self, field: str, default: Any = None) -> Any:
        return self[field] if field in self else default

    def getlist(self, field: str) -> list[str]:
        return [value for _, value in self._lines(field)]

    getheaders = getallmatchingheaders = getlist

    def get_all(self, field: str, failobj: Any = None) -> Any:
        return self.getlist(field) or failobj

    def add(self, field: str, value: Any) -> None:
        """One more line; a list gives one for each of its items."""
        if isinstance(value, list | tuple):
            for one in value:
                self.add(field, one)
        elif lines := self._lines(field):
            super().__setitem__(field.lower(), [*lines, (field, value)])
        else:
            super().__setitem__(field.lower(), (field, value))

    def extend(self, other: Any = (), **fields: Any) -> None:
        """Adds all lines of a mapping or of pairs."""
        for field, value in _pairs(other):
            self.add(field, value)
        for field, value in fields.items():
            self.add(field, value)

    def update(self, other: Any = (), **fields: Any) -> None:  # type: ignore[override]  # any
        """Replaces the fields that `other` has."""
        if isinstance(other, Headers):
            for name in other:
                super().__setitem__(name, dict.__getitem__(other, name))
        else:
            for field, value in _pairs(other):
                self[field] = value
        for field, value in fields.items():
            self[field] = value

    def setdefault(self, field: str, default: Any = "") -> Any:
        if field not in self:
            self[field] = default
        return self[field]

    def pop(self, field: str, default: Any = _NOTHING) -> Any:
        if field not in self and default is not _NOTHING:
            return default
        value = self[field]
        del self[field]
        return value

    def discard(self, field: str) -> None:
        super().pop(field.lower(), None)

    def copy(self) -> Headers:
        clone = Headers()
        for name in self:
            entry = dict.__getitem__(self, name)
            dict.__setitem__(clone, name, list(entry) if isinstance(entry, list) else entry)
        return clone

    def __reduce__(self) -> Any:
        return Headers, (list(self.items()),)


def _pairs(other: Any) -> Any:
    if isinstance(other, Headers):
        return list(other.items())
    if isinstance(other, Mapping):
        return other.items()
    if hasattr(other, "keys"):
        return [(name, other[name]) for name in other]
    return other


