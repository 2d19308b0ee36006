"""Public models through ONNX: parameters and MACs are the module's, or the exporter is the cause.

A share of them, of every family; `public_onnx` prints the table of all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the models are PyTorch's")
pytest.importorskip("onnxscript", reason="the dynamo exporter is made of it")

from tests.crosscheck import public_onnx
from tests.crosscheck.installed import offline
from tests.crosscheck.onnx_files import EXPORTERS, both_ways, exported
from tests.crosscheck.public_models import model
from tests.crosscheck.torch_weights import randomise

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore")]

SHARE = (
    "torchvision mobilenet_v2", "timm vit_tiny_patch16_224", "timm convnextv2_atto",
    "timm pvt_v2_b0", "timm mobilevit_s", "timm poolformer_s12", "transformers bert",
    "transformers gpt2", "transformers gemma", "transformers bart", "transformers t5 encoder",
    "transformers mpnet", "transformers clip text", "transformers swin", "transformers swin v2",
    "transformers detr", "transformers segformer",
)  # fmt: skip
# Exporters fail by themselves, at operators that they do not know.
NO_FILE = {("transformers gpt2", "torchscript"), ("transformers gemma", "torchscript")}


@pytest.mark.parametrize("name", SHARE)
def test_both_exporters_files_have_the_figures_of_the_module(name: str, tmp_path: Path) -> None:
    with offline():
        found = {one.exporter: one for one in public_onnx.both(name, tmp_path)}
    for exporter, one in found.items():
        wanted = None if (name, exporter) in NO_FILE else True
        assert one.is_equal is wanted, one.why


# What is hidden, or where words stand, is worked out of the words themselves.
DECIDING = ("roberta", "mpnet", "bart encoder", "clip text", "swin v2", "bert with padding")


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", DECIDING)
def test_what_looks_at_its_words_runs_as_in_onnx_runtime(
    name: str, exporter: str, tmp_path: Path
) -> None:
    with offline():
        module, _, named = model(f"transformers {name}")
    randomise(module)
    path = tmp_path / "m.onnx"
    exported(public_onnx.ByName(module, named), tuple(named.values()), exporter, path)
    _, apart = both_ways(path)
    assert apart < 1e-4
