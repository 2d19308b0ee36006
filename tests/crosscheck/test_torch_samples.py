"""Where samples stand in modules and programs: before or behind steps, or nowhere; and open sizes.

By value and by count, as in `test_torch_programs`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc

torch = pytest.importorskip("torch", reason="the modules are PyTorch's")

import torch.nn.functional as F  # noqa: E402 - only where torch is installed
from torch import Tensor, nn  # noqa: E402

from tests.crosscheck.torch_programs import Case, Does, both, counted, param, values, wanted_of  # noqa: E402
from tests.importers.recorded import as_tensor  # noqa: E402

pytestmark = [
    pytest.mark.crosscheck,
    # PyTorch remarks on its own recurrent modules when it exports them.
    pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning"),
    # Or where none of the arrays in a storage has all of it.
    pytest.mark.filterwarnings("ignore:No complete tensor found:UserWarning"),
    pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning"),
]

SEQUENCES: dict[str, tuple[Callable[[], Any], list[tuple[int, ...]]]] = {
    "lstm": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.LSTM(8, 6)), [(5, 2, 8)]),
    "lstm of one sample": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.LSTM(8, 6)), [(5, 1, 8)]),
    "gru": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.GRU(8, 6, 2)), [(5, 3, 8)]),
    "encoder": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 2, 8)]),
    "encoder of one sample": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 1, 8)]),
    "transformer": (lambda: nn.Transformer(8, 2, 1, 1, 16), [(5, 2, 8), (4, 2, 8)]),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_before_the_batch_run_as_in_torch(name: str, tmp_path: Path) -> None:
    """`(L, N, C)`: steps first, then samples, as PyTorch has it without `batch_first`."""
    torch.manual_seed(0)
    make, sizes = SEQUENCES[name]
    module = make().eval()
    inputs = tuple(torch.randn(*one) for one in sizes)
    wanted = wanted_of(module, inputs)
    for network in both(module, inputs, tmp_path):
        assert [one.batch for one in network.input_axes] == [1] * len(sizes)
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        one_sample = tuple(one[:, :1] for one in inputs)
        assert convcalc.plan(network).totals.macs == counted(make().eval(), one_sample)


# Inputs without a batch: what a network does to them, how, and their sizes.
WHOLE: dict[str, Case] = {
    "a graph by its matrix": (
        lambda m, x, a: a @ m.b(a @ m.a(x).relu()), {"a": nn.Linear(6, 8), "b": nn.Linear(8, 3)},
        [(7, 6), (7, 7)],
    ),
    "attention in products": (
        lambda m, x: (m.a(x) @ m.b(x).t() / 2).softmax(-1) @ m.c(x),
        {"a": nn.Linear(6, 4), "b": nn.Linear(6, 4), "c": nn.Linear(6, 4)}, [(7, 6)],
    ),
    "nodes of unequal numbers": (
        lambda m, x, e: torch.cat([m.a(x).mean(0), m.b(e).mean(0)]),
        {"a": nn.Linear(6, 4), "b": nn.Linear(3, 4)}, [(7, 6), (9, 3)],
    ),
    "each with each": (lambda m, x: x @ x.t(), {}, [(7, 6)]),
    "each with each, behind a layer": (
        lambda m, x: F.normalize(m.a(x)) @ m.a(x).t(), {"a": nn.Linear(6, 4)}, [(7, 6)]
    ),
    "a picture": (lambda m, x: m.a(x).relu(), {"a": nn.Conv2d(3, 4, 3)}, [(3, 8, 8)]),
    "a sequence": (lambda m, x: m.a(x)[0], {"a": nn.GRU(5, 4, batch_first=True)}, [(9, 5)]),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_inputs_without_a_batch_run_as_in_torch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, own, sizes = WHOLE[name]
    module, inputs = Does(does, **own).eval(), tuple(torch.randn(*one) for one in sizes)
    wanted = wanted_of(module, inputs)
    for network in both(module, inputs, tmp_path):
        assert [one.batch for one in network.input_axes] == [None] * len(sizes)
        assert "no axis of the inputs is their batch: all of each is one sample" in network.notes
        given = {
            one.name: x.numpy().transpose(one.order)[None]
            for one, x in zip(network.input_axes, inputs, strict=True)
        }
        found = as_tensor(network, next(iter(network.output_views)), convcalc.run(network, given))
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        if name != "a sequence":
            assert convcalc.plan(network).totals.macs == counted(copy.deepcopy(module), inputs)


# Inputs of 3x3 and 3 numbers: what is made of them, and the second of one sample.
NUMBERS: dict[str, tuple[Callable[..., Tensor], tuple[int, ...]]] = {
    "of each feature": (lambda m, x, w: m.a(x * w), (3,)),
    "of each feature, as shares": (lambda m, x, w: m.a(x) * (m.a(x * w.softmax(0))), (3,)),
    "of each feature, chosen by": (lambda m, x, w: torch.where(w > 0, m.a(x)[:, :3], x), (3,)),
    "of each sample": (lambda m, x, w: m.a(x * w[:, None]), (1,)),
    "of each sample, behind a layer": (lambda m, x, w: m.a(x) * (1 + w).view(-1, 1), (1,)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_as_many_numbers_as_samples_are_of_what_they_meet(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, own = NUMBERS[name]
    module, inputs = Does(does, a=nn.Linear(3, 4)).eval(), (torch.randn(3, 3), torch.randn(3))
    wanted = wanted_of(module, inputs)
    for network in both(module, inputs, tmp_path):
        assert [*network.inputs.values()] == [(3,), own]
        x, w = (one.numpy() for one in inputs)
        given = [x, w[:, None] if own == (1,) else np.stack([w] * 3)]
        run = convcalc.run(network, dict(zip(network.inputs, given, strict=True)))
        found = run[convcalc.plan(network)[-1].name]
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_what_pytorch_says_of_all_inputs_is_raised() -> None:
    """Not what it says of the first row of each, which nobody gave."""
    module = Does(lambda m, x, a: a @ m.a(x), a=nn.Linear(6, 8))
    with pytest.raises(RuntimeError, match=r"\[7, 9\] X \[7, 8\]"):
        convcalc.from_torch(module, torch.zeros(7, 6), torch.zeros(7, 9))


def timed(m: Does, x: Tensor, t: Tensor) -> Tensor:
    """Maps with time steps as waves, a number for each sample, as diffusion has them."""
    angles = t[:, None].float() * m.waves[None]
    steps = m.l(torch.cat([angles.sin(), angles.cos()], -1))
    return (m.c(x) + steps[:, :, None, None]).relu()


def told(m: Does, x: Tensor, t: Tensor) -> Tensor:
    """Maps with a class for each sample."""
    return m.c(x) + m.table(t)[:, :, None, None]


@pytest.mark.parametrize("does", [timed, told])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_a_number_for_each_sample_is_one_of_each(
    does: Callable[..., Tensor], samples: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    own = {"l": nn.Linear(4, 8)} if does is timed else {"table": nn.Embedding(10, 8)}
    module = Does(does, c=nn.Conv2d(3, 8, 3, padding=1), waves=torch.tensor([1.0, 0.1]), **own)
    inputs = (torch.randn(samples, 3, 6, 6), torch.arange(samples) + 4)
    with torch.no_grad():
        wanted = module.eval()(*inputs).numpy()
    for network in both(module, inputs, tmp_path):
        given = dict(
            zip(network.inputs, (inputs[0].numpy(), inputs[1][:, None].numpy()), strict=True)
        )
        (found,) = convcalc.run(network, given).values()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        one_sample = tuple(one[:1] for one in inputs)
        assert convcalc.plan(network).totals.macs == counted(copy.deepcopy(module), one_sample)


def test_several_samples_run_as_in_torch() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4)).eval()
    x = torch.randn(3, 3, 8, 8)
    with torch.no_grad():
        wanted = module(x).numpy()
    (found,) = values(convcalc.from_torch(module, x), (x,))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


# Views of a map of 8 x 4 x 4 with a batch that the program has as a number.
VIEWS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "tokens": lambda net, x: (
        net.dense(x.view(len(x), 8, -1).transpose(1, 2)).transpose(1, 2).reshape(len(x), 8, 4, -1)
    ),
    "samples behind channels": lambda net, x: (
        x.transpose(0, 1).reshape(8, -1).view(8, len(x), 4, 4).transpose(0, 1)
    ),
    "samples and tokens": lambda net, x: (
        x.flatten(2).transpose(1, 2).reshape(-1, 8).view(len(x), -1, 8).transpose(1, 2)
    ),
    "samples and channels": lambda net, x: x.reshape(len(x) * 8, -1).reshape(len(x), 8, 4, -1),
    "shuffled": lambda net, x: (
        x.view(len(x), 2, -1, 4, 4).transpose(1, 2).reshape(len(x), -1, 4, 4)
    ),
    "split": lambda net, x: x.unflatten(1, (2, -1)).flatten(1, 2),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("samples", [2, 3, 4, 8])
def test_an_open_size_beside_several_samples_is_that_of_torch(
    name: str, samples: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = Does(VIEWS[name], dense=nn.Linear(8, 8))
    inputs = (torch.randn(samples, 8, 4, 4),)
    for network in both(module, inputs, tmp_path):
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted_of(module, inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 2, 3, 5])
def test_samples_behind_positions_are_found_where_they_divide_them(
    samples: int, tmp_path: Path
) -> None:
    """`nn.MultiheadAttention` joins positions and samples as rows, positions first."""
    torch.manual_seed(0)
    module = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    inputs = (torch.randn(samples, 30, 16),)
    for network in both(module, inputs, tmp_path):
        assert convcalc.plan(network).rows[-1].output == (16, 30)
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted_of(module, inputs), rtol=1e-4, atol=1e-5)


ALONG_SAMPLES: dict[str, Callable[[Tensor], Tensor]] = {
    "shares": lambda x: x.softmax(0),
    "sums": lambda x: x.cumsum(0),
    "a turn": lambda x: x.flip(0),
    "everything": lambda x: x / x.norm(),
}


@pytest.mark.parametrize("name", ALONG_SAMPLES)
def test_what_works_along_samples_of_a_live_module_is_opaque(name: str) -> None:
    module = Does(lambda net, x: ALONG_SAMPLES[name](net.conv(x)), conv=nn.Conv2d(4, 4, 1))
    kinds = {
        row.kind for row in convcalc.plan(convcalc.from_torch(module, torch.zeros(2, 4, 6, 8)))
    }
    assert {"conv", "opaque"} <= kinds


ROUNDS: dict[str, Callable[[Tensor], Tensor]] = {
    "parted again": lambda x: torch.cat([x, 2 * x]).relu().chunk(2)[1],
    "summed in pairs": lambda x: torch.cat([x, 2 * x]).view(2, -1, *x.shape[1:]).sum(0),
    "stacked": lambda x: torch.stack([x, x * x]).transpose(0, 1).sum(1),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_samples_one_behind_the_other_are_read_apart(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Does(lambda net, x: ROUNDS[name](net.conv(x)), conv=nn.Conv2d(4, 4, 1)).eval()
    inputs = (torch.randn(3, 4, 6, 8),)
    for network in both(module, inputs, tmp_path):
        assert "opaque" not in {row.kind for row in convcalc.plan(network)}
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted_of(module, inputs), rtol=1e-4, atol=1e-5)


# A kernel for each of some samples of 4 channels, and how their inputs go on behind the samples.
KERNELS: dict[str, tuple[Callable[..., Tensor], list[tuple[int, ...]]]] = {
    "of a line": (
        lambda m, x, w: F.conv1d(
            x.reshape(1, -1, 9), w.reshape(-1, 4, 3), groups=len(x)
        ).view(len(x), -1, 7),
        [(4, 9), (6, 4, 3)],
    ),
    "made of styles": (
        lambda m, x, s: F.conv2d(
            x.reshape(1, -1, 7, 8),
            (m.w[None] * m.a(s)[:, None, :, None, None]).reshape(-1, 4, 3, 3),
            padding=1, groups=len(x),
        ).view(len(x), 6, 7, 8),
        [(4, 7, 8), (5,)],
    ),
    "one behind the other": (
        lambda m, x, w, v: F.conv2d(
            F.conv2d(x.reshape(1, -1, 6, 6), w.flatten(0, 1), groups=len(x)).relu(),
            v.flatten(0, 1), groups=len(x),
        ).view(len(x), 2, 2, 2),
        [(4, 6, 6), (5, 4, 3, 3), (2, 5, 3, 3)],
    ),
    "of each channel, and of all": (
        lambda m, z, x: F.conv2d(
            x.reshape(1, -1, 8, 8), z.reshape(-1, 1, 3, 4), groups=4 * len(x)
        ).view(len(x), 4, 6, 5) + F.conv2d(
            x.reshape(1, -1, 8, 8), z, groups=len(x)
        ).transpose(0, 1),
        [(4, 3, 4), (4, 8, 8)],
    ),
    "transposed": (
        lambda m, x, w: F.conv_transpose2d(
            x.reshape(1, -1, 6, 6), w.flatten(0, 1), stride=2, groups=len(x)
        ).view(len(x), 5, 13, 13),
        [(4, 6, 6), (4, 5, 3, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_a_kernel_for_each_sample_is_counted_for_one(
    name: str, samples: int, tmp_path: Path
) -> None:
    does, sizes = KERNELS[name]
    own = {"w": param(6, 4, 3, 3), "a": nn.Linear(5, 4)} if name == "made of styles" else {}
    module = Does(does, **own).eval()
    inputs = tuple(torch.randn(samples, *one) for one in sizes)
    for network in both(module, inputs, tmp_path):
        plan = convcalc.plan(network)
        one_sample = tuple(one[:1] for one in inputs)
        assert plan.totals.macs == counted(copy.deepcopy(module), one_sample)
        assert plan[-1].output == tuple(module(*inputs).shape[1:])


def queried(m: Does, x: Tensor, q: Tensor) -> Tensor:
    """Rows of what is learnt, spread over samples behind them, and a number of each sample."""
    return (m.l(q) + m.p(x).mean((2, 3))).transpose(0, 1)


def decoded(m: Does, x: Tensor) -> Tensor:
    """Queries before their samples, as DETR has them: among themselves, then with the map."""
    places = m.places.flatten(1)[None].repeat(len(x), 1, 1).permute(2, 0, 1)
    q = m.q[:, None].repeat(1, len(x), 1)
    memory = m.p(x).flatten(2).permute(2, 0, 1)
    t = torch.zeros_like(q)
    t = t + m.among(t + q, t + q, t, need_weights=False)[0]
    t = t + m.across(t + q, memory + places, memory, need_weights=False)[0]
    return m.l(t.transpose(0, 1))


SPREAD: dict[str, Callable[..., Tensor]] = {
    "repeat": lambda m, x: queried(m, x, m.q[:, None].repeat(1, len(x), 1)),
    "expand": lambda m, x: queried(m, x, m.q[:, None].expand(-1, len(x), -1)),
    "tile": lambda m, x: queried(m, x, m.q[:, None].tile(len(x), 1)),
    "repeat_interleave": lambda m, x: queried(m, x, m.q[:, None].repeat_interleave(len(x), 1)),
    "stack": lambda m, x: queried(m, x, torch.stack([m.q] * len(x), 1)),
    "zeros": lambda m, x: queried(m, x, torch.zeros(5, len(x), 16) + m.q[:, None]),
    "new_zeros": lambda m, x: queried(m, x, x.new_zeros(5, len(x), 16) + m.q[:, None]),
    "a buffer": lambda m, x: queried(m, x, m.fixed[:, None].repeat(1, len(x), 1)),
    "a buffer, turned": lambda m, x: queried(
        m, x, (2 * m.fixed[:, None].repeat(1, len(x), 1)).sin()
    ),
    "samples first": lambda m, x: (
        m.l(m.q[None].repeat(len(x), 1, 1)) + m.p(x).mean((2, 3))[:, None]
    ),
    "joined": lambda m, x: m.l(
        torch.cat([m.l(m.q[:, None].repeat(1, len(x), 1)), m.p(x).flatten(2).permute(2, 0, 1)])
    ).transpose(0, 1),
    "a product": lambda m, x: (
        m.l(m.q[:, None].repeat(1, len(x), 1)).transpose(0, 1) @ m.p(x).flatten(2)
    ),
    "an equation": lambda m, x: torch.einsum(
        "qbc,lbc->bql", m.l(m.q[:, None].repeat(1, len(x), 1)), m.p(x).flatten(2).permute(2, 0, 1)
    ),
    "states": lambda m, x: m.lstm(
        m.p(x).flatten(2).permute(2, 0, 1),
        (x.new_zeros(2, len(x), 6), torch.zeros(2, len(x), 6)),
    )[0].transpose(0, 1),
    "attention": decoded,
    # Two of them, whatever samples there are: their sum is nobody's.
    "a pair": lambda m, x: m.l(m.q[:, None].repeat(1, 2, 1)).sum(1) + m.p(x).mean((2, 3))[:, None],
}


@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_what_is_spread_over_samples_is_one_of_each(
    name: str, samples: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = Does(
        SPREAD[name], q=param(5, 16), fixed=torch.randn(5, 16), places=param(16, 2, 2),
        l=nn.Linear(16, 16), p=nn.Conv2d(3, 16, 4, 4), lstm=nn.LSTM(16, 6, 2),
        among=nn.MultiheadAttention(16, 2), across=nn.MultiheadAttention(16, 2),
    ).eval()  # fmt: skip
    inputs = (torch.randn(samples, 3, 8, 8),)
    wanted = wanted_of(module, inputs)
    for network in both(module, inputs, tmp_path):
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        assert (
            "no axis of the inputs is their batch: all of each is one sample" not in network.notes
        )
        with torch.device("meta"):
            # The counter follows no views of what wants a gradient.
            alone = copy.deepcopy(module).requires_grad_(False)
            wanted_macs = counted(alone, tuple(one[:1] for one in inputs))
        assert convcalc.plan(network).totals.macs == wanted_macs


PICKED: dict[str, Callable[[Tensor], Tensor]] = {
    "less their mean": lambda x: x - x.mean(0),
    "the first less the second": lambda x: x[0] - x[1],
    "less the first": lambda x: x - x.unbind()[0],
}


@pytest.mark.parametrize("name", PICKED)
def test_what_takes_all_samples_of_a_live_module_has_the_sizes_of_one(name: str) -> None:
    """A mean of two maps of 4 channels was one of 2, which did not fit, and was refused."""
    plan = convcalc.plan(
        convcalc.from_torch(Does(lambda _, x: PICKED[name](x)), torch.zeros(2, 4, 6, 8))
    )
    assert {row.output for row in plan} == {(4, 6, 8)}
    assert [row.kind for row in plan][-1] == "sub"
    assert {row.kind for row in plan} == {"opaque", "sub"}
