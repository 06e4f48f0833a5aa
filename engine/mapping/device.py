"""Where the network runs: a device is trusted only after it has run a small kernel."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator

import torch

from ..errors import DeviceError
from ..feedback import Feedback
from ..options import DEVICE_NAMES

TRIAL_SIZE = 8


@dataclass(frozen=True)
class Device:
    """A device that has proved itself.

    Attributes:
        torch: the device.
        label: what people call it.
        threads: blocks that a CPU works on side by side; 1 for a GPU.
        fallback: why it is not the one asked for, if so.
    """

    torch: torch.device
    label: str
    threads: int = 1
    fallback: str = ""

    @property
    def is_cpu(self) -> bool:
        return self.torch.type == "cpu"


def choose_device(wanted: str, threads: int | None, feedback: Feedback) -> Device:
    """Return the device to run on; falls back to the CPU when a GPU fails its trial, and says so.

    Args:
        wanted: "auto", "cpu", "cuda" or "cuda:N".
        threads: of the CPU, if it comes to that; None takes all cores.
        feedback: told of a fall-back.

    Raises:
        DeviceError: the name is not one of these.
    """
    wanted = wanted.strip().lower() or "auto"
    if not DEVICE_NAMES.fullmatch(wanted):
        raise DeviceError(f"The device '{wanted}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0).")
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return cpu(threads)
    device = torch.device("cuda" if wanted == "auto" else wanted)
    problem = _trial(device)
    if not problem:
        return Device(device, f"CUDA, {torch.cuda.get_device_name(device)}")
    message = f"The GPU '{device}' cannot run the network ({problem}); the CPU is used instead."
    feedback.warning(message)
    return cpu(threads, message)


def cpu(threads: int | None = None, fallback: str = "") -> Device:
    """Return the CPU with so many threads; None takes all cores."""
    count = threads or os.cpu_count() or 1
    return Device(torch.device("cpu"), f"CPU, {count} thread{'s' if count > 1 else ''}", count, fallback)


def _trial(device: torch.device) -> str:
    """Run a small 3D convolution; return what went wrong, or nothing."""
    if not torch.cuda.is_available():
        return "torch finds no CUDA device"
    try:
        with torch.inference_mode():
            x = torch.ones(1, 2, 3, TRIAL_SIZE, TRIAL_SIZE, device=device)
            weight = torch.ones(1, 2, 3, 3, 3, device=device)
            found = torch.nn.functional.conv3d(x, weight).flatten()[0].item()
    except Exception as error:  # a broken driver raises what it likes; the CPU still works
        return str(error).splitlines()[0]
    return "" if found == 2 * 27 else f"a trial convolution gave {found} for 54"


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Full float32 on any device; the thread count that others set for torch is kept for them."""
    before = torch.get_num_threads()
    tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = tf32
