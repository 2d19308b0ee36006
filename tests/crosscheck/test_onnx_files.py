"""ONNX files of real networks: run with the file's weights they give what ONNX Runtime gives.

That is the test that nothing was misread. Multiplies are those of torch's modules by
`test_reference_networks`; parameters are those of the module, less what an exporter folds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc

torch = pytest.importorskip("torch", reason="torch writes the files")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is what they are compared with")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.onnx_attention import ATTENTION  # noqa: E402
from tests.crosscheck.onnx_files import EXPORTERS, both_ways, exported  # noqa: E402
from tests.crosscheck.onnx_modules import MODULES  # noqa: E402
from tests.crosscheck.references import REFERENCES  # noqa: E402
from tests.crosscheck.torch_weights import randomise  # noqa: E402

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
IMAGE = (3, 224, 224)
# Networks that run at any size, at one that takes a moment.
SMALL = (3, 96, 96)
FIXED = ("alexnet", "vgg16_bn")
NAMES = (
    "alexnet", "c3d", "convnext_tiny", "convnext_v2_tiny", "crnn", "dcgan_generator",
    "densenet121", "efficientnet_b0",
    "googlenet", "id_cnn", "inception_v3", "lenet5", "mobilenet_v2", "mobilenet_v3_small",
    "patchgan70", "pointnet", "resnet152", "resnet18", "resnet50", "squeezenet1_0",
    "squeezenet1_1", "tcn_mnist", "textcnn", "vgg16_bn", "wavenet_stack",
)  # fmt: skip


def drawn(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    torch.manual_seed(len(name))
    module = REFERENCES[name]().eval()
    randomise(module)
    shapes = convcalc.load(CONFIGS / f"{name}.net.yaml").inputs.values()
    small = [SMALL if shape == IMAGE and name not in FIXED else shape for shape in shapes]
    return module, tuple(torch.randn(1, *shape) for shape in small)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_equal_onnx_runtimes(name: str, tmp_path: Path) -> None:
    module, inputs = drawn(name)
    path = tmp_path / f"{name}.onnx"
    exported(module, inputs, "torchscript", path)
    network, apart = both_ways(path)
    assert apart < 1e-5
    # A batch norm that is folded into a convolution leaves a bias of its channels there.
    stored = convcalc.plan(network).totals.params
    norms = [one for one in module.modules() if isinstance(one, nn.BatchNorm2d | nn.BatchNorm1d)]
    whole = sum(one.numel() for one in module.parameters())
    folded = 2 * sum(one.num_features for one in norms)
    assert whole - folded <= stored <= whole


@pytest.mark.parametrize("name", ["resnet18", "convnext_tiny", "mobilenet_v3_small"])
def test_dynamos_files_equal_onnx_runtimes(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the dynamo exporter is made of it")
    module, inputs = drawn(name)
    path = tmp_path / f"{name}.onnx"
    exported(module, inputs, "dynamo", path)
    _, apart = both_ways(path)
    assert apart < 1e-5


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", MODULES)
def test_tensors_that_go_many_ways(name: str, exporter: str, tmp_path: Path) -> None:
    if exporter == "dynamo":
        pytest.importorskip("onnxscript", reason="the dynamo exporter is made of it")
    make, dims = MODULES[name]
    torch.manual_seed(2)
    module = make().eval()
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5)
    path = tmp_path / "module.onnx"
    exported(module, (torch.randn(dims),), exporter, path)
    network, apart = both_ways(path)
    assert apart < 1e-5
    assert convcalc.plan(network).totals.params == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", ATTENTION)
def test_attention_is_one_layer(name: str, exporter: str, tmp_path: Path) -> None:
    """The multiplies of `.pt2` files are those of PyTorch's counter, by their own tests."""
    if exporter == "dynamo":
        pytest.importorskip("onnxscript", reason="the dynamo exporter is made of it")
    torch.manual_seed(3)
    module = ATTENTION[name]().eval()
    path = tmp_path / "attention.onnx"
    exported(module, (torch.randn(1, 10, 32),), exporter, path, external_data=False)
    network, apart = both_ways(path)
    assert apart < 1e-5
    plan = convcalc.plan(network)
    kinds = [row.kind for row in plan]
    assert kinds.count("scaled_dot_product_attention") == 1
    assert kinds.count("matmul") == 0
    wanted = convcalc.plan(convcalc.from_torch(module, torch.empty(1, 10, 32)))
    assert plan.totals.macs == wanted.totals.macs
    assert kinds.count("linear") == [row.kind for row in wanted].count("linear")
