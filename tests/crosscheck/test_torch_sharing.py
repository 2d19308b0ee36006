"""Shared weights against PyTorch, where a module that is called twice has one set of weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import convcalc

torch = pytest.importorskip("torch", reason="torch is what they are compared with")

from torch import nn  # noqa: E402 - only where torch is installed

pytestmark = pytest.mark.crosscheck

CLOSE = 1e-12


class Siamese(nn.Module):  # type: ignore[misc]
    """One tower on two inputs, and a layer of its own."""

    text = """
convcalc: 1
input: {left: [3, 17, 15], right: [3, 17, 15]}
blocks:
  tower:
    layers:
      - {conv: {out: 6, k: 3, s: 2, p: 1}, name: first}
      - {batch_norm: {}, name: norm}
      - relu
      - {conv: {out: 4, k: 3}, name: second}
      - global_avg_pool
layers:
  - {tower: {}, from: left, name: a}
  - {tower: {}, from: right, name: b, weights: a}
  - {sub: [a, b], name: difference}
  - {linear: 2, name: score}
"""
    inputs = {"left": (3, 17, 15), "right": (3, 17, 15)}
    names = {
        "tower.0": "a.first",
        "tower.1": "a.norm",
        "tower.3": "a.second",
        "score": "score",
    }

    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Conv2d(6, 4, 3),
        )
        self.score = nn.Linear(4, 2)

    def forward(self, left: Any, right: Any) -> Any:
        return self.score(self.tower(left).mean((-1, -2)) - self.tower(right).mean((-1, -2)))


class Heads(nn.Module):  # type: ignore[misc]
    """One head on three levels, each convolution of it used twice more on itself."""

    text = """
convcalc: 1
input: [4, 16, 12]
blocks:
  head:
    layers:
      - {conv: {out: 4, k: 3, p: 1}, name: inner}
      - {conv: {out: 4, k: 3, p: 2, d: 2}, repeat: 2, weights: inner}
      - {group_norm: 2, name: norm}
      - {conv: {out: 3, k: 1}, name: outer}
layers:
  - {max_pool: 2, name: p4}
  - {max_pool: 2, name: p5}
  - {head: {}, from: input, name: h3}
  - {head: {}, from: p4, name: h4, weights: h3}
  - {head: {}, from: p5, name: h5, weights: h3}
  - {global_avg_pool: {}, from: h3, name: g3}
  - {global_avg_pool: {}, from: h4, name: g4}
  - {global_avg_pool: {}, from: h5, name: g5}
  - mul: [g3, g4, g5]
"""
    inputs = {"input": (4, 16, 12)}
    names = {"inner": "h3.inner", "norm": "h3.norm", "outer": "h3.outer"}

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv2d(4, 4, 3)
        self.norm = nn.GroupNorm(2, 4)
        self.outer = nn.Conv2d(4, 3, 1)

    def head(self, x: Any) -> Any:
        for dilation in (1, 2, 2):
            x = nn.functional.conv2d(
                x, self.inner.weight, self.inner.bias, padding=dilation, dilation=dilation
            )
        return self.outer(self.norm(x)).mean((-1, -2))

    def forward(self, x: Any) -> Any:
        smaller = nn.functional.max_pool2d(x, 2)
        smallest = nn.functional.max_pool2d(smaller, 2)
        return self.head(x) * self.head(smaller) * self.head(smallest)


class Tied(nn.Module):  # type: ignore[misc]
    """A language model that scores words by the rows that it looks them up in."""

    text = """
convcalc: 1
input: [1, 7]
layers:
  - {embedding: {num: 11, dim: 6}, name: words}
  - {gru: 6, name: states}
  - {linear: {out: 11, bias: false, over: channels}, weights: words}
"""
    inputs = {"input": (1, 7)}
    names = {"words": "words", "states": "states"}

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(11, 6)
        self.states = nn.GRU(6, 6, batch_first=True)

    def forward(self, x: Any) -> Any:
        states, _ = self.states(self.words(x[:, 0].long()))
        return (states @ self.words.weight.T).transpose(1, 2)


class Autoencoder(nn.Module):  # type: ignore[misc]
    """A code that is decoded with the kernel that made it; the bias is the encoder's alone."""

    text = """
convcalc: 1
input: [3, 9, 11]
layers:
  - {conv: {out: 5, k: 3, s: 2, p: 1}, name: code}
  - {batch_norm: {}, name: norm}
  - relu
  - {conv_transpose: {out: 3, k: 3, s: 2, p: 1, bias: false}, weights: code}
"""
    inputs = {"input": (3, 9, 11)}
    names = {"code": "code", "norm": "norm"}

    def __init__(self) -> None:
        super().__init__()
        self.code = nn.Conv2d(3, 5, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(5)

    def forward(self, x: Any) -> Any:
        code = self.norm(self.code(x)).relu()
        return nn.functional.conv_transpose2d(code, self.code.weight, stride=2, padding=1)


@pytest.mark.parametrize("make", [Siamese, Heads, Tied, Autoencoder])
def test_values_and_gradients(make: Callable[[], Any]) -> None:
    torch.manual_seed(0)
    module = make().double().eval()
    network = convcalc.loads(module.text)
    given = {
        f"{module.names[path.rpartition('.')[0]]}.{path.rpartition('.')[2]}": value.numpy()
        for path, value in module.state_dict().items()
        if not path.endswith("num_batches_tracked")
    }
    planned = convcalc.plan(network)
    assert planned.totals.params == sum(p.numel() for p in module.parameters())
    rng = np.random.default_rng(1)
    x = {
        name: rng.integers(0, 11, (2, *shape)).astype("float64")
        if make is Tied
        else rng.standard_normal((2, *shape))
        for name, shape in module.inputs.items()
    }
    (ours,) = convcalc.run(network, x, weights=given, dtype="float64").values()
    tensors = [torch.tensor(value, requires_grad=make is not Tied) for value in x.values()]
    theirs = module(*tensors)
    assert np.allclose(ours, theirs.detach().numpy(), rtol=CLOSE, atol=CLOSE)
    theirs.sum().backward()
    found = convcalc.gradients(network, x, weights=given, dtype="float64")
    expected = {
        f"{module.names[path.rpartition('.')[0]]}.{path.rpartition('.')[2]}": p.grad.numpy()
        for path, p in module.named_parameters()
    }
    assert found.weights.keys() == expected.keys()
    for name, gradient in expected.items():
        assert np.allclose(found.weights[name], gradient, rtol=1e-9, atol=1e-11), name
    for (name, gradient), tensor in zip(found.inputs.items(), tensors, strict=True):
        if tensor.grad is not None:
            assert np.allclose(gradient, tensor.grad.numpy(), rtol=1e-9, atol=1e-11), name
