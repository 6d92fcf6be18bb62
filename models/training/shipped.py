"""Going on from a shipped ONNX file: its street branch as a checkpoint that can be trained again.

The file holds the branch as it serves, folded: no batch statistics, and of the two heads that training needs only the one that answers. Both are made anew.
Each convolution's statistics are measured on pictures and its scale and shift chosen so that the network's answers stay what they were, whether it runs or
learns, and both heads begin as the one that answers. So a city that has only the shipped file can go on from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import TrainingError
from models.pictures import letterbox, read_picture
from models.training.export import BRANCH_ENTRY, BRANCH_PREFIX
from models.training.street_branch import build_start

BATCH = 8


def start_from_file(base: Path, shipped: Path, pictures: Sequence[Path], target: Path, *, image_size: int = 448) -> Path:
    """Writes the checkpoint from which training goes on where the `shipped` file ended.

    Args:
        base: the COCO checkpoint that the file stands on.
        pictures: a few dozen pictures like those of the training, for the batch statistics.

    Returns:
        `target`.

    Raises:
        TrainingError: the file holds no street branch of this shape (files of version 0.1 do not), or no pictures are given.
    """
    import torch

    if not pictures:
        raise TrainingError(f"going on from {shipped.name} needs pictures for its batch statistics, and none are given")
    weights, begins = _weights_of(shipped)
    saved = torch.load(build_start(base, target, begins), weights_only=False, map_location="cpu")
    network = saved["model"].float().eval()
    head = network.model[-1]
    head.end2end = True
    normalised = _put_weights(network, weights, shipped.name)
    _measure_statistics(network, normalised, pictures, image_size)
    for many, one in ((head.cv2, head.one2one_cv2), (head.cv3, head.one2one_cv3)):
        many.load_state_dict(one.state_dict())
    torch.save(saved, target)
    return target


def _weights_of(path: Path) -> tuple[dict[str, Any], int]:
    """The branch's weights by the name of their convolution in the checkpoint, as float32, and the number of its first layer."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    told = {entry.key: entry.value for entry in model.metadata_props}
    entry = re.fullmatch(r"layers (\d+) on", told.get(BRANCH_ENTRY, ""))
    begins = int(entry[1]) if entry else 0
    weights = {}
    for initializer in model.graph.initializer:
        if initializer.name.startswith(BRANCH_PREFIX + "."):
            layer, rest = initializer.name.removesuffix(".half").removeprefix(BRANCH_PREFIX + ".").split(".", 1)
            weights[f"model.{int(layer) + begins}.{rest}"] = numpy_helper.to_array(initializer).astype(np.float32)
    if not weights:
        raise TrainingError(f"{path.name} holds no street branch: only files by `curbwatch models export` with a BRANCH do")
    if entry is None:
        raise TrainingError(
            f"{path.name} is a file of version 0.1, whose branch has another shape and four classes: begin without --start, or go on from a newer file"
        )
    return weights, begins


def _put_weights(network: Any, weights: dict[str, Any], where: str) -> list[tuple[Any, Any]]:
    """Puts the folded weights in; returns each convolution that is followed by batch normalisation, with that."""
    import torch

    normalised = []
    left = set(weights)
    for name, module in network.named_modules():
        conv_name = f"{name}.conv" if hasattr(module, "conv") and hasattr(module, "bn") else name
        if f"{conv_name}.weight" not in left:
            continue
        if f"{conv_name}.bias" not in left:
            raise TrainingError(f"{where}: {conv_name} has no bias of its own: this branch was exported before it was trained")
        conv = module.conv if conv_name != name else module
        weight, bias = torch.from_numpy(weights[f"{conv_name}.weight"]), torch.from_numpy(weights[f"{conv_name}.bias"])
        if conv.weight.shape != weight.shape:
            raise TrainingError(f"{where}: {conv_name} has another shape than the branch of this version")
        conv.weight.data = weight.clone()
        if conv_name == name:
            conv.bias.data = bias.clone()
        else:
            bn = module.bn
            bn.running_mean.zero_()
            bn.running_var.fill_(1.0)
            bn.weight.data.fill_((1.0 + bn.eps) ** 0.5)
            bn.bias.data = bias.clone()
            normalised.append((conv, bn))
        left -= {f"{conv_name}.weight", f"{conv_name}.bias"}
    if left:
        raise TrainingError(f"{where}: the branch of this version has no {sorted(left)[0]}")
    return normalised


def _measure_statistics(network: Any, normalised: list[tuple[Any, Any]], pictures: Sequence[Path], image_size: int) -> None:
    """Measures mean and variance of what each convolution gives, then sets scale and shift so that nothing changes."""
    import torch

    sums: dict[int, list[Any]] = {}

    def note(conv: Any, _inputs: Any, out: Any) -> None:
        count, first, second = sums.setdefault(id(conv), [0, 0.0, 0.0])
        values = out.double()
        sums[id(conv)] = [count + values.numel() // values.shape[1], first + values.sum((0, 2, 3)), second + (values * values).sum((0, 2, 3))]

    hooks = [conv.register_forward_hook(note) for conv, _ in normalised]
    with torch.no_grad():
        for at in range(0, len(pictures), BATCH):
            batch = np.stack([letterbox(read_picture(path), image_size, image_size)[0] for path in pictures[at : at + BATCH]])
            network(torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255)
    for hook in hooks:
        hook.remove()
    for conv, bn in normalised:
        count, first, second = sums[id(conv)]
        mean = (first / count).float()
        variance = (second / count).float().sub_(mean * mean).clamp_(min=0.0)
        bn.bias.data += mean
        bn.weight.data = (variance + bn.eps).sqrt()
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(variance)
