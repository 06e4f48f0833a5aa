"""The one loop that fits a network to patches; it can be put down and taken up again to the last bit."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import Any, Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...models.networks.blocks import channels_last
from ...models.networks.network import CropNetwork
from ...models.networks.points import on_points
from ...models.output import NetworkOutput
from ..cancelling import cancellable
from ..feedback import Feedback
from .augment import Season, augment
from .mixture import Mixture, Part, Sampler
from .options import TrainingOptions
from .samples import UNKNOWN, Batch

START, END = 1 / 25, 1 / 250_000
"""Learning rate at the first and the last step, as a share of its peak: those of Smith and Topin's one cycle."""

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)

CHANCES_A_SEED = 1_000_003
"""Steps after which the chance of dropout would be that of the next seed."""


def one_cycle(share: float, warm_up: float) -> float:
    """Return the learning rate as a share of its peak, at a share (0..1) of all steps: a cosine up, a cosine down."""
    if share < warm_up:
        return START + (1 - START) * (1 - math.cos(math.pi * share / warm_up)) / 2
    return END + (1 - END) * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2


class Fitting:
    """A network on its way: optimiser, running mean of the weights, and all chance.

    Attributes:
        network: fitted in place.
        mean: running mean of the weights by name, what is judged and saved in the end.
        steps: how many there will be; may be lowered on the way.
        step: how many are done.
    """

    def __init__(
        self,
        network: CropNetwork,
        sampler: Sampler | Mixture,
        options: TrainingOptions,
        steps: int,
        device: torch.device | None = None,
        class_weights: Tensor | None = None,
        fresh: Iterable[str] | None = None,
        season: Season | None = None,
    ):
        """Start at step 0.

        Args:
            network: in any mode.
            sampler: where patches or points come from, one batch a step; or a mixture of several.
            options: rates, augmentation, seed.
            steps: planned.
            device: where it runs; None is the CPU.
            class_weights: (K,) weight of each class in the loss; None weighs all alike.
            fresh: names of weights that do not come from a base. Given, the others learn at `body_rate`, and the
                statistics of the batch norms stay those of the base. None: everything is new.
            season: makes another season of each batch before it is augmented.
        """
        self.device = device or torch.device("cpu")
        self.network = channels_last(network.to(self.device))
        self.steps, self.step = max(steps, 1), 0
        self._sampler, self._options, self._season = sampler, options, season
        self._parts = sampler.parts if isinstance(sampler, Mixture) else (Part(sampler, options.batch),)
        self._weights = None if class_weights is None else class_weights.to(self.device)
        self._random = torch.Generator().manual_seed(options.seed)
        self._keeps_statistics = fresh is not None
        self._rates = self._groups(fresh)
        groups = [{"params": params, "lr": options.learning_rate} for params, _ in self._rates]
        self._optimiser = torch.optim.AdamW(groups, lr=options.learning_rate, weight_decay=options.weight_decay)
        self.mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self._kept = self._snapshot()

    def advance(self, feedback: Feedback) -> float:
        """Do one step; return its loss.

        Raises:
            Cancelled: the analyst stopped; `state()` is that of the last whole step.
        """
        feedback.check()
        return cancellable(self._advance, feedback)

    def _advance(self) -> float:
        options = self._options
        rate = options.learning_rate * one_cycle(self.step / self.steps, options.warm_up)
        for group, (_, share) in zip(self._optimiser.param_groups, self._rates):
            group["lr"] = rate * share
        self._train_mode()
        self._optimiser.zero_grad(set_to_none=True)
        total = 0.0
        with self._own_chance():
            for some in self._passes([self._drawn(part) for part in self._parts]):
                loss = self._loss_of(some)
                loss.backward()
                total += loss.item()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        self._average()
        self._kept = self._snapshot()
        return total

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all tensors by name and all other numbers, as of the last whole step."""
        return self._kept

    def restore(self, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
        """Go on from what `state()` gave."""
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "mean": {}, "first": {}, "second": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            if kind in parts:
                parts[kind][rest] = value
        self.network.load_state_dict(parts["network"])
        for name, value in parts["mean"].items():
            self.mean[name].copy_(value)
        for name, parameter in self.network.named_parameters():
            if name in parts["first"]:
                self._optimiser.state[parameter] = {
                    "step": torch.tensor(float(numbers["updates"][name])),
                    "exp_avg": parts["first"][name].to(self.device).clone(memory_format=torch.preserve_format),
                    "exp_avg_sq": parts["second"][name].to(self.device).clone(memory_format=torch.preserve_format),
                }
        self._random.set_state(tensors["random"])
        self._sampler.restore(numbers["sampler"])
        self.step, self.steps = numbers["step"], numbers["steps"]
        self._kept = self._snapshot()

    def _snapshot(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors = {f"network/{name}": value.detach().clone() for name, value in self.network.state_dict().items()}
        tensors |= {f"mean/{name}": value.clone() for name, value in self.mean.items()}
        updates = {}
        for name, parameter in self.network.named_parameters():
            moments = self._optimiser.state.get(parameter)
            if moments:
                tensors[f"first/{name}"] = moments["exp_avg"].clone()
                tensors[f"second/{name}"] = moments["exp_avg_sq"].clone()
                updates[name] = float(moments["step"])
        tensors["random"] = self._random.get_state().clone()
        numbers = {"step": self.step, "steps": self.steps, "updates": updates, "sampler": self._sampler.state()}
        return tensors, numbers

    def _groups(self, fresh: Iterable[str] | None) -> list[tuple[list[nn.Parameter], float]]:
        """Return parameters and the share of the learning rate that each group gets."""
        named = {name: value for name, value in self.network.named_parameters() if value.requires_grad}
        if fresh is None:
            return [(list(named.values()), 1.0)]
        new = set(fresh)
        parts = (
            ([value for name, value in named.items() if name in new], 1.0),
            ([value for name, value in named.items() if name not in new], self._options.body_rate),
        )
        return [(values, share) for values, share in parts if values]

    def _train_mode(self) -> None:
        self.network.train()
        if self._keeps_statistics:
            for module in self.network.modules():
                if isinstance(module, NORMS):
                    module.eval()

    @contextmanager
    def _own_chance(self) -> Iterator[None]:
        """Draw what torch draws, for dropout, by seed and step, so that a run that is taken up draws the same."""
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self._options.seed * CHANCES_A_SEED + self.step)
            yield

    def _average(self) -> None:
        """Move the running mean towards the present weights; young means forget faster."""
        keep = min(self._options.average, self.step / (self.step + 9))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    self.mean[name].lerp_(value, 1 - keep)
                else:
                    self.mean[name].copy_(value)

    def _drawn(self, part: Part) -> tuple[float, Batch]:
        batch = self._on_device(part.sampler.draw(part.count))
        return part.weight, augment(batch, self._options, self._random, self._season)

    def _passes(self, drawn: list[tuple[float, Batch]]) -> list[list[tuple[float, Batch]]]:
        """Return which parts run through the network together: all, where that changes no sum but its order.

        Batch norms that measure their batch must see each part by itself.
        """
        alike = len({batch.s2.shape[1:] for _, batch in drawn}) == 1
        return [drawn] if alike and self._keeps_statistics else [[each] for each in drawn]

    def _loss_of(self, parts: list[tuple[float, Batch]]) -> Tensor:
        """Return the mean loss of each batch times its weight, with that of each sensor alone, summed."""
        output = self._forward(Batch(*(torch.cat(same) for same in zip(*(vars(batch).values() for _, batch in parts)))))
        counts = [len(batch.labels) for _, batch in parts]
        heads = (output.logits, output.s2_logits, output.s1_logits)
        split = [head.split(counts) for head in heads if head is not None]
        total = torch.zeros((), device=self.device)
        for (weight, batch), own, *alone in zip(parts, *split):
            loss = self._loss(own, batch.labels)
            for logits in alone:
                loss = loss + self._options.auxiliary * self._loss(logits, batch.labels)
            total = total + weight * loss
        return total

    def _forward(self, batch: Batch) -> NetworkOutput:
        arrays = (batch.s2, batch.s2_valid, batch.s1, batch.s1_valid)
        return on_points(self.network, *arrays) if batch.s2.shape[-1] == 1 else self.network(*arrays)

    def _on_device(self, batch: Batch) -> Batch:
        return Batch(*(part.to(self.device) for part in vars(batch).values()))

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(
            logits, labels, self._weights, ignore_index=UNKNOWN, label_smoothing=self._options.label_smoothing
        )
