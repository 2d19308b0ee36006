"""Live modules and `.pt2` files against the modules that they are made of.

By value: `run` with the module's own weights gives what the module gives, which is the test that
nothing was misread. By count: parameters are the module's, and MACs those of PyTorch's counter on
the meta device, to the last digit.
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

from tests.crosscheck.reference_networks import REFERENCES  # noqa: E402
from tests.crosscheck.torch_program_cases import CASES  # noqa: E402
from tests.crosscheck.torch_programs import Does, both, counted, values, wanted_of  # noqa: E402

pytestmark = [
    pytest.mark.crosscheck,
    # PyTorch remarks on its own recurrent modules when it exports them.
    pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning"),
    # Or where none of the arrays in a storage has all of it.
    pytest.mark.filterwarnings("ignore:No complete tensor found:UserWarning"),
    pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning"),
]

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


@pytest.mark.parametrize("name", CASES)
def test_a_module_runs_as_in_torch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, held, sizes = CASES[name]
    module = Does(does, **held).eval()
    inputs = tuple(torch.randn(*one) for one in sizes)
    wanted = wanted_of(module, inputs)
    network, _ = read = both(module, inputs, tmp_path)
    for one in read:
        assert "opaque" not in {row.kind for row in convcalc.plan(one)}
        (found,) = values(one, inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    totals = convcalc.plan(network).totals
    assert totals.params == sum(x.numel() for x in module.parameters())
    assert totals.macs == counted(module, inputs)


NORMED: dict[str, tuple[nn.Module, int, tuple[int, ...]]] = {
    "of filters": (nn.Conv1d(3, 4, 5, padding=2), 0, (1, 3, 12)),
    "of filters, transposed": (nn.ConvTranspose1d(3, 4, 4, 2), 0, (1, 3, 12)),
    "of taps": (nn.Conv1d(4, 4, 5, groups=2), 2, (1, 4, 12)),
    "of a dense layer": (nn.Linear(6, 4), 0, (1, 3, 6)),
}


@pytest.mark.parametrize("name", NORMED)
def test_weight_norm_runs_as_in_torch(name: str) -> None:
    torch.manual_seed(0)
    module, dim, size = NORMED[name]
    inputs = (torch.randn(*size),)
    normed = nn.utils.parametrizations.weight_norm(copy.deepcopy(module), dim=dim).eval()
    with torch.no_grad():
        normed.parametrizations.weight.original0.mul_(1.7)
        wanted = normed(*inputs).numpy()
    network = convcalc.from_torch(normed, *inputs)
    (found,) = values(network, inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    totals = convcalc.plan(network).totals
    assert totals.params == sum(x.numel() for x in normed.parameters())
    assert totals.macs == counted(copy.deepcopy(module), inputs)


def test_bilinear_runs_as_in_torch() -> None:
    torch.manual_seed(0)
    module, inputs = nn.Bilinear(6, 5, 4).eval(), (torch.randn(1, 3, 6), torch.randn(1, 3, 5))
    (found,) = values(convcalc.from_torch(module, *inputs), inputs)
    with torch.no_grad():
        np.testing.assert_allclose(found, module(*inputs).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_modules_of_other_precisions_run_as_in_torch(dtype: Any, tmp_path: Path) -> None:
    """The numbers are those of the weights; what is calculated is not rounded in between."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    module, x = module.to(dtype).eval(), torch.randn(1, 3, 8, 8).to(dtype)
    with torch.no_grad():
        wanted = copy.deepcopy(module).double()(x.double()).numpy()
    for network in both(module, (x,), tmp_path):
        (found,) = values(network, (x.float(),))
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_network_has_its_parameters_macs_and_output(name: str) -> None:
    example = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    with torch.device("meta"):
        module = REFERENCES[name]().eval()
        inputs = tuple(torch.zeros(1, *shape) for shape in example.inputs.values())
    plan = convcalc.plan(convcalc.from_torch(module, *inputs))
    assert plan.totals.complete
    assert plan.totals.params == sum(x.numel() for x in module.parameters())
    assert plan.totals.macs == counted(module, inputs) == example.totals.macs


@pytest.mark.parametrize("name", ["lenet5", "squeezenet1_1", "tcn_mnist", "id_cnn", "textcnn"])
def test_a_network_runs_as_in_torch(name: str) -> None:
    torch.manual_seed(0)
    example = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    module = REFERENCES[name]().eval()
    inputs = tuple(torch.randn(1, *shape) for shape in example.inputs.values())
    wanted = wanted_of(module, inputs)
    (found,) = values(convcalc.from_torch(module, *inputs), inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


FILLED: dict[str, tuple[Callable[[Tensor], Tensor], str, int]] = {
    # Each of 3 maps of 4 places sums 3 maps; 5 features of 4 at 3 places.
    "conv": (lambda x: F.conv1d(x, torch.ones(3, 3, 1)), "conv", 36),
    "depthwise": (lambda x: F.conv1d(x, torch.full((3, 1, 2), 0.5), groups=3), "conv", 18),
    "transposed": (lambda x: F.conv_transpose1d(x, torch.ones(3, 2, 1)), "conv_transpose", 24),
    "dense": (lambda x: F.linear(x, torch.ones(5, 4), torch.zeros(5)), "linear", 60),
    "norm": (lambda x: F.layer_norm(x, (4,), torch.ones(4), torch.zeros(4)), "layer_norm", 0),
}


@pytest.mark.parametrize("name", FILLED)
def test_weights_of_one_number_are_a_layer_that_learns_nothing(name: str) -> None:
    torch.manual_seed(0)
    function, kind, macs = FILLED[name]
    module, x = Does(lambda net, x: function(x)), torch.randn(1, 3, 4)
    network = convcalc.from_torch(module, x)
    plan = convcalc.plan(network)
    assert ([row.kind for row in plan], plan.totals.macs) == ([kind], macs)
    assert any("not learnt: " in note for note in plan.notes)
    (found,) = values(network, (x,))
    np.testing.assert_allclose(found, function(x), rtol=1e-5, atol=1e-6)
