"""Two versions: Locust's, whose behaviour is followed, and Locustella's own.

`locust.__version__` is also what a worker tells its master when it reports ready, so it has to be
a version that stock Locust masters and workers know.
"""

from __future__ import annotations

version = __version__ = "2.47.0"
version_tuple = __version_tuple__ = (2, 47, 0)


def locustella_version() -> str:
    """Locustella's own version, such as "0.1.0"; "unknown" for a bare source tree."""
    try:
        from . import _core
    except ImportError:
        pass
    else:
        found = getattr(_core, "__version__", None) or getattr(_core, "version", None)
        if found is not None:
            return found() if callable(found) else found
    from importlib import metadata

    try:
        return metadata.version("locustella")
    except metadata.PackageNotFoundError:
        return "unknown"
