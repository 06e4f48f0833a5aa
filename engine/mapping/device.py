"""Where the network runs: a device is trusted only after a small kernel; torch is imported for a GPU alone."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from ...models.language import tr
from ..cores import usable_cores
from ..errors import DeviceError
from ..feedback import Feedback
from ..options import DEVICE_NAMES

if TYPE_CHECKING:
    import torch

TRIAL_SIZE = 8
CPU = "cpu"
_BUILT_FOR = re.compile(r"^(?:cuda|hip|xpu)\s*(?::[^=\n]*)?=\s*(?!None\b)\S", re.MULTILINE)
"""The line of torch's version.py by which a build says that it can use a GPU."""


@dataclass(frozen=True)
class Device:
    """A device that has proved itself.

    Attributes:
        name: as torch calls it, "cpu" or "cuda:0".
        label: what people call it.
        threads: blocks that a CPU works on side by side; 1 for a GPU.
        fallback: why it is not the one asked for, if so.
    """

    name: str
    label: str
    threads: int = 1
    fallback: str = ""

    @property
    def is_cpu(self) -> bool:
        return self.name == CPU

    def with_form(self, form: str) -> str:
        """Return the label with the form of the network that runs there."""
        first, comma, rest = self.label.partition(",")
        return f"{first} ({form}){comma}{rest}"

    @property
    def torch(self) -> torch.device:
        """The device for torch, which is imported."""
        return _torch().device(self.name)


def choose_device(wanted: str, threads: int | None, feedback: Feedback) -> Device:
    """Return the device to run on; falls back to the CPU when a GPU fails its trial, and says so.

    Args:
        wanted: "auto", "cpu", "cuda" or "cuda:N".
        threads: of the CPU, if it comes to that; None takes all cores.

    Raises:
        DeviceError: the name is not one of these.
    """
    wanted = wanted.strip().lower() or "auto"
    if not DEVICE_NAMES.fullmatch(wanted):
        raise DeviceError(
            tr("The device '{wanted}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0).").format(
                wanted=wanted
            )
        )
    if wanted != CPU and "torch" not in sys.modules and built_for_gpu():
        feedback.info(tr("Loading torch for the GPU; the first time after a start this takes a while."))
    if wanted == CPU or (wanted == "auto" and not gpu_is_likely()):
        return cpu(threads)
    name = "cuda" if wanted == "auto" else wanted
    problem, label = _trial(name)
    if not problem:
        return Device(name, f"CUDA, {label}")
    message = tr("The GPU '{name}' cannot run the network ({problem}); the CPU is used instead.").format(
        name=name, problem=problem
    )
    feedback.warning(message)
    return cpu(threads, message)


def cpu(threads: int | None = None, fallback: str = "") -> Device:
    """Return the CPU with so many threads; None takes all cores that this process may use."""
    count = threads or usable_cores()
    return Device(CPU, f"CPU, {count} thread{'s' if count > 1 else ''}", count, fallback)


def gpu_is_likely() -> bool:
    """Return whether torch may find a GPU; a torch that was built without is not imported to learn that."""
    if sys.modules.get("torch") is not None:
        return bool(sys.modules["torch"].cuda.is_available())
    if not built_for_gpu():
        return False
    try:
        return bool(_torch().cuda.is_available())
    except (ImportError, OSError, RuntimeError):
        return False


def built_for_gpu() -> bool:
    """Return whether there is a torch that could use a GPU, without importing it."""
    try:
        found = find_spec("torch")
        text = Path(found.origin).with_name("version.py").read_text("utf-8") if found and found.origin else ""
    except (ImportError, ValueError, OSError):
        return False
    return bool(_BUILT_FOR.search(text))


def _torch() -> Any:
    return import_module("torch")


def _trial(name: str) -> tuple[str, str]:
    """Run a small 3D convolution; return what went wrong, or "" and what people call the device."""
    if sys.modules.get("torch") is None and find_spec("torch") is None:
        return tr("torch, which it takes, is not installed: Plugins > Crop Attention > Set up torch installs it"), ""
    try:
        torch = _torch()
        if not torch.cuda.is_available():
            return tr("torch finds no CUDA device"), ""
        with torch.inference_mode():
            x = torch.ones(1, 2, 3, TRIAL_SIZE, TRIAL_SIZE, device=name)
            weight = torch.ones(1, 2, 3, 3, 3, device=name)
            found = torch.nn.functional.conv3d(x, weight).flatten()[0].item()
            label = torch.cuda.get_device_name(name)
    except Exception as error:  # a broken driver raises what it likes; the CPU still works
        return (str(error).splitlines() or [type(error).__name__])[0], ""
    return ("" if found == 2 * 27 else tr("a trial convolution gave {found} for 54").format(found=found)), label


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Full float32 on any device; the thread count that others set for torch is kept for them.

    Where torch is not loaded there is nothing to set.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = tf32
