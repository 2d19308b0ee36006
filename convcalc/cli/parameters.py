"""Arguments and options that several commands share, with their help, values and words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import values
from convcalc.cli.declared import Argument, Option, Options
from convcalc.cli.streams import COLOR_CHOICES

if TYPE_CHECKING:
    from convcalc.core.dtypes import DType
else:
    DType = str


def _dtypes() -> Iterable[str]:
    from convcalc.core.dtypes import DTYPE_BYTES

    return DTYPE_BYTES


File = Annotated[str, Argument("The network's file, or - for standard input.", "FILE")]
StdinFilename = Annotated[
    str | None,
    Option("Name of - in findings: --stdin-filename a.net.yaml.", "NAME"),
]
Input = Annotated[
    values.Shapes | None,
    Options(
        "Another input shape, channels first and without the batch: --input 3x256x256. "
        "With several inputs, by name: --input left=3x64x64.",
        "SHAPE",
        values.input_shapes,
    ),
]
Set = Annotated[
    values.Variables | None,
    Options("Another value of a variable: --set width=32.", "NAME=VALUE", values.variables),
]
Batch = Annotated[int, Option("Samples that run at once: --batch 32.", "N", values.integer(1))]
Dtype = Annotated[
    DType | None,
    Option(
        "Type of all numbers, for bytes: {known}, as in --dtype float16. "
        "Default: the file's own, float32 where it says none.",
        "NAME",
        known=_dtypes,
    ),
]
MaxLayers = Annotated[
    int,
    Option("Most layers that blocks may expand to: --max-layers 200000.", "N", values.integer(1)),
]
Color = Annotated[
    str,
    Option(
        "Colours: {known}, as in --color never. NO_COLOR and FORCE_COLOR are heeded.",
        "WHEN",
        known=lambda: COLOR_CHOICES,
    ),
]
FindingsColor = Annotated[
    str,
    Option(
        "Colours of findings: {known}, as in --color never.", "WHEN", known=lambda: COLOR_CHOICES
    ),
]
