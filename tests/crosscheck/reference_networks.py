"""The example networks in plain PyTorch, written from the papers and torchvision's layouts."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

Size = int | tuple[int, int]


class Apply(nn.Module):  # type: ignore[misc]
    """A function as a module."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


class Concat(nn.Module):  # type: ignore[misc]
    """Branches over one input, joined along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Sum(Concat):
    """Branches over one input, added."""

    def forward(self, x: Tensor) -> Tensor:
        return reduce(torch.add, (branch(x) for branch in self.branches))


class Product(Concat):
    """Two branches over one input, multiplied."""

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.branches
        return first(x) * second(x)


def conv_bn(
    cin: int, cout: int, k: Size = 1, s: int = 1, p: Size | None = None, d: int = 1, g: int = 1
) -> list[nn.Module]:
    rows, columns = k if isinstance(k, tuple) else (k, k)
    half = (d * (rows - 1) // 2, d * (columns - 1) // 2)
    padding = half if p is None else p
    conv = nn.Conv2d(cin, cout, k, s, padding, dilation=d, groups=g, bias=False)
    return [conv, nn.BatchNorm2d(cout)]


def cbr(
    cin: int, cout: int, k: Size = 1, s: int = 1, p: Size | None = None, d: int = 1
) -> nn.Sequential:
    return nn.Sequential(*conv_bn(cin, cout, k, s, p, d), nn.ReLU())


def added(eps: float) -> Callable[[Callable[[], nn.Module]], Callable[[], nn.Module]]:
    """Every batch norm of the network adds this to its variances, as torchvision's does."""

    def with_eps(make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
        def made() -> nn.Module:
            network = make()
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eps = eps
            return network

        return made

    return with_eps


def classifier(features: int, classes: int = 1000) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(features, classes)]


def lenet5() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU()),
        nn.Linear(84, 10),
    )


def dense_head(features: int, outputs: int = 1000) -> list[nn.Module]:
    hidden = [nn.Linear(features, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU()]
    return [nn.Flatten(), *hidden, nn.Linear(4096, outputs)]


def alexnet() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.AdaptiveAvgPool2d(6), *dense_head(256 * 6 * 6)),
    )


def vgg16(norm: bool = False) -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for stage in ([64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3):
        for width in stage:
            layers.append(nn.Conv2d(channels, width, 3, padding=1))
            layers.extend([nn.BatchNorm2d(width)] if norm else [])
            layers.append(nn.ReLU())
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(7), *dense_head(512 * 7 * 7))


@added(1e-3)
def googlenet() -> nn.Module:
    def inception(cin: int, c1: int, r3: int, c3: int, r5: int, c5: int, cp: int) -> nn.Module:
        pool = nn.MaxPool2d(3, 1, 1, ceil_mode=True)
        return Concat(
            cbr(cin, c1),
            nn.Sequential(cbr(cin, r3), cbr(r3, c3, 3)),
            nn.Sequential(cbr(cin, r5), cbr(r5, c5, 3)),
            nn.Sequential(pool, cbr(cin, cp)),
        )

    return nn.Sequential(
        *(cbr(3, 64, 7, 2), nn.MaxPool2d(3, 2, ceil_mode=True)),
        *(cbr(64, 64), cbr(64, 192, 3), nn.MaxPool2d(3, 2, ceil_mode=True)),
        inception(192, 64, 96, 128, 16, 32, 32),
        inception(256, 128, 128, 192, 32, 96, 64),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        inception(480, 192, 96, 208, 16, 48, 64),
        inception(512, 160, 112, 224, 24, 64, 64),
        inception(512, 128, 128, 256, 24, 64, 64),
        inception(512, 112, 144, 288, 32, 64, 64),
        inception(528, 256, 160, 320, 32, 128, 128),
        nn.MaxPool2d(2, 2, ceil_mode=True),
        inception(832, 256, 160, 320, 32, 128, 128),
        inception(832, 384, 192, 384, 48, 128, 128),
        *classifier(1024),
    )


def residual(cin: int, cout: int, s: int, main: list[nn.Module]) -> nn.Module:
    projects = s > 1 or cin != cout
    shortcut = nn.Sequential(*conv_bn(cin, cout, 1, s)) if projects else nn.Identity()
    return nn.Sequential(Sum(nn.Sequential(*main), shortcut), nn.ReLU())


