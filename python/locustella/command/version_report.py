"""What `--version` prints: what to put into a bug report.

    locustella 0.1.0 (follows Locust 2.47.0), Python 3.11.7
      Boost 1.90.0, OpenSSL 3.0.11, zlib 1.2.13
"""

from __future__ import annotations

import platform

from .._version import locustella_version, version


def version_report() -> str:
    """Our version, the Locust version whose behaviour we follow, Python and the libraries."""
    report = (
        f"locustella {locustella_version()} (follows Locust {version}), "
        f"Python {platform.python_version()}"
    )
    libraries = [f"{name} {number}" for name, number in _native_libraries()]
    return report + (f"\n  {', '.join(libraries)}" if libraries else "")


def _native_libraries() -> list[tuple[str, str]]:
    from .. import _core

    return list(_core.libraries())
