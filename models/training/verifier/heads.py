"""The verifier's heads on frozen features: logistic regressions with weight decay, or one hidden layer; and what they are trained to tell.

`picture`: something is sold in it, from the maximum of its tiles' features. `things`: the same from what the detector sees in it.
`looks`: what a crop is, one of `LOOK_CLASSES`. `covered`: a selling thing that is closed or covered. Features are standardised, and the standardisation is
folded into the first layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How a head is fitted.

    Attributes:
        decay: weight decay per standardised weight, relative to the mean loss (L2, as in `decay / 2 * |w|^2`).
        hidden: units of a hidden layer; 0 for a plain logistic regression.
        epochs, learning_rate, dropout: of the hidden layer's training.
    """

    decay: float = 0.05
    hidden: int = 0
    epochs: int = 60
    learning_rate: float = 1e-3
    dropout: float = 0.5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Heads:
    """The four heads as torch modules."""

    picture: Any
    things: Any
    looks: Any
    covered: Any


def fit_binary(x: Floats, y: NDArray[Any], weights: Floats | None = None, settings: HeadSettings | None = None) -> Any:
    """A head (b, d) → (b, 1) of log odds. Without both kinds of examples it says what it saw, with a floor.

    Args:
        x: (n, d) features.
        y: (n,) truth.
        weights: (n,) of the examples, 1 each by default.
    """
    import torch

    settings = settings or HeadSettings()
    truth = torch.from_numpy(np.asarray(y, np.float32))[:, None]
    if not len(x) or not 0 < float(truth.mean()) < 1:
        return _constant(x.shape[1], [4.0 if len(x) and float(truth.mean()) == 1 else -4.0])
    counted = _weights(weights, len(x))

    def loss(out: Any, index: Any) -> Any:
        each = torch.nn.functional.binary_cross_entropy_with_logits(out, truth[index], reduction="none")[:, 0]
        return (each * counted[index]).sum() / counted[index].sum()

    return _fit(x, 1, loss, settings)


def fit_classes(x: Floats, y: NDArray[np.int64], classes: int, weights: Floats | None = None, settings: HeadSettings | None = None) -> Any:
    """A head (b, d) → (b, classes) of logits; a class without examples is never likely.

    Args:
        x: (n, d) features.
        y: (n,) class indices.
    """
    import torch

    settings = settings or HeadSettings()
    truth = torch.from_numpy(np.asarray(y, np.int64))
    counted = _weights(weights, len(x))

    def loss(out: Any, index: Any) -> Any:
        each = torch.nn.functional.cross_entropy(out, truth[index], reduction="none")
        return (each * counted[index]).sum() / counted[index].sum()

    head = _fit(x, classes, loss, settings)
    unseen = [i for i in range(classes) if not bool((truth == i).any())]
    with torch.no_grad():
        last = head[-1]
        last.weight[unseen] = 0.0
        last.bias[unseen] = -20.0
    return head


def apply(head: Any, x: Floats) -> Floats:
    """What a head says of features (n, d): (n, outputs)."""
    import torch

    with torch.no_grad():
        return np.asarray(head(torch.from_numpy(np.ascontiguousarray(x, np.float32))).numpy(), np.float32)


def _weights(weights: Floats | None, count: int) -> Any:
    import torch

    return torch.ones(count) if weights is None else torch.from_numpy(np.asarray(weights, np.float32))


def _constant(features: int, values: list[float]) -> Any:
    import torch

    layer = torch.nn.Linear(features, len(values))
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(torch.tensor(values))
    return torch.nn.Sequential(layer).eval()


def _fit(x: Floats, outputs: int, loss: Any, settings: HeadSettings) -> Any:
    import torch

    torch.manual_seed(settings.seed)
    mean, spread = x.mean(0), x.std(0) + 1e-3
    data = torch.from_numpy(np.asarray((x - mean) / spread, np.float32))
    head = _hidden(data, outputs, loss, settings) if settings.hidden else _linear(data, outputs, loss, settings)
    first = head[0]
    with torch.no_grad():  # the standardisation becomes part of the first layer
        scale = torch.from_numpy(np.asarray(1 / spread, np.float32))
        first.weight.mul_(scale)
        first.bias.sub_(first.weight @ torch.from_numpy(np.asarray(mean, np.float32)))
    return head.eval()


def _linear(data: Any, outputs: int, loss: Any, settings: HeadSettings) -> Any:
    """Full-batch L-BFGS: the problem is convex, so it ends at the same place whatever it begins with."""
    import torch

    layer = torch.nn.Linear(data.shape[1], outputs)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, history_size=10, tolerance_change=1e-7, line_search_fn="strong_wolfe")
    everything = slice(None)

    def step() -> Any:
        optimizer.zero_grad()
        total = loss(layer(data), everything) + settings.decay / 2 * layer.weight.square().sum()
        total.backward()
        return total

    optimizer.step(step)
    return torch.nn.Sequential(layer)


def _hidden(data: Any, outputs: int, loss: Any, settings: HeadSettings) -> Any:
    import torch

    head = torch.nn.Sequential(
        torch.nn.Linear(data.shape[1], settings.hidden), torch.nn.ReLU(), torch.nn.Dropout(settings.dropout), torch.nn.Linear(settings.hidden, outputs)
    )
    optimizer = torch.optim.AdamW(head.parameters(), lr=settings.learning_rate, weight_decay=settings.decay)
    steps = settings.epochs * max(1, len(data) // 64)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    head.train()
    for _ in range(settings.epochs):
        for index in torch.randperm(len(data)).split(64)[: max(1, len(data) // 64)]:
            optimizer.zero_grad()
            loss(head(data[index]), index).backward()
            optimizer.step()
            schedule.step()
    return head
