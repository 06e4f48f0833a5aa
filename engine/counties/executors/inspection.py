"""Looks at the workers of a cluster before the first county begins."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...feedback import Feedback
from ...provenance import version
from .base import ExecutorError
from .worker import examine

if TYPE_CHECKING:
    from distributed import Client

    from ..task import CountyTask

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
        feedback.warning("The Dask scheduler has no workers yet; the counties wait until some join.")
        return
    folder = tasks[0].folder
    # A file that is there for this moment alone tells the same folder from one of the same name.
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".crop_attention_") as sign:
        told = _ask(client, folder, [sign.name, *_paths(tasks)])
    faults: dict[str, list[str]] = {}
    for address, found in told.items():
        fault = _fault(found, folder, sign.name)
        if fault:
            faults.setdefault(fault, []).append(address)
    for fault, addresses in faults.items():
        rest = f" (and {len(addresses) - 1} more)" if len(addresses) > 1 else ""
        raise ExecutorError(f"The Dask worker {addresses[0]}{rest} {fault}")
    wide = [address for address, count in threads.items() if count > 1]
    if wide:
        feedback.warning(
            f"{len(wide)} of {len(threads)} Dask workers have more than one thread, which wait for each other, as a "
            "worker classifies one county at a time; start workers with '--nthreads 1'."
        )
    feedback.info(f"{len(threads)} Dask worker{'s' if len(threads) > 1 else ''}.")


def _ask(client: Client, folder: str, paths: list[str]) -> dict[str, dict[str, Any]]:
    where = "scheduler"
    try:
        # It reads the tasks that it passes on.
        client.run_on_scheduler(examine, folder, [])
        where = "worker"
        return client.run(examine, folder, paths)
    except OSError as error:
        raise ExecutorError(f"The Dask {where} does not answer ({error}); check that it runs and try again.") from error
    except Exception as error:  # what could not be imported there comes back as whatever Dask makes of it
        raise ExecutorError(
            f"A Dask {where} cannot load Crop Attention ({' '.join(str(error).split())}); put the folder that holds "
            f"the package '{__name__.split('.')[0]}', in version {version()}, on the PYTHONPATH of the scheduler and "
            "all workers."
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
        return f"has version {found['version']} of Crop Attention, this computer {version()}; give all the same."
    if found["packages"]:
        return f"lacks the Python packages {', '.join(found['packages'])}; install them in the workers' environment."
    if not found["folder"] or sign in found["unseen"]:
        return (
            f"cannot write into the output folder {folder}; use a folder on a file system that all workers share, "
            "under the same path."
        )
    if found["unseen"]:
        return (
            f"does not see {found['unseen'][0]}; put the inputs on a file system that all workers share, under the "
            "same path."
        )
    return ""
