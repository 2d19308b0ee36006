"""Pictures of very large networks are made in bounded time and have a bounded size."""

from __future__ import annotations

import pytest

from convcalc.features.rf.drawing import field_picture
from convcalc.report.drawing import render
from tests.drawing.pictures import collisions, report_of
from tests.ending import ending

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        pytest.param(
            "  - {conv: {out: 1, k: 51, p: half}, repeat: 2000}",
            (1, 10**6),
            id="a million steps, a field of 100,001 through 2,000 layers",
        ),
        pytest.param(
            "  - {conv: {out: 1, k: 3, d: 500, p: half}, repeat: 100}",
            (1, 10**6),
            id="a field of 100,001 steps with holes",
        ),
        pytest.param(
            "  - {conv: {out: 1, k: 3, p: half}, repeat: 500}",
            (1, 4096, 4096),
            id="a million pixels through 500 layers",
        ),
        pytest.param(
            "  - {conv: {out: 1, k: 31, p: half}, repeat: 20}",
            (1, 4096, 4096),
            id="more pixels than the picture has",
        ),
        pytest.param(
            "  - {conv: {out: 1, k: 31, p: half, padding_mode: reflect}, repeat: 20}",
            (1, 100_000),
            id="padding that is folded back",
        ),
    ],
)
def test_large(layers: str, shape: tuple[int, ...]) -> None:
    report = report_of(layers, shape)
    # A walk over all pixels would go on and on.
    with ending():
        picture = field_picture(report)
        data = render(picture, "svg")
        page = render(picture, "html")
    assert len(data) < 500_000
    assert len(page) < 1_000_000
    assert collisions(picture) == []
