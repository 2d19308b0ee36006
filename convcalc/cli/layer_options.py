"""The fields of a layer as long options, which `shape` and `invert` share."""

from __future__ import annotations

from typing import Annotated

import typer

Kind = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="Kind of the layer: --kind max_pool. Default: conv."),
]
Out = Annotated[str | None, typer.Option(metavar="N", help="Filters of a convolution: --out 64.")]
Kernel = Annotated[
    str | None, typer.Option(metavar="K", help="Kernel: --kernel 7, or --kernel 3x5.")
]
Stride = Annotated[
    str | None, typer.Option(metavar="S", help="Stride: --stride 2, or --stride 2x1.")
]
Padding = Annotated[
    str | None,
    typer.Option(
        metavar="P",
        help="Padding: --padding 3, one an axis 1x2, before:after 0:1, or a word: valid, "
        "half, full, same, same_upper, same_lower, causal.",
    ),
]
Dilation = Annotated[str | None, typer.Option(metavar="D", help="Dilation: --dilation 2.")]
Groups = Annotated[
    str | None, typer.Option(metavar="G", help="Groups: --groups 32, or --groups depthwise.")
]
OutputPadding = Annotated[
    str | None,
    typer.Option(metavar="A", help="Zeros after a transposed layer: --output-padding 1."),
]
