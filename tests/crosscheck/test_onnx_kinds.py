"""Every kind that PyTorch has, exported to ONNX and read back: its figures and its values."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.kinds.base import Facts

torch = pytest.importorskip("torch", reason="torch writes the files")
onnx = pytest.importorskip("onnx", reason="its light models are read")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is what they are compared with")

from torch import nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.onnx_files import both_ways, exported  # noqa: E402
from tests.crosscheck.test_torch_lines import kinds_with_lines, lines_of  # noqa: E402

pytestmark = pytest.mark.crosscheck

CASES = 2
# Kinds that do not come back, and why.
OTHERWISE = {
    "adaptive_avg_pool": "the exporter refuses bins of unequal sizes",
    "adaptive_max_pool": "the exporter refuses bins of unequal sizes",
    "channel_shuffle": "the exporter does not know it",
    "fold": "the exporter does not know it at opset 17",
    "group_norm": "PyTorch refuses groups of one value, which are drawn",
    "hardshrink": "it becomes comparisons and choices, which have no kind",
    "local_response_norm": "it becomes an If, which is not looked into",
    "softshrink": "it becomes comparisons and choices, which have no kind",
    "threshold": "the exporter refuses another value than 0",
}


def module_of(lines: list[str]) -> nn.Module:
    torch.manual_seed(1)
    module = nn.Sequential(*(eval(line, {"nn": nn}) for line in lines)).eval()
    for one in module.modules():
        if isinstance(one, nn.modules.batchnorm._BatchNorm):
            one.running_mean.uniform_(-1, 1)
            one.running_var.uniform_(0.5, 2)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -1, 1)
    return module


def test_what_does_not_come_back_is_a_kind() -> None:
    assert OTHERWISE.keys() <= set(kinds_with_lines())


@pytest.mark.parametrize("name", [one for one in kinds_with_lines() if one not in OTHERWISE])
def test_a_kind_is_read_back_with_its_figures(name: str, tmp_path: Path) -> None:
    for number, (lines, drawn) in enumerate(lines_of(name)[:CASES]):
        (x,) = drawn.case.inputs
        facts: Facts = drawn.layer.facts((x,))
        module = module_of(lines)
        path = tmp_path / f"{number}.onnx"
        exported(module, (torch.rand(1, *x),), "torchscript", path)
        network, apart = both_ways(path)
        plan = convcalc.plan(network)
        assert apart < 1e-4, lines
        assert plan.totals.macs == facts.macs, lines
        assert plan.totals.params == facts.params, lines
        (output,) = (plan.row_at(at).output for at in plan.graph.outputs)
        assert [size for size in output if size > 1] == [s for s in facts.output if s > 1], lines


LIGHT = {
    # Parameters of torchvision's networks of the same form, AlexNet's of BVLC's; MACs that agree
    # with the GFLOPs that torchvision prints.
    "resnet50": (25_557_032, 4_089_184_256),
    "vgg19": (143_667_240, 19_632_062_464),
    "bvlc_alexnet": (60_965_224, None),
    "squeezenet": (1_235_496, 349_151_936),
    "densenet121": (None, 2_834_161_664),
}
FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.onnx")), ids=lambda path: path.stem)
def test_the_light_models_are_planned_whole(path: Path) -> None:
    plan = convcalc.plan(convcalc.load(path))
    assert plan.to_dict()["totals"]["complete"] is True
    params, macs = LIGHT.get(path.stem.removeprefix("light_"), (None, None))
    assert params in (None, plan.totals.params)
    assert macs in (None, plan.totals.macs)
    # What onnx itself infers for the whole graph.
    inferred = onnx.shape_inference.infer_shapes(onnx.load(path))
    (output,) = inferred.graph.output
    dims = [one.dim_value for one in output.type.tensor_type.shape.dim]
    (at,) = plan.graph.outputs
    assert [s for s in plan.graph.shape_of(at) if s > 1] == [s for s in dims[1:] if s > 1]
