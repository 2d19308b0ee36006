"""The example networks that find objects in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck.reference_networks import LayerScale  # noqa: E402


def conv_relu(cin: int, c: int, k: int = 3, s: int = 1, p: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(cin, c, k, s, p), nn.ReLU()]


class Ssd300(nn.Module):  # type: ignore[misc]
    """torchvision's SSD300, its outputs with the priors last."""

    def __init__(self, classes: int) -> None:
        super().__init__()

        def many(cin: int, c: int, times: int) -> list[nn.Module]:
            return [one for n in range(times) for one in conv_relu(c if n else cin, c)]

        def extra(cin: int, c: int, s: int, p: int) -> nn.Module:
            return nn.Sequential(*conv_relu(cin, c // 2, 1, 1, 0), *conv_relu(c // 2, c, 3, s, p))

        layers = [*many(3, 64, 2), nn.MaxPool2d(2), *many(64, 128, 2), nn.MaxPool2d(2)]
        layers += [*many(128, 256, 3), nn.MaxPool2d(2, ceil_mode=True), *many(256, 512, 3)]
        self.conv4_3 = nn.Sequential(*layers)
        layers = [nn.MaxPool2d(2), *many(512, 512, 3), nn.MaxPool2d(3, 1, 1)]
        layers += [nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU()]
        self.fc7 = nn.Sequential(*layers, *conv_relu(1024, 1024, 1, 1, 0))
        self.extras = nn.ModuleList(
            [extra(1024, 512, 2, 1), extra(512, 256, 2, 1), extra(256, 256, 1, 0)]
        )
        self.extras.append(extra(256, 256, 1, 0))
        self.norm = LayerScale(512)
        channels, counts = (512, 1024, 512, 256, 256, 256), (4, 6, 6, 6, 4, 4)
        self.heads = nn.ModuleList(
            nn.ModuleList(
                nn.Conv2d(c, count * values, 3, padding=1)
                for c, count in zip(channels, counts, strict=True)
            )
            for values in (classes, 4)
        )
        self.values = (classes, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = first = self.conv4_3(x)
        x = self.fc7(x)
        maps = [x]
        for extra in self.extras:
            x = extra(x)
            maps.append(x)
        scaled = self.norm(F.normalize(first).movedim(1, -1)).movedim(-1, 1)
        scores, boxes = (
            torch.cat(
                [
                    self.rows(head(at), values)
                    for head, at in zip(heads, [scaled, *maps], strict=True)
                ],
                dim=1,
            ).transpose(1, 2)
            for heads, values in zip(self.heads, self.values, strict=True)
        )
        return scores, boxes

    def rows(self, x: Tensor, values: int) -> Tensor:
        """(N, priors, values): position by position, and those of one position together."""
        split = x.unflatten(1, (-1, values)).permute(0, 3, 4, 1, 2)
        return split.reshape(len(x), -1, values)


REFERENCES: dict[str, Callable[[], nn.Module]] = {"ssd300_vgg16": lambda: Ssd300(91)}
