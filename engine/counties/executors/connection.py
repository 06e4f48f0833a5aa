"""Reaching a Dask scheduler, and whether it and its workers can do the work."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ....models.language import counted, tr
from ...cancelling import LISTEN_EVERY, within
from ...errors import CropAttentionError
from ...feedback import Feedback
from ...provenance import version
from .base import ExecutorError
from .waiting import LEAVE_SECONDS, put_away
from .worker import examine

if TYPE_CHECKING:
    from distributed import Client, Security

    from ..county import CountyTask

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")
CONNECT_SECONDS = 5
ANSWER_SECONDS = 6
"""In which a scheduler must have answered, with its handshake and its version."""

GREETING_SECONDS = 3
GREETING, LONGEST_GREETING = 8, 1 << 20
"""Bytes of the length that Dask sends first, and what it is at most."""

EXAMINE_SECONDS = 120
"""In which scheduler and workers load the package and look at the files."""


def check_address(address: str) -> None:
    """Raise ExecutorError when a text is no address of a scheduler."""
    parts = urlsplit(address)
    try:
        fine = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port is not None
    except ValueError:
        fine = False
    if not fine:
        raise ExecutorError(
            tr(
                "'{address}' is not the address of a Dask scheduler; write it like tcp://host:8786 or tls://host:8786."
            ).format(address=address)
        )


def check_dask() -> None:
    """Raise ExecutorError when Dask is not installed or does not load."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ExecutorError(
            tr(
                "Dask's package 'distributed' is needed for this and cannot be imported ({error}): install it "
                "with 'python -m pip install distributed \"numpy<2\"' in the Python that runs Crop Attention."
            ).format(error=error)
        ) from error


@contextmanager
def connect(address: str, feedback: Feedback, security: Security | None = None) -> Iterator[Client]:
    """Yield a client of a scheduler.

    Args:
        security: certificates for TLS; None takes those of Dask's own configuration.

    Raises:
        ExecutorError: Dask is missing, the address is wrong, or nobody answers there.
    """
    check_address(address)
    check_dask()
    from distributed import Client, Security

    security = security or Security()
    if _encrypted(address) and not all(getattr(security, name) for name in ("tls_ca_file", "tls_client_cert")):
        raise ExecutorError(
            tr(
                "No certificates are known for {address}; name them in Dask's configuration "
                "(distributed.comm.tls.ca-file, distributed.comm.tls.client.cert and .key)."
            ).format(address=address)
        )
    _greet(address, feedback)
    try:
        with warnings.catch_warnings():
            # Which versions differ is said by `examine` where it matters.
            warnings.simplefilter("ignore")
            client = within(
                ANSWER_SECONDS,
                feedback,
                lambda: Client(address, timeout=CONNECT_SECONDS, set_as_default=False, security=security),
            )
    except CropAttentionError:
        raise
    except Exception as error:  # whatever listens there may send anything, and Dask raises what it makes of it
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ExecutorError(
            tr(
                "No Dask scheduler answers at {address} within {answer_seconds} seconds ({reason}); check that "
                "it runs, the address, the firewall and the certificates."
            ).format(address=address, answer_seconds=ANSWER_SECONDS, reason=reason)
        ) from error
    try:
        if not _encrypted(address) and not _on_this_computer(address):
            feedback.warning(
                tr(
                    "The connection to {address} is not encrypted, and whoever reaches that scheduler can run code "
                    "on its workers and here; use it in a network that you trust, or a tls:// address."
                ).format(address=address)
            )
        yield client
    finally:
        put_away(client.close, LEAVE_SECONDS if feedback.cancelled() else CONNECT_SECONDS)


def _greet(address: str, feedback: Feedback) -> None:
    """Check that what listens at a plain address greets as Dask does: with the length of a short message.

    Raises:
        ExecutorError: nobody listens, nobody speaks, or something else does.
    """
    parts = urlsplit(address)
    if parts.scheme != "tcp":
        return
    limit, heard, reason = time.monotonic() + GREETING_SECONDS, b"", tr("nothing listens at that address")
    while len(heard) < GREETING and time.monotonic() < limit:
        feedback.check()
        try:
            with socket.create_connection((parts.hostname, parts.port), timeout=LISTEN_EVERY * 5) as line:
                line.settimeout(LISTEN_EVERY)
                reason = tr("the program that answers there sends nothing")
                while len(heard) < GREETING and time.monotonic() < limit:
                    feedback.check()
                    with contextlib.suppress(TimeoutError, socket.timeout):
                        more = line.recv(GREETING - len(heard))
                        if not more:
                            break
                        heard += more
        except OSError as error:
            reason = error.strerror or str(error)
            time.sleep(LISTEN_EVERY)
    if len(heard) == GREETING and GREETING < int.from_bytes(heard, "little") < LONGEST_GREETING:
        return
    if heard:
        reason = tr("the program that answers there is not a Dask scheduler")
    raise ExecutorError(
        tr(
            "No Dask scheduler answers at {address} within {greeting_seconds} seconds ({reason}); check that "
            "it runs, the address, the firewall and the certificates."
        ).format(address=address, greeting_seconds=GREETING_SECONDS, reason=reason)
    )


