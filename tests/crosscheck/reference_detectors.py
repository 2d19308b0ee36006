"""The example networks that find objects in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck.reference_networks import LayerScale, Sum, resnet_stem  # noqa: E402
from tests.crosscheck.reference_networks import bottleneck as bottleneck_of  # noqa: E402
from tests.crosscheck.reference_transformers import Table  # noqa: E402


def conv_relu(cin: int, c: int, k: int = 3, s: int = 1, p: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(cin, c, k, s, p), nn.ReLU()]


def anchors(x: Tensor, values: int) -> Tensor:
    """(N, anchors, values): position by position, and those of one position together."""
    split = x.unflatten(1, (-1, values)).permute(0, 3, 4, 1, 2)
    return split.reshape(len(x), -1, values)


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
                    anchors(head(at), values)
                    for head, at in zip(heads, [scaled, *maps], strict=True)
                ],
                dim=1,
            ).transpose(1, 2)
            for heads, values in zip(self.heads, self.values, strict=True)
        )
        return scores, boxes


def cbs(cin: int, c: int, k: int = 1, s: int = 1, g: int = 1, act: bool = True) -> nn.Module:
    conv = nn.Conv2d(cin, c, k, s, k // 2, groups=g, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c, 1e-3), *([nn.SiLU()] if act else []))


def bottleneck(c: int, inner: int, shortcut: bool) -> nn.Module:
    layers = nn.Sequential(cbs(c, inner, 3), cbs(inner, c, 3))
    return Sum(nn.Identity(), layers) if shortcut else layers


class C2f(nn.Module):  # type: ignore[misc]
    """ultralytics' C2f, and C3k2: half of the channels go through blocks, all stages are kept."""

    def __init__(self, cin: int, c: int, half: int, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.first, self.blocks = cbs(cin, 2 * half), nn.ModuleList(blocks)
        self.last = cbs((2 + len(blocks)) * half, c)

    def forward(self, x: Tensor) -> Tensor:
        parts = [*self.first(x).chunk(2, 1)]
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.last(torch.cat(parts, 1))


class Sppf(nn.Module):  # type: ignore[misc]
    def __init__(self, c: int) -> None:
        super().__init__()
        self.first, self.last = cbs(c, c // 2), cbs(2 * c, c)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.last(torch.cat(parts, 1))


class Psa(nn.Module):  # type: ignore[misc]
    """ultralytics' Attention: heads of 64, keys of 32, and a depthwise layer over the values."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.heads = c // 64
        self.qkv, self.places = cbs(c, 2 * c, act=False), cbs(c, c, 3, g=c, act=False)
        self.last = cbs(c, c, act=False)

    def forward(self, x: Tensor) -> Tensor:
        split = self.qkv(x).flatten(2).unflatten(1, (self.heads, 128))
        q, k, v = split.split((32, 32, 64), 2)
        shares = ((q.transpose(2, 3) @ k) * 32**-0.5).softmax(-1)
        y = (v @ shares.transpose(2, 3)).reshape(x.shape)
        return self.last(y + self.places(v.reshape(x.shape)))


class C2psa(nn.Module):  # type: ignore[misc]
    def __init__(self, c: int) -> None:
        super().__init__()
        half = c // 2
        self.first, self.last = cbs(c, c), cbs(c, c)
        self.attend = Sum(nn.Identity(), Psa(half))
        dense = nn.Sequential(cbs(half, 2 * half), cbs(2 * half, half, act=False))
        self.dense = Sum(nn.Identity(), dense)

    def forward(self, x: Tensor) -> Tensor:
        passed, half = self.first(x).chunk(2, 1)
        return self.last(torch.cat([passed, self.dense(self.attend(half))], 1))


class Yolo(nn.Module):  # type: ignore[misc]
    """The path down, up and down again, and a head on each of three maps.

    `blocks` are in the order in which they run: four down, two up, two down.
    """

    def __init__(self, top: list[nn.Module], blocks: list[nn.Module], light: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        # YOLO11's first blocks double the channels, YOLOv8's do not.
        second, third = (64, 128) if light else (32, 64)
        widths = ((3, 16), (16, 32), (second, 64), (third, 128), (128, 256), (64, 64), (128, 128))
        self.halve = nn.ModuleList(cbs(cin, c, 3, 2) for cin, c in widths)
        self.top = nn.Sequential(*top)
        self.heads = nn.ModuleList(nn.ModuleList(head(c, light)) for c in (64, 128, 256))
        self.mean = nn.Conv2d(16, 1, 1, bias=False)

    def cells(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(distances to the sides `(N, 4, 8400)`, scores `(N, 80, 8400)`)."""
        one, two, three, four, up4, up3, down4, down5 = self.blocks
        x = one(self.halve[1](self.halve[0](x)))
        p3 = two(self.halve[2](x))
        p4 = three(self.halve[3](p3))
        p5 = self.top(four(self.halve[4](p4)))
        middle = up4(torch.cat([F.interpolate(p5, scale_factor=2), p4], 1))
        out3 = up3(torch.cat([F.interpolate(middle, scale_factor=2), p3], 1))
        out4 = down4(torch.cat([self.halve[5](out3), middle], 1))
        out5 = down5(torch.cat([self.halve[6](out4), p5], 1))
        found = [
            torch.cat([part(at) for part in parts], 1).flatten(2)
            for parts, at in zip(self.heads, (out3, out4, out5), strict=True)
        ]
        sides, scores = torch.cat(found, 2).split((64, 80), 1)
        bins = sides.unflatten(1, (4, 16)).transpose(1, 2).softmax(1)
        return self.mean(bins).squeeze(1), scores.sigmoid()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.cells(x)


def head(c: int, light: bool) -> list[nn.Module]:
    sides = [cbs(c, 64, 3), cbs(64, 64, 3), nn.Conv2d(64, 64, 1)]
    if light:
        scores = [cbs(c, c, 3, g=c), cbs(c, 80), cbs(80, 80, 3, g=80), cbs(80, 80)]
    else:
        scores = [cbs(c, 80, 3), cbs(80, 80, 3)]
    return [nn.Sequential(*sides), nn.Sequential(*scores, nn.Conv2d(80, 80, 1))]


class Boxes(Yolo):
    """YOLOv8, with the boxes worked out of the distances."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.centres, self.sizes = Table(2, 8400), Table(4, 8400)

    def forward(self, x: Tensor) -> Tensor:
        distances, scores = self.cells(x)
        before, after = distances.chunk(2, 1)
        first = self.centres(x) - before
        last = self.centres.value + after
        boxes = torch.cat([(first + last) / 2, last - first], 1) * self.sizes(x)
        return torch.cat([boxes, scores], 1)


def yolov8n() -> nn.Module:
    def c2f(cin: int, c: int, depth: int, shortcut: bool) -> nn.Module:
        blocks = [bottleneck(c // 2, c // 2, shortcut) for _ in range(depth)]
        return C2f(cin, c, c // 2, blocks)

    down = [c2f(c, c, depth, True) for c, depth in ((32, 1), (64, 2), (128, 2), (256, 1))]
    others = [c2f(cin, c, 1, False) for cin, c in ((384, 128), (192, 64), (192, 128), (384, 256))]
    return Boxes([Sppf(256)], [*down, *others], False)


class C3k(nn.Module):  # type: ignore[misc]
    def __init__(self, c: int) -> None:
        super().__init__()
        half = c // 2
        deep = [bottleneck(half, half, True) for _ in range(2)]
        self.deep = nn.Sequential(cbs(c, half), *deep)
        self.flat, self.last = cbs(c, half), cbs(c, c)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.cat([self.deep(x), self.flat(x)], 1))


def yolo11n() -> nn.Module:
    def c3k2(cin: int, c: int, half: int, deep: bool = False) -> nn.Module:
        return C2f(cin, c, half, [C3k(half) if deep else bottleneck(half, half // 2, True)])

    down = [c3k2(32, 64, 16), c3k2(64, 128, 32), c3k2(128, 128, 64, True)]
    down.append(c3k2(256, 256, 128, True))
    others = [c3k2(384, 128, 64), c3k2(256, 64, 32), c3k2(192, 128, 64)]
    others.append(c3k2(384, 256, 128, True))
    return Yolo([Sppf(256), C2psa(256)], [*down, *others], True)


class Pyramid(nn.Module):  # type: ignore[misc]
    """Maps of ResNet-50 and what is made of them, from the finest on."""

    def __init__(self) -> None:
        super().__init__()

        def stage(cin: int, c: int, n: int, s: int) -> nn.Module:
            blocks = [bottleneck_of(4 * c if m else cin, c, 1 if m else s) for m in range(n)]
            return nn.Sequential(*blocks)

        stem = [*resnet_stem(), stage(64, 64, 3, 1), stage(256, 128, 4, 2)]
        stages = [nn.Sequential(*stem), stage(512, 256, 6, 2), stage(1024, 512, 3, 2)]
        self.stages = nn.ModuleList(frozen(one) for one in stages)
        self.inner = nn.ModuleList(nn.Conv2d(c, 256, 1) for c in (512, 1024, 2048))
        self.outer = nn.ModuleList(nn.Conv2d(256, 256, 3, padding=1) for _ in range(3))
        self.more = nn.ModuleList(nn.Conv2d(256, 256, 3, 2, 1) for _ in range(2))

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        inner = [self.inner[2](maps[2])]
        for level in (1, 0):
            own = self.inner[level](maps[level])
            inner.insert(0, own + F.interpolate(inner[0], size=own.shape[2:]))
        found = [layer(one) for layer, one in zip(self.outer, inner, strict=True)]
        found.append(self.more[0](found[2]))
        return [*found, self.more[1](F.relu(found[3]))]


def frozen(network: nn.Module) -> nn.Module:
    """Norms without a learnt scale and shift."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(network, name, nn.BatchNorm2d(child.num_features, affine=False))
        else:
            frozen(child)
    return network


class RetinaNet(nn.Module):  # type: ignore[misc]
    """torchvision's, its outputs with the anchors last; each head sees all five maps."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.pyramid, self.values = Pyramid(), (classes, 4)
        self.heads = nn.ModuleList(
            nn.Sequential(
                *(layer for _ in range(4) for layer in conv_relu(256, 256)),
                nn.Conv2d(256, 9 * values, 3, padding=1),
            )
            for values in self.values
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.pyramid(x)
        scores, boxes = (
            torch.cat([anchors(head(one), values) for one in maps], 1).transpose(1, 2)
            for head, values in zip(self.heads, self.values, strict=True)
        )
        return scores, boxes


REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "retinanet_r50_fpn": lambda: RetinaNet(91),
    "ssd300_vgg16": lambda: Ssd300(91),
    "yolo11n": yolo11n,
    "yolov8n": yolov8n,
}
