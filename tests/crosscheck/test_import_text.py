"""Exports of PyTorch, written as a person would: few lines, the same figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from convcalc.features.import_.answer import import_  # noqa: E402

pytestmark = pytest.mark.crosscheck


class Block(nn.Module):  # type: ignore[misc]
    """A residual block whose shortcut is a projection only where sizes change."""

    def __init__(self, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.down: nn.Module = nn.Identity()
        if stride > 1 or cin != cout:
            conv = nn.Conv2d(cin, cout, 1, stride, bias=False)
            self.down = nn.Sequential(conv, nn.BatchNorm2d(cout))

    def forward(self, x: Any) -> Any:
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.down(x))


class ResNet(nn.Module):  # type: ignore[misc]
    """ResNet-18 at an eighth of its width."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        widths = [(8, 8, 1), (8, 16, 2), (16, 32, 2), (32, 64, 2)]
        for at, (cin, cout, stride) in enumerate(widths, 1):
            stage = nn.Sequential(Block(cin, cout, stride), Block(cout, cout, 1))
            self.add_module(f"layer{at}", stage)
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        x = torch.relu(self.stem(x))
        for at in range(1, 5):
            x = getattr(self, f"layer{at}")(x)
        return self.fc(x.mean((2, 3)))


def test_stages_with_and_without_a_projection_are_blocks(tmp_path: Path) -> None:
    module = ResNet().eval()
    file = tmp_path / "net.pt2"
    with torch.no_grad():
        program = torch.export.export(module, (torch.zeros(1, 3, 64, 64),))
    torch.export.save(program, str(file))
    found = import_(convcalc.load(file))
    assert 1 <= found.blocks <= 2
    assert len(found.text.splitlines()) < 45
    again = convcalc.plan(convcalc.loads(found.text))
    assert again.totals.params == sum(one.numel() for one in module.parameters())
    assert again.totals.macs == convcalc.plan(convcalc.load(file)).totals.macs


MASKS = {
    "positions compared": lambda n: torch.arange(n) <= torch.arange(n)[:, None],
    "a triangle": lambda n: torch.ones(n, n).tril().bool(),
    "what is not behind": lambda n: ~torch.ones(n, n).triu(1).bool(),
    "numbers": lambda n: torch.zeros(n, n).masked_fill(
        torch.ones(n, n).triu(1).bool(), float("-inf")
    ),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("is_one", [True, False], ids=["operator", "pieces"])
def test_a_mask_that_hides_what_comes_later_is_causal(
    tmp_path: Path, mask: Any, is_one: bool
) -> None:
    class Heads(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            x = x[:, None]
            seen = mask(x.shape[2])
            if is_one:
                return nn.functional.scaled_dot_product_attention(x, x, x, seen)[:, 0]
            scores = x @ x.transpose(-1, -2) / x.shape[-1] ** 0.5
            if seen.dtype == torch.bool:
                scores = scores.masked_fill(~seen, float("-inf"))
            else:
                scores = scores + seen
            return (scores.softmax(-1) @ x)[:, 0]

    x = torch.randn(1, 6, 4)
    file = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(Heads(), (x,)), str(file))
    network = convcalc.load(file)
    (row,) = convcalc.plan(network)
    assert row.fields["causal"]
    (found,) = convcalc.run(network, x.numpy().swapaxes(1, 2)).values()
    assert abs(found[0].T - Heads()(x)[0].numpy()).max() < 1e-6