def _encrypted(address: str) -> bool:
    return urlsplit(address).scheme in ("tls", "wss")


def _on_this_computer(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


MOST_PATHS = 2000
"""Files and folders that each worker is asked for at most."""


def check_workers(client: Client, tasks: Sequence[CountyTask], feedback: Feedback) -> None:
    """Check that each worker has the package, in this version, and sees the files.

    Workers that join later look at their version themselves; a county whose files they do not see fails alone.

    Raises:
        ExecutorError: naming the workers at fault and the remedy.
    """
    threads = client.nthreads()
    if not threads:
        feedback.warning(tr("The Dask scheduler has no workers yet; the counties wait until some join."))
        return
    folder = tasks[0].folder
    # A file that is there for this moment alone tells the same folder from one of the same name.
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".crop_attention_") as sign:
        told = _ask(client, folder, [sign.name, *_paths(tasks)], feedback)
    faults: dict[str, list[str]] = {}
    for address, found in told.items():
        fault = _fault(found, folder, sign.name)
        if fault:
            faults.setdefault(fault, []).append(address)
    for fault, addresses in faults.items():
        rest = tr(" (and {number} more)").format(number=len(addresses) - 1) if len(addresses) > 1 else ""
        raise ExecutorError(
            tr("The Dask worker {addresses}{rest} {fault}").format(addresses=addresses[0], rest=rest, fault=fault)
        )
    wide = [address for address, count in threads.items() if count > 1]
    if wide:
        feedback.warning(
            tr(
                "{count_wide} of {count_threads} Dask workers have more than one thread, which wait for each "
                "other, as a worker classifies one county at a time; start workers with '--nthreads 1'."
            ).format(count_wide=len(wide), count_threads=len(threads))
        )
    feedback.info(tr("{workers}.").format(workers=counted(len(threads), "Dask worker")))


def _ask(client: Client, folder: str, paths: list[str], feedback: Feedback) -> dict[str, dict[str, Any]]:
    where = "scheduler"
    try:
        # It reads the tasks that it passes on.
        within(EXAMINE_SECONDS, feedback, lambda: client.run_on_scheduler(examine, folder, []))
        where = "worker"
        return within(EXAMINE_SECONDS, feedback, lambda: client.run(examine, folder, paths))
    except CropAttentionError:
        raise
    except OSError as error:
        raise ExecutorError(
            tr("The Dask {where} does not answer ({error}); check that it runs and try again.").format(
                where=where, error=error
            )
        ) from error
    except Exception as error:  # what could not be imported there comes back as whatever Dask makes of it
        raise ExecutorError(
            tr(
                "A Dask {where} cannot load Crop Attention ({split}); put the folder that holds the package "
                "'{split_2}', in version {version}, on the PYTHONPATH of the scheduler and all workers."
            ).format(where=where, split=" ".join(str(error).split()), split_2=__name__.split(".")[0], version=version())
        ) from error


def _paths(tasks: Sequence[CountyTask]) -> list[str]:
    """Return what the counties read, as far as this computer sees it."""
    wanted: dict[str, None] = {}
    for task in tasks:
        parcels = [task.parcels.path] if task.parcels else []
        wanted.update(dict.fromkeys((task.checkpoint, *task.s2, *task.s1, *parcels)))
    return [path for path in wanted if os.path.exists(path)][:MOST_PATHS]


def _fault(found: dict[str, Any], folder: str, sign: str) -> str:
    """Return what is wrong with a worker, "" for nothing."""
    if found["version"] != version():
        return tr(
            "has version {found} of Crop Attention, this computer {version}; install the same version on all."
        ).format(found=found["version"], version=version())
    if found["packages"]:
        return tr("lacks the Python packages {found}; install them in the workers' environment.").format(
            found=", ".join(found["packages"])
        )
    if not found["folder"] or sign in found["unseen"]:
        return tr(
            "cannot write into the output folder {folder}; use a folder on a file system that all workers "
            "share, under the same path."
        ).format(folder=folder)
    if found["unseen"]:
        return tr(
            "cannot see {found}; put the inputs on a file system that all workers share, under the same path."
        ).format(found=found["unseen"][0])
    return ""
