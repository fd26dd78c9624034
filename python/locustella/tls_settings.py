"""What an `ssl.SSLContext` of Python's says, as settings of the native core.

    arguments_of_context(ssl.create_default_context(cafile="ca.pem"))
    # {"verify": True, "ca_bundle": "(a file)", "certificate": "", "key": ""}

Python gives out a context's authorities but not its client certificate: that one has to be given
to the session by name (`cert=`). Thread: any.
"""

from __future__ import annotations

import atexit
import os
import ssl
import tempfile
from functools import lru_cache
from typing import Any


def arguments_of_factory(factory: Any, insecure: bool) -> dict[str, Any]:
    """The settings that geventhttpclient would get from a factory of contexts."""
    return arguments_of_context(factory())


def arguments_of_context(context: ssl.SSLContext) -> dict[str, Any]:
    """Whether to verify, and a file with the context's certificate authorities."""
    if context.verify_mode == ssl.CERT_NONE:
        return {"verify": False, "ca_bundle": "", "certificate": "", "key": ""}
    authorities = context.get_ca_certs(binary_form=True)
    bundle = _bundle_of(tuple(authorities)) if authorities else ""
    return {"verify": True, "ca_bundle": bundle, "certificate": "", "key": ""}


@lru_cache(maxsize=64)
def _bundle_of(authorities: tuple[bytes, ...]) -> str:
    """A PEM file with these certificates; it lives as long as the process."""
    handle, path = tempfile.mkstemp(suffix=".pem", prefix="locustella-ca-")
    with os.fdopen(handle, "w") as file:
        file.writelines(ssl.DER_cert_to_PEM_cert(der) for der in authorities)
    atexit.register(_remove, path)
    return path


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
