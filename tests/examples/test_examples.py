"""The example networks against figures that come from elsewhere: `figures.csv`, with sources.

The figures of torchvision are exact counts of its models; its published gigamultiplies are these,
rounded. Those that nobody publishes are worked out in `test_worked_by_hand.py`, and
`tests/crosscheck/test_reference_networks.py` has PyTorch count all of them once more.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import convcalc
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
SCHEMA_LINE = "# yaml-language-server: $schema=../../docs/schema/net.schema.json"

Shape = tuple[int, ...]


class Figures(NamedTuple):
    """One row of figures.csv. Shapes are written 3x224x224, several of them joined by ` + `."""

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    params: int
    buffers: int
    macs: int
    source: str


def shapes(text: str) -> tuple[Shape, ...]:
    return tuple(tuple(map(int, shape.split("x"))) for shape in text.split(" + "))


def read_figures() -> dict[str, Figures]:
    with Path(__file__).with_name("figures.csv").open(newline="", encoding="utf-8") as file:
        return {
            row["network"]: Figures(
                shapes(row["input"]),
                shapes(row["output"]),
                int(row["params"]),
                int(row["buffers"]),
                int(row["macs"]),
                row["source"],
            )
            for row in csv.DictReader(file)
        }


FIGURES = read_figures()
EVERY_NETWORK = each("name", sorted(FIGURES))


def text_of(name: str) -> str:
    return (CONFIGS / f"{name}.net.yaml").read_text(encoding="utf-8")


@cache
def plan_of(name: str) -> convcalc.Plan:
    return convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))


def test_every_file_has_figures_and_every_figure_a_file() -> None:
    assert {path.name.removesuffix(".net.yaml") for path in CONFIGS.iterdir()} == set(FIGURES)


def test_every_figure_has_a_source() -> None:
    assert [name for name, figures in FIGURES.items() if not figures.source.strip()] == []


@EVERY_NETWORK
def test_counts(name: str) -> None:
    totals, figures = plan_of(name).totals, FIGURES[name]
    counted = (totals.params, totals.buffers, totals.macs)
    assert counted == (figures.params, figures.buffers, figures.macs), figures.source


@EVERY_NETWORK
def test_shapes(name: str) -> None:
    plan, figures = plan_of(name), FIGURES[name]
    assert tuple(map(tuple, plan.inputs.values())) == figures.inputs
    assert tuple(tuple(plan[output].output) for output in plan.outputs) == figures.outputs


@EVERY_NETWORK
def test_own_expectations_hold(name: str) -> None:
    assert plan_of(name).failures == ()


@EVERY_NETWORK
def test_own_expectations_can_fail(name: str) -> None:
    figures = FIGURES[name]
    wrong = text_of(name)
    for key, value in (("params", figures.params), ("macs", figures.macs)):
        wrong = wrong.replace(f"{key}: {value}", f"{key}: {value + 1}")
    failures = convcalc.plan(convcalc.loads(wrong)).failures
    assert failures is not None
    assert len(failures) == 2, f"params or macs of {name} are not expected exactly"


@EVERY_NETWORK
def test_output_is_expected_exactly(name: str) -> None:
    stated = text_of(name).count("output: [")
    assert stated >= len(FIGURES[name].outputs)
    for shape in FIGURES[name].outputs:
        assert f"output: {list(shape)}" in text_of(name)


@EVERY_NETWORK
def test_header_says_where_the_network_comes_from(name: str) -> None:
    schema, title, *rest = text_of(name).split("\nconvcalc: 1\n")[0].splitlines()
    assert schema == SCHEMA_LINE
    assert title.startswith("# ")
    labels = [line.split(":")[0] for line in rest if line.startswith("# ") and line[2] != " "]
    assert labels == ["# Paper", "# Figures", "# Layout"]


@EVERY_NETWORK
def test_lines_fit_a_screen(name: str) -> None:
    lines = text_of(name).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 128


@each(
    ("name", "layer", "size", "stride"),
    [
        # Araujo, Norris & Sim 2019, the table in google-research/receptive_field: alexnet_v2,
        # vgg_16, inception_v3.
        pytest.param("alexnet", "features", 195, 32, id="AlexNet"),
        pytest.param("vgg16", "features", 212, 32, id="VGG-16"),
        pytest.param("inception_v3", "features", 1311, 32, id="Inception v3"),
        # 11 after the stem's pool; 3x3 convolutions at strides 4, 8, 16, 32, of which the first
        # of a stage still stands at the stride before: 24 + (8 + 48) + (16 + 160) + (32 + 128).
        pytest.param("resnet50", "stage4", 427, 32, id="ResNet-50, stride on the 3x3"),
        # The same sums: a dilation of 2 at stride 8 reaches as far as none at stride 16.
        pytest.param("deeplabv3_resnet50", "stage4", 427, 8, id="the same, dilated"),
        # Back from one output: 4, 7, 16, 34, 70; Isola et al. 2017 name it 70x70.
        pytest.param("patchgan70", "patches", 70, 8, id="PatchGAN"),
        # 1 + (1 + 2 + 4 + ... + 512): van den Oord et al. 2016.
        pytest.param("wavenet_stack", "conv_2", 1024, 1, id="WaveNet"),
        # 1 + 2 * 6 * (1 + 2 + ... + 128), the formula of Bai et al. 2018.
        pytest.param("tcn_mnist", "history", 3061, 1, id="TCN"),
        # 3, and 2 * (1 + 1 + 2) for each of four blocks.
        pytest.param("id_cnn", "tag", 35, 1, id="ID-CNN"),
    ],
)
def test_receptive_fields(name: str, layer: str, size: int, stride: int) -> None:
    field = plan_of(name)[layer].receptive_field
    assert field is not None
    assert set(field.size) == {size}
    assert set(field.stride) == {stride}


@each(
    ("width", "millions", "macs"),
    [
        # Parameters without those of the norms, and MACs, in millions: the models that
        # tensorflow/models (research/slim/nets/mobilenet) lists at 224.
        pytest.param("0.35", 1.66, 59, id="0.35"),
        pytest.param("0.5", 1.95, 97, id="0.5"),
        pytest.param("0.75", 2.61, 209, id="0.75"),
        pytest.param("1", 3.47, 300, id="1"),
        pytest.param("1.3", 5.34, 509, id="1.3"),
        pytest.param("1.4", 6.06, 582, id="1.4"),
    ],
)
def test_mobilenet_v2_by_width(width: str, millions: float, macs: int) -> None:
    network = convcalc.loads(text_of("mobilenet_v2"))
    plan = convcalc.plan(network, variables={"width": Fraction(width)})
    norms = sum(row.params for row in plan if row.kind == "batch_norm")
    assert round((plan.totals.params - norms) / 1e6, 2) == millions
    assert abs(plan.totals.macs / 1e6 - macs) < 1


def test_effective_padding_of_vgg16() -> None:
    """90 in the table of Araujo, Norris & Sim: 2 * 1 + 2 * 2 + 3 * 4 + 3 * 8 + 3 * 16."""
    field = plan_of("vgg16")["features"].receptive_field
    assert field is not None
    assert tuple(field.start) == (-90, -90)
