"""What scripts say about TLS, as settings of the native core.

    check_files(True, "ca.pem", ("client.pem", "client.key"))     # OSError, in requests' words
    tls_arguments("ca.pem", None)
    # {"verify": True, "ca_bundle": "ca.pem", "certificate": "", "key": "", "common_name": False}
    arguments_of_context(ssl.create_default_context(cafile="ca.pem"))
    # {"verify": True, "ca_bundle": "(a file)", "certificate": "", "key": ""}

Python gives out a context's authorities but not its client certificate: contexts note it when they
load it, from the import of this module on. A context's ciphers and protocol versions are not taken
over. Thread: any.
"""

from __future__ import annotations

import atexit
import os
import ssl
import tempfile
import warnings
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from requests.certs import where
from urllib3.exceptions import InsecureRequestWarning

default_bundle = where


def check_files(tls: bool, verify: Any, cert: Any) -> None:
    """OSError for a file that is not there, as `requests` has it."""
    if tls and verify and verify is not True and not os.path.exists(verify):
        raise OSError(
            f"Could not find a suitable TLS CA certificate bundle, invalid path: {verify}"
        )
    hash(cert)  # TypeError for a list, as in the key of urllib3's pools
    if not cert:
        return
    certificate: Any
    certificate, key = (cert, None) if isinstance(cert, str | bytes) else (cert[0], cert[1])
    if certificate and not os.path.exists(certificate):
        raise OSError(f"Could not find the TLS certificate file, invalid path: {certificate}")
    if key and not os.path.exists(key):
        raise OSError(f"Could not find the TLS key file, invalid path: {key}")


def tls_arguments(verify: Any, cert: Any) -> dict[str, Any]:
    """A Route's arguments for what `verify=` and `cert=` say."""
    certificate, key = (
        (cert, "") if isinstance(cert, str | bytes | os.PathLike) else (cert or ("", ""))
    )
    bundle = default_bundle() if verify is True else (os.fspath(verify) if _is_path(verify) else "")
    return {
        "verify": bool(verify),
        "ca_bundle": os.fsdecode(bundle),
        "certificate": os.fsdecode(certificate or ""),
        "key": os.fsdecode(key or ""),
        "common_name": False,
    }


def _is_path(verify: Any) -> bool:
    return bool(verify) and isinstance(verify, str | bytes | os.PathLike)


def warn_of_no_verification(host: str) -> None:
    """urllib3's warning; `urllib3.disable_warnings()` silences it."""
    warnings.warn(
        f"Unverified HTTPS request is being made to host '{host}'. Adding certificate verification "
        "is strongly "
        "advised. See: https://urllib3.readthedocs.io/en/latest/advanced-usage.html#tls-warnings",
        InsecureRequestWarning,
        stacklevel=2,
    )


# The client certificate of each context, which OpenSSL does not give out again: (certificate, key,
# password).
_certificates: WeakKeyDictionary[ssl.SSLContext, tuple[Any, Any, Any]] = WeakKeyDictionary()
_load_cert_chain = ssl.SSLContext.load_cert_chain


def _noted_load_cert_chain(
    context: ssl.SSLContext, certfile: Any, keyfile: Any = None, password: Any = None
) -> None:
    _load_cert_chain(context, certfile, keyfile, password)
    _certificates[context] = (certfile, keyfile, password)


def note_client_certificates() -> None:
    """From now on contexts remember the certificate that they load."""
    for cls in ssl.SSLContext.__mro__:
        if cls.__name__ == "SSLContext" and "load_cert_chain" not in cls.__dict__:
            notes: Any = cls
            notes.load_cert_chain = _noted_load_cert_chain


def arguments_of_factory(factory: Any, insecure: bool) -> dict[str, Any]:
    """A Route's arguments for the context that geventhttpclient would get from this factory."""
    bundle = default_bundle()
    try:
        context = factory(cafile=bundle)
    except TypeError:
        context = factory()
        context.load_verify_locations(cafile=bundle)
    found = arguments_of_context(context)
    verifies = not insecure or context.verify_mode != ssl.CERT_NONE
    return found | {"verify": verifies, "check_host": not insecure}


def arguments_of_context(context: ssl.SSLContext) -> dict[str, Any]:
    """Whether to verify, a file with the context's authorities, and its client certificate."""
    certificate, key, password = _certificates.get(context, ("", "", None))
    found = {
        "verify": context.verify_mode != ssl.CERT_NONE,
        "ca_bundle": "",
        "certificate": os.fsdecode(certificate),
        "key": os.fsdecode(key or ""),
        "key_password": _text_of(password),
    }
    if authorities := context.get_ca_certs(binary_form=True):
        found["ca_bundle"] = _bundle_of(tuple(authorities))
    return found


def _text_of(password: Any) -> str:
    if callable(password):
        password = password()
    return password if isinstance(password, str) else bytes(password or b"").decode("utf-8")


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


note_client_certificates()
