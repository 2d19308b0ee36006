"""Every published figure of `published.py` comes out of its layer stack."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

import convcalc
from convcalc.features.rf import FieldReport, field_report
from convcalc.features.rf.chain_words import read_chain
from tests.each import each
from tests.rf.published import BRANCHED, CHAINS, CONFIGS, Figure, Published

# The same rows as of ResNet-50 and 101, only longer.
LONG = ("resnet_v1_152", "resnet_v1_200", "resnet_v2_152", "resnet_v2_200")
CASES = [
    pytest.param(
        case,
        figure,
        id=f"{case.name} {figure.layer}",
    )
    for case in (*CHAINS, *BRANCHED)
    for figure in case.figures
]


@cache
def _report_of_text(text: str) -> FieldReport:
    return field_report(convcalc.loads(text).graph())


@cache
def _report_of_words(text: str) -> FieldReport:
    if " " not in text:
        return field_report(convcalc.load(CONFIGS / f"{text}.net.yaml").graph())
    network, is_placed = read_chain(text.split())
    return field_report(network.graph(), is_placed=is_placed)


def report_of(network: str | dict[str, Any]) -> FieldReport:
    if isinstance(network, str):
        return _report_of_words(network)
    return _report_of_text(network.get("text") or json.dumps(network))


@each(("case", "figure"), [one for one in CASES if not str(one.id).startswith(LONG)])
def test_published(case: Published, figure: Figure) -> None:
    is_found(case, figure)


@pytest.mark.thorough
@each(("case", "figure"), [one for one in CASES if str(one.id).startswith(LONG)])
def test_published_of_the_longest(case: Published, figure: Figure) -> None:
    is_found(case, figure)


def is_found(case: Published, figure: Figure) -> None:
    report = report_of(case.network)
    if figure.layer.isdigit():
        field = report.layers[int(figure.layer) - 1]
    else:
        # Networks of several inputs see them alike here.
        field = report.of(figure.layer)[0]
    rank = len(field.axes)
    sizes = figure.size if isinstance(figure.size, tuple) else (figure.size,) * rank
    assert tuple(axis.size for axis in field.axes) == sizes, case.source
    assert not any(axis.varies for axis in field.axes)
    if figure.stride is not None:
        assert [axis.stride for axis in field.axes] == [Fraction(figure.stride)] * rank
    if figure.padding is not None:
        assert [axis.padding for axis in field.axes] == [figure.padding] * rank, case.source


def test_there_are_enough_figures_of_enough_families() -> None:
    assert len(CASES) >= 50
    assert all(case.source for case in (*CHAINS, *BRANCHED))


def test_differences_of_layout() -> None:
    """What the sources do not say but their layouts make: same field, other padding."""
    (torchvision,) = report_of("alexnet").of("features")
    # conv1 pads 2 there and nothing in TF-Slim: 64 + 2.
    assert [axis.padding for axis in torchvision.axes] == [66, 66]
    (googlenet,) = report_of("googlenet").of("inception_9")
    # 3x3 in place of 5x5 takes 2 pixels a module: 9 modules at strides 8, 16 and 32; the fourth
    # pool of 2 takes one pixel at stride 16.
    assert googlenet.axes[0].size == 907 - 6 * 32 - 2 * (2 * 8 + 5 * 16 + 2 * 32) - 16


def test_paths_of_unequal_stride_are_reported_and_not_refused() -> None:
    """The library's test network 3 raises ValueError there; the field varies, and it is told.

    Unit u sees 2u - 2 .. 2u + 2 and, cropped by 6, u + 6 .. u + 10: 13 pixels at 0, 5 at 8.
    """
    data = {
        "convcalc": 1,
        "input": [1, 32, 32],
        "layers": [
            {"pad": {"p": [[2, 1], [2, 1]]}},
            {"conv": {"out": 1, "k": 5, "s": 2}, "name": "l1"},
            {"conv": {"out": 1, "k": 3}, "from": "input"},
            {"conv": {"out": 1, "k": 3}, "name": "l3"},
            {"concat": {"inputs": ["l1", "l3"], "align": "crop"}, "name": "output"},
        ],
    }
    report = report_of(data)
    (field,) = report.of("output")
    assert not field.aligned
    assert [axis.varies for axis in field.axes] == [True, True]
    (note,) = report.notes
    assert note.message == (
        "not aligned: paths of stride 1 and 2 meet, so the field depends on the position, "
        "5 to 13 pixels; they part at `input`"
    )