def bottleneck(cin: int, c: int, s: int = 1, d: int = 1) -> nn.Module:
    main = [cbr(cin, c), cbr(c, c, 3, s, d=d), *conv_bn(c, 4 * c)]
    return residual(cin, 4 * c, s, main)


def resnet_stem() -> list[nn.Module]:
    return [cbr(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]


def resnet18() -> nn.Module:
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    layers = resnet_stem()
    for cin, c in pairwise(widths):
        s = 1 if c == cin else 2
        layers.append(residual(cin, c, s, [cbr(cin, c, 3, s), *conv_bn(c, c, 3)]))
    return nn.Sequential(*layers, *classifier(512))


def resnet(*depths: int) -> nn.Module:
    layers = resnet_stem()
    channels = 64
    for stage, depth in enumerate(depths):
        for block in range(depth):
            c = 64 * 2**stage
            layers.append(bottleneck(channels, c, 2 if stage and not block else 1))
            channels = 4 * c
    return nn.Sequential(*layers, *classifier(channels))


def deeplabv3_resnet50() -> nn.Module:
    def stage(cin: int, c: int, n: int, s: int, enter: int, d: int) -> nn.Sequential:
        rest = [bottleneck(4 * c, c, 1, d) for _ in range(n - 1)]
        return nn.Sequential(bottleneck(cin, c, s, enter), *rest)

    def resize(size: int) -> nn.Module:
        return nn.Upsample(size=(size, size), mode="bilinear")

    class DeepLab(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.shallow = nn.Sequential(
                *resnet_stem(),
                *(stage(64, 64, 3, 1, 1, 1), stage(256, 128, 4, 2, 1, 1)),
                stage(512, 256, 6, 1, 1, 2),
            )
            self.deep = stage(1024, 512, 3, 1, 2, 4)
            image = nn.Sequential(nn.AdaptiveAvgPool2d(1), cbr(2048, 256), resize(65))
            rates = [cbr(2048, 256, 3, d=rate) for rate in (12, 24, 36)]
            pyramid = Concat(cbr(2048, 256), *rates, image)
            self.head = nn.Sequential(
                *(pyramid, cbr(5 * 256, 256), cbr(256, 256, 3), nn.Conv2d(256, 21, 1)),
                resize(520),
            )
            self.aux = nn.Sequential(cbr(1024, 256, 3), nn.Conv2d(256, 21, 1), resize(520))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            shallow = self.shallow(x)
            return self.head(self.deep(shallow)), self.aux(shallow)

    return DeepLab()


def densenet121() -> nn.Module:
    def pre(cin: int, cout: int, k: int = 1) -> list[nn.Module]:
        conv = nn.Conv2d(cin, cout, k, padding=k // 2, bias=False)
        return [nn.BatchNorm2d(cin), nn.ReLU(), conv]

    layers = resnet_stem()
    channels = 64
    for depth in (6, 12, 24, 16):
        for _ in range(depth):
            new = nn.Sequential(*pre(channels, 128), *pre(128, 32, 3))
            layers.append(Concat(nn.Identity(), new))
            channels += 32
        if depth != 16:
            layers += [*pre(channels, channels // 2), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU(), *classifier(channels))


@added(1e-3)
def inception_v3() -> nn.Module:
    def pooled(cin: int, cout: int) -> nn.Module:
        return nn.Sequential(nn.AvgPool2d(3, 1, 1), cbr(cin, cout))

    def a(cin: int, pool: int) -> nn.Module:
        five = nn.Sequential(cbr(cin, 48), cbr(48, 64, 5))
        double = nn.Sequential(cbr(cin, 64), cbr(64, 96, 3), cbr(96, 96, 3))
        return Concat(cbr(cin, 64), five, double, pooled(cin, pool))

    def b(cin: int) -> nn.Module:
        double = nn.Sequential(cbr(cin, 64), cbr(64, 96, 3), cbr(96, 96, 3, 2, 0))
        return Concat(cbr(cin, 384, 3, 2, 0), double, nn.MaxPool2d(3, 2))

    def factored(cin: int, *widths: int, first: tuple[int, int]) -> list[nn.Module]:
        kernels = [first, first[::-1]] * 2
        steps = zip(pairwise([cin, *widths]), kernels, strict=False)
        return [cbr(before, after, kernel) for (before, after), kernel in steps]

    def c(cin: int, w: int) -> nn.Module:
        seven = nn.Sequential(cbr(cin, w), *factored(w, w, 192, first=(1, 7)))
        double = nn.Sequential(cbr(cin, w), *factored(w, w, w, w, 192, first=(7, 1)))
        return Concat(cbr(cin, 192), seven, double, pooled(cin, 192))

    def d(cin: int) -> nn.Module:
        three = nn.Sequential(cbr(cin, 192), cbr(192, 320, 3, 2, 0))
        middle = factored(192, 192, 192, first=(1, 7))
        seven = nn.Sequential(cbr(cin, 192), *middle, cbr(192, 192, 3, 2, 0))
        return Concat(three, seven, nn.MaxPool2d(3, 2))

    def fork() -> nn.Module:
        return Concat(cbr(384, 384, (1, 3)), cbr(384, 384, (3, 1)))

    def e(cin: int) -> nn.Module:
        three = nn.Sequential(cbr(cin, 384), fork())
        double = nn.Sequential(cbr(cin, 448), cbr(448, 384, 3), fork())
        return Concat(cbr(cin, 320), three, double, pooled(cin, 192))

    return nn.Sequential(
        *(cbr(3, 32, 3, 2, 0), cbr(32, 32, 3, 1, 0), cbr(32, 64, 3), nn.MaxPool2d(3, 2)),
        *(cbr(64, 80), cbr(80, 192, 3, 1, 0), nn.MaxPool2d(3, 2)),
        *(a(192, 32), a(256, 64), a(288, 64), b(288)),
        *(c(768, 128), c(768, 160), c(768, 160), c(768, 192), d(768)),
        *(e(1280), e(2048), *classifier(2048)),
    )


def squeezenet(version: str) -> nn.Module:
    def fire(cin: int, squeeze: int, expand: int) -> nn.Module:
        three = nn.Sequential(nn.Conv2d(squeeze, expand, 3, padding=1), nn.ReLU())
        one = nn.Sequential(nn.Conv2d(squeeze, expand, 1), nn.ReLU())
        return nn.Sequential(nn.Conv2d(cin, squeeze, 1), nn.ReLU(), Concat(one, three))

    def pool() -> nn.Module:
        return nn.MaxPool2d(3, 2, ceil_mode=True)

    stem, pools = ((96, 7), {0, 3, 7}) if version == "1.0" else ((64, 3), {0, 2, 4})
    layers: list[nn.Module] = [nn.Conv2d(3, *stem, stride=2), nn.ReLU()]
    channels = stem[0]
    for index, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
        layers += [pool()] if index in pools else []
        layers.append(fire(channels, squeeze, 4 * squeeze))
        channels = 8 * squeeze
    head = [nn.Conv2d(512, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *head)


def squeeze_excite(c: int, squeezed: int, act: nn.Module, gate: nn.Module) -> nn.Module:
    pool = nn.AdaptiveAvgPool2d(1)
    steps = [pool, nn.Conv2d(c, squeezed, 1), act, nn.Conv2d(squeezed, c, 1), gate]
    return Product(nn.Identity(), nn.Sequential(*steps))


def inverted(cin: int, cout: int, s: int, layers: list[nn.Module]) -> nn.Module:
    main = nn.Sequential(*layers)
    return Sum(main, nn.Identity()) if s == 1 and cin == cout else main


def mobilenet_v2() -> nn.Module:
    layers = [*conv_bn(3, 32, 3, 2), nn.ReLU6()]
    cin = 32
    settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]
    for t, c, n, s in [*settings, (6, 160, 3, 2), (6, 320, 1, 1)]:
        for stride in [s, *[1] * (n - 1)]:
            wide = cin * t
            expand = [*conv_bn(cin, wide), nn.ReLU6()] if t > 1 else []
            depthwise = [*conv_bn(wide, wide, 3, stride, g=wide), nn.ReLU6()]
            layers.append(inverted(cin, c, stride, [*expand, *depthwise, *conv_bn(wide, c)]))
            cin = c
    return nn.Sequential(*layers, *conv_bn(320, 1280), nn.ReLU6(), *classifier(1280))


@added(1e-3)
def mobilenet_v3_small() -> nn.Module:
    layers = [*conv_bn(3, 16, 3, 2), nn.Hardswish()]
    # input, kernel, expanded, output, squeeze-excite (0: none), hard swish, stride
    for cin, k, wide, c, squeezed, hard, s in [
        (16, 3, 16, 16, 8, False, 2),
        (16, 3, 72, 24, 0, False, 2),
        (24, 3, 88, 24, 0, False, 1),
        (24, 5, 96, 40, 24, True, 2),
        (40, 5, 240, 40, 64, True, 1),
        (40, 5, 240, 40, 64, True, 1),
        (40, 5, 120, 48, 32, True, 1),
        (48, 5, 144, 48, 40, True, 1),
        (48, 5, 288, 96, 72, True, 2),
        (96, 5, 576, 96, 144, True, 1),
        (96, 5, 576, 96, 144, True, 1),
    ]:
        act = nn.Hardswish if hard else nn.ReLU
        steps = [*conv_bn(cin, wide), act()] if wide != cin else []
        steps += [*conv_bn(wide, wide, k, s, g=wide), act()]
        if squeezed:
            steps.append(squeeze_excite(wide, squeezed, nn.ReLU(), nn.Hardsigmoid()))
        layers.append(inverted(cin, c, s, [*steps, *conv_bn(wide, c)]))
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(576, 1024), nn.Hardswish()]
    last = [*conv_bn(96, 576), nn.Hardswish()]
    return nn.Sequential(*layers, *last, *head, nn.Linear(1024, 1000))


def efficientnet_b0() -> nn.Module:
    layers = [*conv_bn(3, 32, 3, 2), nn.SiLU()]
    cin = 32
    # expansion, kernel, stride, output, blocks
    settings = [(1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3)]
    for t, k, s, c, n in [*settings, (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)]:
        for stride in [s, *[1] * (n - 1)]:
            wide = cin * t
            steps = [*conv_bn(cin, wide), nn.SiLU()] if t > 1 else []
            steps += [*conv_bn(wide, wide, k, stride, g=wide), nn.SiLU()]
            steps.append(squeeze_excite(wide, cin // 4, nn.SiLU(), nn.Sigmoid()))
            layers.append(inverted(cin, c, stride, [*steps, *conv_bn(wide, c)]))
            cin = c
    return nn.Sequential(*layers, *conv_bn(320, 1280), nn.SiLU(), *classifier(1280))


def shufflenet_v2() -> nn.Module:
    def depthwise(c: int, s: int) -> list[nn.Module]:
        return conv_bn(c, c, 3, s, g=c)

    def half(index: int) -> nn.Module:
        return Apply(lambda x: x.chunk(2, dim=1)[index])

    def unit(c: int) -> nn.Module:
        worked = [half(1), cbr(c, c), *depthwise(c, 1), cbr(c, c)]
        return nn.Sequential(Concat(half(0), nn.Sequential(*worked)), nn.ChannelShuffle(2))

    def down(cin: int, c: int) -> nn.Module:
        left = nn.Sequential(*depthwise(cin, 2), cbr(cin, c))
        right = nn.Sequential(cbr(cin, c), *depthwise(c, 2), cbr(c, c))
        return nn.Sequential(Concat(left, right), nn.ChannelShuffle(2))

    layers: list[nn.Module] = [cbr(3, 24, 3, 2), nn.MaxPool2d(3, 2, 1)]
    for cin, c, n in ((24, 116, 4), (116, 232, 8), (232, 464, 4)):
        layers += [down(cin, c // 2), *(unit(c // 2) for _ in range(n - 1))]
    return nn.Sequential(*layers, cbr(464, 1024), *classifier(1024))


class LayerScale(nn.Module):  # type: ignore[misc]
    def __init__(self, c: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(c))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x


def convnext_tiny() -> nn.Module:
    def first() -> nn.Module:
        return Apply(lambda x: x.permute(0, 3, 1, 2))

    def last() -> nn.Module:
        return Apply(lambda x: x.permute(0, 2, 3, 1))

    def block(c: int) -> nn.Module:
        dense = [nn.LayerNorm(c, 1e-6), nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c)]
        depthwise = nn.Conv2d(c, c, 7, padding=3, groups=c)
        steps = [first(), depthwise, last(), *dense, LayerScale(c)]
        return Sum(nn.Identity(), nn.Sequential(*steps))

    layers: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), last(), nn.LayerNorm(96, 1e-6)]
    for c, n in ((96, 3), (192, 3), (384, 9), (768, 3)):
        if c > 96:
            halved = nn.Conv2d(c // 2, c, 2, 2)
            layers += [nn.LayerNorm(c // 2, 1e-6), first(), halved, last()]
        layers += [block(c) for _ in range(n)]
    mean = Apply(lambda x: x.mean((1, 2)))
    return nn.Sequential(*layers, mean, nn.LayerNorm(768, 1e-6), nn.Linear(768, 1000))


class ResponseNorm(nn.Module):  # type: ignore[misc]
    """GRN of ConvNeXt V2's code, on channels last. Source: Woo et al. 2023, listing 1."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(c))
        self.bias = nn.Parameter(torch.zeros(c))

    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        response = lengths / (lengths.mean(dim=-1, keepdim=True) + 1e-6)
        return self.weight * (x * response) + self.bias + x


def convnext_v2_tiny() -> nn.Module:
    def first() -> nn.Module:
        return Apply(lambda x: x.permute(0, 3, 1, 2))

    def last() -> nn.Module:
        return Apply(lambda x: x.permute(0, 2, 3, 1))

    def norm(c: int) -> list[nn.Module]:
        return [last(), nn.LayerNorm(c, 1e-6), first()]

    def block(c: int) -> nn.Module:
        dense = [nn.LayerNorm(c, 1e-6), nn.Linear(c, 4 * c), nn.GELU(), ResponseNorm(4 * c)]
        depthwise = nn.Conv2d(c, c, 7, padding=3, groups=c)
        return Sum(
            nn.Identity(), nn.Sequential(depthwise, last(), *dense, nn.Linear(4 * c, c), first())
        )

    layers: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), *norm(96)]
    for c, depth in ((96, 3), (192, 3), (384, 9), (768, 3)):
        if c > 96:
            layers += [*norm(c // 2), nn.Conv2d(c // 2, c, 2, 2)]
        layers += [block(c) for _ in range(depth)]
    mean = Apply(lambda x: x.mean((2, 3)))
    return nn.Sequential(*layers, mean, nn.LayerNorm(768, 1e-6), nn.Linear(768, 1000))


class Sequence(nn.Module):  # type: ignore[misc]
    """A recurrent layer on `(N, C, L)`."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cell(x.transpose(1, 2))
        return states.transpose(1, 2)


def at_each(layer: nn.Module) -> nn.Module:
    """A dense layer at each position of `(N, C, L)`."""
    turned = Apply(lambda x: x.transpose(1, 2))
    return nn.Sequential(turned, layer, Apply(lambda x: x.transpose(1, 2)))


def lstm_language_model() -> nn.Module:
    words = Apply(lambda x: x[:, 0].long())
    rows = [words, nn.Embedding(10000, 650), Apply(lambda x: x.transpose(1, 2))]
    cells = [Sequence(nn.LSTM(650, 650, batch_first=True)) for _ in range(2)]
    return nn.Sequential(*rows, *cells, at_each(nn.Linear(650, 10000)))


def crnn() -> nn.Module:
    # Source: meijieru/crnn.pytorch, models/crnn.py.
    def block(cin: int, c: int, norm: bool = False) -> list[nn.Module]:
        conv = nn.Conv2d(cin, c, 3, padding=1)
        return [conv, *([nn.BatchNorm2d(c)] if norm else []), nn.ReLU()]

    def recurrent(cin: int, c: int) -> list[nn.Module]:
        cell = nn.LSTM(cin, 256, bidirectional=True, batch_first=True)
        return [Sequence(cell), at_each(nn.Linear(512, c))]

    narrow = {"kernel_size": 2, "stride": (2, 1), "padding": (0, 1)}
    layers = [*block(1, 64), nn.MaxPool2d(2), *block(64, 128), nn.MaxPool2d(2)]
    layers += [*block(128, 256, True), *block(256, 256), nn.MaxPool2d(**narrow)]
    layers += [*block(256, 512, True), *block(512, 512), nn.MaxPool2d(**narrow)]
    layers += [nn.Conv2d(512, 512, 2), nn.BatchNorm2d(512), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(2), *recurrent(512, 256), *recurrent(256, 37))


class Turned(nn.Module):  # type: ignore[misc]
    """Points `(N, k, P)` times the matrix that a t-net finds for them."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.net = nn.Sequential(*points_to_cloud(k, 64, 128), *dense_norm(1024, 512, 256))
        self.last = nn.Linear(256, k * k)

    def forward(self, x: Tensor) -> Tensor:
        k = x.shape[1]
        return torch.bmm(self.last(self.net(x)).view(-1, k, k).transpose(1, 2), x)


def shared(*widths: int) -> list[nn.Module]:
    return [
        layer
        for cin, c in pairwise(widths)
        for layer in (nn.Conv1d(cin, c, 1), nn.BatchNorm1d(c), nn.ReLU())
    ]


def points_to_cloud(*widths: int) -> list[nn.Module]:
    return [*shared(*widths, 1024), Apply(lambda x: x.amax(2))]


def dense_norm(*widths: int) -> list[nn.Module]:
    return [
        layer
        for cin, c in pairwise(widths)
        for layer in (nn.Linear(cin, c), nn.BatchNorm1d(c), nn.ReLU())
    ]


def pointnet() -> nn.Module:
    layers = [Turned(3), *shared(3, 64, 64), Turned(64), *points_to_cloud(64, 64, 128)]
    return nn.Sequential(*layers, *dense_norm(1024, 512, 256), nn.Dropout(0.3), nn.Linear(256, 40))


def crop_to(x: Tensor, size: tuple[int, ...]) -> Tensor:
    for axis in range(2, x.dim()):
        x = x.narrow(axis, (x.shape[axis] - size[axis]) // 2, size[axis])
    return x


class UNet(nn.Module):  # type: ignore[misc]
    """`downs` are the encoder's levels and the bottom, `ups` pairs of up-convolution and level."""

    def __init__(
        self,
        downs: list[nn.Module],
        ups: list[tuple[nn.Module, nn.Module]],
        pool: nn.Module,
        head: nn.Module,
    ) -> None:
        super().__init__()
        self.downs = nn.ModuleList(downs)
        self.ups = nn.ModuleList(nn.ModuleList(pair) for pair in ups)
        self.pool, self.head = pool, head

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for level, down in enumerate(self.downs):
            x = down(self.pool(x) if level else x)
            skips.append(x)
        skips.pop()
        for up, join in self.ups:
            x = up(x)
            x = join(torch.cat([crop_to(skips.pop(), x.shape), x], dim=1))
        return self.head(x)


def unet() -> nn.Module:
    def double(cin: int, c: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(cin, c, 3), nn.ReLU(), nn.Conv2d(c, c, 3), nn.ReLU())

    widths = [64, 128, 256, 512, 1024]
    downs = [double(cin, c) for cin, c in pairwise([1, *widths])]
    ups = [(nn.ConvTranspose2d(2 * c, c, 2, 2), double(2 * c, c)) for c in widths[-2::-1]]
    return UNet(downs, ups, nn.MaxPool2d(2), nn.Conv2d(64, 2, 1))


def unet3d() -> nn.Module:
    def double(cin: int, middle: int, c: int) -> nn.Module:
        first = [nn.Conv3d(cin, middle, 3), nn.BatchNorm3d(middle, affine=False), nn.ReLU()]
        second = [nn.Conv3d(middle, c, 3), nn.BatchNorm3d(c, affine=False), nn.ReLU()]
        return nn.Sequential(*first, *second)

    def up(c: int) -> tuple[nn.Module, nn.Module]:
        half = c // 2
        return nn.ConvTranspose3d(c, c, 2, 2, bias=False), double(half + c, half, half)

    downs = [double(3, 32, 64), double(64, 64, 128), double(128, 128, 256), double(256, 256, 512)]
    return UNet(downs, [up(512), up(256), up(128)], nn.MaxPool3d(2), nn.Conv3d(64, 3, 1))


def dcgan_generator() -> nn.Module:
    layers: list[nn.Module] = []
    for cin, c in pairwise([100, 512, 256, 128, 64]):
        geometry = (4, 1, 0) if cin == 100 else (4, 2, 1)
        conv = nn.ConvTranspose2d(cin, c, *geometry, bias=False)
        layers += [conv, nn.BatchNorm2d(c), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


class Joined(nn.Module):  # type: ignore[misc]
    """A network over several inputs that are joined along the channels."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.layers(torch.cat(inputs, dim=1))


def patchgan70() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(6, 64, 4, 2, 1), nn.LeakyReLU(0.2)]
    for cin, c, s in ((64, 128, 2), (128, 256, 2), (256, 512, 1)):
        conv = nn.Conv2d(cin, c, 4, s, 1, bias=False)
        layers += [conv, nn.BatchNorm2d(c), nn.LeakyReLU(0.2)]
    return Joined(*layers, nn.Conv2d(512, 1, 4, 1, 1))


class Siamese(nn.Module):  # type: ignore[misc]
    """One tower for both inputs. Source: Koch et al. 2015, figure 4."""

    def __init__(self) -> None:
        super().__init__()

        def stage(cin: int, c: int, k: int) -> list[nn.Module]:
            return [nn.Conv2d(cin, c, k), nn.ReLU(), nn.MaxPool2d(2)]

        layers = [*stage(1, 64, 10), *stage(64, 128, 7), *stage(128, 128, 4)]
        layers += [nn.Conv2d(128, 256, 4), nn.ReLU(), nn.Flatten(), nn.Linear(9216, 4096)]
        self.tower, self.last = nn.Sequential(*layers, nn.Sigmoid()), nn.Linear(4096, 1)

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return torch.sigmoid(self.last((self.tower(one) - self.tower(other)).abs()))


def causal(cin: int, c: int, k: int, d: int) -> list[nn.Module]:
    return [nn.ConstantPad1d((d * (k - 1), 0), 0.0), nn.Conv1d(cin, c, k, dilation=d)]


def wavenet_stack() -> nn.Module:
    blocks = []
    for exponent in range(10):
        gate = nn.GLU(dim=1)
        main = nn.Sequential(*causal(32, 64, 2, 2**exponent), gate, nn.Conv1d(32, 32, 1))
        blocks.append(Sum(main, nn.Identity()))
    return nn.Sequential(nn.Conv1d(1, 32, 1), *blocks, nn.Conv1d(32, 256, 1))


def tcn_mnist() -> nn.Module:
    layers = []
    for level in range(8):
        cin = 1 if level == 0 else 25
        first, second = causal(cin, 25, 7, 2**level), causal(25, 25, 7, 2**level)
        main = nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU())
        shortcut = nn.Conv1d(1, 25, 1) if level == 0 else nn.Identity()
        layers += [Sum(main, shortcut), nn.ReLU()]
    return nn.Sequential(*layers, Apply(lambda x: x[:, :, -1]), nn.Linear(25, 10))


def id_cnn() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv1d(105, 300, 3, padding=1), nn.ReLU()]
    for d in [1, 1, 2] * 4:
        layers += [nn.Conv1d(300, 300, 3, padding=d, dilation=d), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv1d(300, 9, 1))


def textcnn() -> nn.Module:
    windows = [
        nn.Sequential(nn.Conv1d(300, 100, k), nn.ReLU(), nn.AdaptiveMaxPool1d(1)) for k in (3, 4, 5)
    ]
    return nn.Sequential(Concat(*windows), nn.Flatten(), nn.Linear(300, 2))


def c3d() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for index, stage in enumerate(([64], [128], [256] * 2, [512] * 2, [512] * 2)):
        for c in stage:
            layers += [nn.Conv3d(channels, c, 3, padding=1), nn.ReLU()]
            channels = c
        layers.append(nn.MaxPool3d((2, 2, 2) if index else (1, 2, 2), ceil_mode=True))
    return nn.Sequential(*layers, *dense_head(512 * 1 * 4 * 4, 487))


REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "alexnet": alexnet,
    "c3d": c3d,
    "convnext_tiny": convnext_tiny,
    "convnext_v2_tiny": convnext_v2_tiny,
    "crnn": crnn,
    "dcgan_generator": dcgan_generator,
    "deeplabv3_resnet50": deeplabv3_resnet50,
    "densenet121": densenet121,
    "efficientnet_b0": efficientnet_b0,
    "googlenet": googlenet,
    "id_cnn": id_cnn,
    "inception_v3": inception_v3,
    "lenet5": lenet5,
    "lstm_language_model": lstm_language_model,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3_small": mobilenet_v3_small,
    "patchgan70": patchgan70,
    "pointnet": pointnet,
    "resnet152": lambda: resnet(3, 8, 36, 3),
    "resnet18": resnet18,
    "resnet50": lambda: resnet(3, 4, 6, 3),
    "shufflenet_v2_x1_0": shufflenet_v2,
    "siamese_omniglot": Siamese,
    "squeezenet1_0": lambda: squeezenet("1.0"),
    "squeezenet1_1": lambda: squeezenet("1.1"),
    "tcn_mnist": tcn_mnist,
    "textcnn": textcnn,
    "unet": unet,
    "unet3d": unet3d,
    "vgg16": vgg16,
    "vgg16_bn": lambda: vgg16(norm=True),
    "wavenet_stack": wavenet_stack,
}
