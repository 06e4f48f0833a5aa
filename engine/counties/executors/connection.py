"""The way to a Dask scheduler: opened within seconds or refused in one sentence."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...feedback import Feedback
from .base import ExecutorError

if TYPE_CHECKING:
    from distributed import Client, Security

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")
CONNECT_SECONDS = 5


def check_address(address: str) -> None:
    """Raise ExecutorError when a text is no address of a scheduler."""
    parts = urlsplit(address)
    try:
        fine = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port is not None
    except ValueError:
        fine = False
    if not fine:
        raise ExecutorError(
            f"'{address}' is no address of a Dask scheduler; write it like tcp://host:8786 or tls://host:8786."
        )


def check_dask() -> None:
    """Raise ExecutorError when Dask is not installed or does not load."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ExecutorError(
            f"Dask's package 'distributed' is needed for this and cannot be imported ({error}): install it with "
            "'python -m pip install distributed \"numpy<2\"' in the Python that runs Crop Attention."
        ) from error


@contextmanager
def connect(address: str, feedback: Feedback, security: Security | None = None) -> Iterator[Client]:
    """Yield a client of a scheduler.

    Args:
        address: of the scheduler.
        feedback: told of a connection that anybody can read.
        security: certificates for TLS; None takes those of Dask's own configuration.

    Raises:
        ExecutorError: Dask is missing, the address is wrong, or nobody answers there.
    """
    check_address(address)
    check_dask()
    from distributed import Client, Security

    security = security or Security()
    if _encrypted(address) and not (security.tls_ca_file and security.tls_client_cert):
        raise ExecutorError(
            f"No certificates are known for {address}; name them in Dask's configuration "
            "(distributed.comm.tls.ca-file, distributed.comm.tls.client.cert and .key)."
        )
    try:
        with warnings.catch_warnings():
            # Which versions differ is said by `examine` where it matters.
            warnings.simplefilter("ignore")
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, security=security)
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ExecutorError(
            f"No Dask scheduler answers at {address} within {CONNECT_SECONDS} seconds ({reason}); check that it runs, "
            "the address, the firewall and the certificates."
        ) from error
    try:
        if not _encrypted(address) and not _on_this_computer(address):
            feedback.warning(
                f"The connection to {address} is not encrypted, and whoever reaches that scheduler can run code on its "
                "workers and here; use it in a network that you trust, or a tls:// address."
            )
        yield client
    finally:
        client.close(timeout=CONNECT_SECONDS)


def _encrypted(address: str) -> bool:
    return urlsplit(address).scheme in ("tls", "wss")


def _on_this_computer(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
