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


REFERENCES: dict[str, Callable[[], nn.Module]] = {"stable_diffusion_vae": stable_diffusion_vae}
