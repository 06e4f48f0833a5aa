"""The parts of a ready-made model: inputs, outputs and steps."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    """One input of a model, declared as the step that takes it declares it.

    Attributes:
        name: of the input.
        step, key: step and input whose definition is taken.
        title, text: in place of the definition's own, "" to keep them.
        advanced: whether it stands under the advanced ones.
    """

    name: str
    step: str
    key: str
    title: str = ""
    text: str = ""
    advanced: bool = False


@dataclass(frozen=True)
class Give:
    """One output of a model: a destination of a step.

    Attributes:
        key: of the step's output.
        title: its name in the dialog.
        required: whether it must be named.
        default: where it goes when it is left out, "" for nowhere.
    """

    key: str
    title: str
    required: bool = False
    default: str = ""


@dataclass(frozen=True)
class Step:
    """One algorithm of a model.

    Attributes:
        name: of the step, the part of output names before the colon.
        algorithm: its id after the colon.
        feeds: input of the algorithm -> input of the model, or "step.OUTPUT".
        gives: outputs of the model.
        after: steps that come first although nothing flows from them.
        fixed: input of the algorithm -> value that the model sets.
    """

    name: str
    algorithm: str
    feeds: dict[str, str]
    gives: tuple[Give, ...] = ()
    after: tuple[str, ...] = ()
    fixed: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One model.

    Attributes:
        name: id after the colon and file name.
        title: name in the Toolbox.
        text: help.
        asks: inputs in the order of the dialog.
        steps: in the order in which they run.
    """

    name: str
    title: str
    text: str
    asks: tuple[Ask, ...]
    steps: tuple[Step, ...]
