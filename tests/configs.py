"""The example networks as parameters of tests: a share every day, all in the thorough run."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

CONFIGS = {
    path.name.removesuffix(".net.yaml"): path
    for path in sorted((Path(__file__).parents[1] / "examples" / "configs").glob("*.net.yaml"))
}
# Small ones of every sort: maps, sequences, words and points, branches, heads, several inputs.
SHARE = (
    "convnext_v2_tiny", "dcgan_generator", "lenet5", "lstm_language_model", "mobilenet_v2",
    "pointnet", "resnet18", "siamese_omniglot", "ssd300_vgg16", "textcnn", "unet",
    "wavenet_stack", "whisper_tiny_encoder",
)  # fmt: skip


def configs(*every_day: str) -> list[ParameterSet]:
    """The paths of all examples, of which these, or SHARE, are for every day.

    >>> [one.id for one in configs("unet") if not one.marks]
    ['unet']
    """
    chosen = set(every_day or SHARE)
    assert chosen <= CONFIGS.keys()
    return [
        pytest.param(path, id=name, marks=() if name in chosen else pytest.mark.thorough)
        for name, path in CONFIGS.items()
    ]
