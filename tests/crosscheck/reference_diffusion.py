"""The example networks of diffusion models in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.reference_networks import Apply, Sum  # noqa: E402
from tests.crosscheck.reference_transformers import SelfAttention  # noqa: E402


def norm(c: int) -> nn.Module:
    return nn.GroupNorm(32, c, 1e-6)


def conv(cin: int, c: int) -> nn.Module:
    return nn.Conv2d(cin, c, 3, padding=1)


class AddTo(nn.Module):  # type: ignore[misc]
    """What layers make of a map, and then the map beside it, through layers of its own."""

    def __init__(self, main: list[nn.Module], beside: nn.Module) -> None:
        super().__init__()
        self.main, self.beside = nn.Sequential(*main), beside

    def forward(self, x: Tensor) -> Tensor:
        y = self.main(x)
        return self.beside(x) + y


class OverMap(nn.Module):  # type: ignore[misc]
    """Attention over all positions of a map `(N, C, H, W)`."""

    def __init__(self, c: int, heads: int) -> None:
        super().__init__()
        self.own = SelfAttention(c, heads)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.own(x.flatten(2).transpose(1, 2))
        return tokens.transpose(1, 2).unflatten(2, x.shape[2:])


def stable_diffusion_vae() -> nn.Module:
    def res(cin: int, c: int) -> nn.Module:
        layers = [norm(cin), nn.SiLU(), conv(cin, c), norm(c), nn.SiLU(), conv(c, c)]
        return AddTo(layers, nn.Identity() if cin == c else nn.Conv2d(cin, c, 1))

    def mid() -> list[nn.Module]:
        attended = Sum(nn.Identity(), nn.Sequential(norm(512), OverMap(512, 1)))
        return [res(512, 512), attended, res(512, 512)]

    def stage(cin: int, c: int, depth: int) -> list[nn.Module]:
        return [res(cin if not n else c, c) for n in range(depth)]

    def down(c: int) -> list[nn.Module]:
        return [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(c, c, 3, 2)]

    def up(c: int) -> list[nn.Module]:
        return [nn.Upsample(scale_factor=2), conv(c, c)]

    def out(c: int, outputs: int) -> list[nn.Module]:
        return [norm(c), nn.SiLU(), conv(c, outputs)]

    encoder = [conv(3, 128), *stage(128, 128, 2), *down(128), *stage(128, 256, 2), *down(256)]
    encoder += [*stage(256, 512, 2), *down(512), *stage(512, 512, 2), *mid(), *out(512, 8)]
    decoder = [conv(4, 512), *mid(), *stage(512, 512, 3), *up(512), *stage(512, 512, 3), *up(512)]
    decoder += [*stage(512, 256, 3), *up(256), *stage(256, 128, 3), *out(128, 3)]
    latent = [nn.Conv2d(8, 8, 1), Apply(lambda x: x[:, :4]), nn.Conv2d(4, 4, 1)]
    return nn.Sequential(*encoder, *latent, *decoder)


class TimedRes(nn.Module):  # type: ignore[misc]
    """A residual block that is told the step between its convolutions."""

    def __init__(self, cin: int, c: int) -> None:
        super().__init__()
        self.first = nn.Sequential(norm(cin), nn.SiLU(), conv(cin, c))
        self.told = nn.Sequential(nn.SiLU(), nn.Linear(512, c))
        self.second = nn.Sequential(norm(c), nn.SiLU(), nn.Dropout(0.1), conv(c, c))
        self.beside = nn.Identity() if cin == c else nn.Conv2d(cin, c, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        y = self.first(x)
        y = self.second(y + self.told(t)[:, :, None, None])
        return self.beside(x) + y


class Ddpm(nn.Module):  # type: ignore[misc]
    """Every map on the way down is read once on the way up. Source: hojonathanho/diffusion."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(128, 512), nn.SiLU(), nn.Linear(512, 512))
        self.start, self.last = conv(3, 128), nn.Sequential(norm(128), nn.SiLU(), conv(128, 3))
        widths, kept, cin = (128, 256, 256, 256), [128], 128
        down, up = [], []
        for level, c in enumerate(widths):
            for _ in range(2):
                down.append(nn.ModuleList([TimedRes(cin, c), self.attend(level)]))
                cin = c
                kept.append(c)
            if level < 3:
                pad = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(c, c, 3, 2))
                down.append(nn.ModuleList([pad]))
                kept.append(c)
        self.middle = nn.ModuleList([TimedRes(256, 256), self.attend(1), TimedRes(256, 256)])
        for level, c in reversed(list(enumerate(widths))):
            for _ in range(3):
                up.append(nn.ModuleList([TimedRes(cin + kept.pop(), c), self.attend(level)]))
                cin = c
            if level:
                up.append(nn.ModuleList([nn.Sequential(nn.Upsample(scale_factor=2), conv(c, c))]))
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(up)

    def attend(self, level: int) -> nn.Module:
        """Only maps of 16 x 16 pixels are looked at as a whole."""
        if level != 1:
            return nn.Identity()
        return Sum(nn.Identity(), nn.Sequential(norm(256), OverMap(256, 1)))

    def forward(self, image: Tensor, step: Tensor) -> Tensor:
        t, x = self.time(step), self.start(image)
        kept = [x]
        for layers in self.down:
            x = layers[0](x) if len(layers) == 1 else layers[1](layers[0](x, t))
            kept.append(x)
        first, attend, second = self.middle
        x = second(attend(first(x, t)), t)
        for layers in self.up:
            if len(layers) == 1:
                x = layers[0](x)
            else:
                x = layers[1](layers[0](torch.cat([x, kept.pop()], 1), t))
        return self.last(x)


REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "ddpm_cifar10": Ddpm,
    "stable_diffusion_vae": stable_diffusion_vae,
}
