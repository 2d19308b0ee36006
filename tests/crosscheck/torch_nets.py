"""Small networks, as YAML text and as plain functions in torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402


class Net:
    """A network in torch as a plain function, with the modules it owns."""

    def __init__(self, forward: Callable[[Net, Tensor], Tensor]) -> None:
        self.forward = forward
        self.modules: list[nn.Module] = []

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(self, x)

    def _apply(self, module: nn.Module, x: Tensor) -> Tensor:
        self.modules.append(module)
        return module(x)

    def conv(self, x: Tensor, out: int, k: int, **options: Any) -> Tensor:
        return self._apply(nn.Conv2d(x.shape[1], out, k, **options), x)

    def batch_norm(self, x: Tensor) -> Tensor:
        return self._apply(nn.BatchNorm2d(x.shape[1]), x)

    def linear(self, x: Tensor, out: int) -> Tensor:
        return self._apply(nn.Linear(x.shape[1], out), x)

    def conv_transpose(self, x: Tensor, out: int, k: int, s: int) -> Tensor:
        return self._apply(nn.ConvTranspose2d(x.shape[1], out, k, s), x)


def lenet(net: Net, x: Tensor) -> Tensor:
    x = F.avg_pool2d(torch.tanh(net.conv(x, 6, 5)), 2)
    x = F.max_pool2d(F.relu(net.conv(x, 16, 5)), 2)
    x = F.relu(net.linear(x.flatten(1), 120))
    return net.linear(x, 10)


LENET = """
convcalc: 1
input: [1, 32, 32]
layers:
  - conv: {out: 6, k: 5}
  - tanh
  - avg_pool: 2
  - conv: {out: 16, k: 5}
  - relu
  - max_pool: 2
  - flatten
  - linear: 120
  - relu
  - linear: 10
"""


def residual(net: Net, x: Tensor) -> Tensor:
    x = F.max_pool2d(F.relu(net.batch_norm(net.conv(x, 8, 3, stride=2, padding=1))), 3, 2, 1)
    for out, stride in ((8, 1), (16, 2)):
        main = F.relu(net.batch_norm(net.conv(x, out, 3, stride=stride, padding=1, bias=False)))
        main = net.batch_norm(net.conv(main, out, 3, padding=1, bias=False))
        short = x if stride == 1 else net.batch_norm(net.conv(x, out, 1, stride=stride))
        x = F.relu(main + short)
    return net.linear(x.mean((2, 3)), 10)


RESIDUAL = """
convcalc: 1
input: [3, 33, 33]
blocks:
  basic:
    args: [c, s]
    layers:
      - conv: {out: =c, k: 3, s: =s, p: 1, bias: false}
      - batch_norm
      - relu
      - conv: {out: =c, k: 3, p: 1, bias: false}
      - {batch_norm: {}, name: main}
      - {conv: {out: =c, k: 1, s: =s}, from: in, if: =s>1}
      - {batch_norm: {}, name: short, if: =s>1}
      - add: [main, short]
      - relu
layers:
  - conv: {out: 8, k: 3, s: 2, p: 1}
  - batch_norm
  - relu
  - max_pool: {k: 3, s: 2, p: 1}
  - basic: {c: 8, s: 1}
  - basic: {c: 16, s: 2}
  - global_avg_pool
  - linear: 10
"""


def u_net(net: Net, x: Tensor) -> Tensor:
    skip = F.relu(net.conv(x, 4, 3))
    low = F.relu(net.conv(F.max_pool2d(skip, 2), 8, 3))
    up = net.conv_transpose(low, 4, 2, 2)
    cut = (skip.shape[2] - up.shape[2]) // 2
    joined = torch.cat([skip[:, :, cut : cut + up.shape[2], cut : cut + up.shape[3]], up], 1)
    wide = F.interpolate(F.relu(net.conv(joined, 4, 3)), scale_factor=2, mode="bilinear")
    return net.conv(wide, 2, 1)


U_NET = """
convcalc: 1
input: [1, 30, 30]
layers:
  - conv: {out: 4, k: 3}
  - {relu: {}, name: skip}
  - max_pool: 2
  - conv: {out: 8, k: 3}
  - relu
  - conv_transpose: {out: 4, k: 2, s: 2}
  - concat: {inputs: [skip, prev], align: crop}
  - conv: {out: 4, k: 3}
  - relu
  - upsample: {scale_factor: 2, mode: bilinear}
  - conv: {out: 2, k: 1}
"""


def squeeze_excite(net: Net, x: Tensor) -> Tensor:
    wide = F.hardswish(net.batch_norm(net.conv(x, 16, 1, bias=False)))
    deep = net.batch_norm(net.conv(wide, 16, 5, padding=2, groups=16, bias=False))
    deep = F.hardswish(deep)
    gate = F.relu(net.conv(F.adaptive_avg_pool2d(deep, 1), 4, 1))
    gate = F.hardsigmoid(net.conv(gate, 16, 1))
    return x + net.batch_norm(net.conv(deep * gate, 8, 1, bias=False))


SQUEEZE_EXCITE = """
convcalc: 1
input: [8, 14, 14]
defaults: {conv: {bias: false}}
layers:
  - conv: {out: 16, k: 1}
  - batch_norm
  - hardswish
  - conv: {out: 16, k: 5, p: 2, g: depthwise}
  - batch_norm
  - {hardswish: {}, name: deep}
  - adaptive_avg_pool: 1
  - conv: {out: 4, k: 1, bias: true}
  - relu
  - conv: {out: 16, k: 1, bias: true}
  - {hardsigmoid: {}, name: gate}
  - mul: [deep, gate]
  - conv: {out: 8, k: 1}
  - batch_norm
  - add: [prev, input]
"""


def dropped(net: Net, x: Tensor) -> Tensor:
    x = F.relu(net.linear(F.dropout(x.flatten(1)), 32))
    return net.linear(F.dropout(x), 10)


DROPPED = """
convcalc: 1
input: [4, 3, 3]
layers:
  - flatten
  - dropout
  - linear: 32
  - relu
  - dropout
  - linear: 10
"""
