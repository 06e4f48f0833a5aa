"""The network over blocks: side by side on a CPU, in batches on a GPU."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from ...models.checkpoint import Checkpoint
from ...models.cpu.blas import one_thread
from ...models.known import known
from ...models.language import tr
from ...models.registry import supports_numpy
from ..feedback import Feedback
from ..options import BLOCK
from ..series.cube.cube import Cube
from .device import Device, cpu
from .forward import BlockResult, NumpyNetwork
from .progress import Progress

GPU_SHARE = 0.5
"""Share of the free GPU memory that a batch may take; the desktop needs the rest."""

GPU_BYTES_A_BLOCK = 200 * 2**20
"""First guess of what one block takes on a GPU; halved batches correct it."""


BLOCKS_A_THREAD = 2
"""Blocks in the hands of the threads, for each of them: one in work, one to go on with while others are written."""


@dataclass
class Ticket:
    """A block that was submitted: waiting with its cube, in the hands of a thread, or answered."""

    cube: Cube | None
    future: Future[BlockResult] | None = None
    answer: BlockResult | None = None


class BlockRunner:
    """Runs a checkpoint on blocks of one fixed shape, so that the arithmetic never depends on the tile.

    On a CPU each block is the work of one thread, and threads share blocks, not the loops inside one: how many there
    are then changes no rounding, and none waits for another inside a convolution.

    Attributes:
        device: where it runs now; becomes the CPU when a GPU fails on the way.
        margin: pixels of surroundings that a block needs on each side.
        batch: blocks that go through the network at once.
        ahead: blocks to submit before the first answer is asked for.
    """

    def __init__(
        self, checkpoint: Checkpoint, device: Device, threads: int | None, shown: Collection[str], feedback: Feedback
    ):
        """Take a checkpoint, where to run, and which attentions, by their names in `BlockResult`, are wanted."""
        self.checkpoint = checkpoint
        self._shown = shown
        self._threads = threads
        self.feedback = feedback
        self._pool: ThreadPoolExecutor | None = None
        self._pending: list[Ticket] = []
        self._held = ExitStack()
        self._labels: list[str] = []
        self._move(device)
        self.margin: int = self._network.margin

    def submit(self, cube: Cube) -> Ticket:
        """Take a block with its margins, BLOCK + 2 * margin pixels a side, and begin with it when there is room."""
        ticket = Ticket(cube)
        self._pending.append(ticket)
        if self.device.is_cpu:
            self._hand_out()
        return ticket

    def result(self, ticket: Ticket, progress: Progress) -> BlockResult:
        """Wait for the answer to a block; blocks are asked for in the order in which they were given."""
        progress.check()
        while ticket.future is None and ticket.answer is None:
            batch = self._pending[: self.batch]
            try:
                for member, answer in zip(batch, self._forward([known(member.cube) for member in batch])):
                    member.answer, member.cube = answer, None
            except RuntimeError as error:
                self._recover(error)
            else:
                del self._pending[: len(batch)]
        if ticket.future is not None:
            return progress.wait_for(ticket.future)
        return known(ticket.answer)

    def close(self) -> None:
        """Let the threads go; blocks that nobody has begun are forgotten."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._held.close()

    @property
    def label(self) -> str:
        """Where and in which form the network ran, for people; both where a GPU failed on the way."""
        return ", then ".join(self._labels)

    def _move(self, device: Device) -> None:
        self.device = device
        if device.is_cpu and supports_numpy(self.checkpoint.card.architecture):
            self._network: NumpyNetwork | TorchNetwork = NumpyNetwork(self.checkpoint, self._shown)
        else:
            from .torch_forward import TorchNetwork

            self._network = TorchNetwork(self.checkpoint, self._shown, device)
        self._labels.append(device.with_form(self._network.label))
        if device.is_cpu:
            self._held.enter_context(one_thread())
            self._pool = ThreadPoolExecutor(device.threads, "crop-attention-network")
            self.batch, self.ahead = 1, BLOCKS_A_THREAD * device.threads
            self._hand_out()
        else:
            from .torch_forward import free_bytes

            self.batch = max(1, int(free_bytes(device) * GPU_SHARE // GPU_BYTES_A_BLOCK))
            self.ahead = self.batch - 1

    def _recover(self, error: RuntimeError) -> None:
        """Try a smaller batch, then the CPU."""
        from .torch_forward import is_out_of_memory

        if is_out_of_memory(error) and self.batch > 1:
            self.batch //= 2
            self.ahead = self.batch - 1
            return
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        message = tr("{label} failed during the run ({reason}); the rest runs on the CPU.").format(
            label=self.device.label, reason=reason
        )
        self.feedback.warning(message)
        self._move(cpu(self._threads, message))

    def _hand_out(self) -> None:
        for ticket in self._pending:
            ticket.future = known(self._pool).submit(self._one, known(ticket.cube))
            ticket.cube = None
        self._pending.clear()

    def _one(self, cube: Cube) -> BlockResult:
        return self._forward([cube])[0]

    def _forward(self, cubes: list[Cube]) -> list[BlockResult]:
        return self._network(cubes)


def cut(cube: Cube, row: int, col: int, margin: int) -> Cube:
    """Return the block whose upper left pixel is (row, col) of a cube read with `margin`, with its own margin."""
    side = BLOCK + 2 * margin
    return cube.cut(slice(row, row + side), slice(col, col + side))
