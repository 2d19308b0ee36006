"""Arguments and options that several commands share, with their help and completion.

All are words here; `options` turns them into values, so that a bad one gets a sentence with the
nearest word and nothing is converted that was not meant.
"""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import completion
from convcalc.report import formats

File = Annotated[
    str, typer.Argument(metavar="FILE", help="The network's file, or - for standard input.")
]
StdinFilename = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        # Short, as Typer would break the option's name at its hyphen.
        help="Name of - in findings: --stdin-filename a.net.yaml.",
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SHAPE",
        help="Another input shape, channels first and without the batch: --input 3x256x256. "
        "With several inputs, by name: --input left=3x64x64.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Another value of a variable: --set width=32."),
]
Batch = Annotated[str, typer.Option(metavar="N", help="Samples that run at once: --batch 32.")]
Dtype = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Type of all numbers, for bytes: float64, float32, float16, bfloat16 or int8, "
        "as in --dtype float16.",
        autocompletion=completion.complete_dtype,
    ),
]
MaxLayers = Annotated[
    str,
    typer.Option(metavar="N", help="Most layers that blocks may expand to: --max-layers 200000."),
]
Count = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLASSES",
        help="Elementwise work to show beside the MACs: --count bias,norm or --count all. "
        "Classes: bias, norm, activation, pool, merge, upsample.",
        autocompletion=completion.complete_classes,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES",
        help="Columns to show, in this order: --columns name,output,params or --columns all.",
        autocompletion=completion.complete_columns,
    ),
]
Depth = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Fold blocks nested deeper than N to one line: --depth 0 folds every block.",
    ),
]
Shares = Annotated[
    bool, typer.Option("--shares", help="Show what share of all params and MACs each line has.")
]
Sort = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The greatest figures first, in a list without blocks: --sort macs.",
        autocompletion=completion.complete_sums,
    ),
]
Top = Annotated[
    str | None,
    typer.Option(metavar="N", help="Show no more lines than these: --sort params --top 10."),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say below the table what each figure counts.")
]
Format = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"How to write it: {', '.join(formats())}, as in --format csv. "
        "Default: table on a terminal, plain in a pipe.",
        autocompletion=completion.complete_format,
    ),
]
TextOrJson = Annotated[str, typer.Option(metavar="NAME", help="text or json, as in --format json.")]
Theme = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Colours of --plot: light, dark, or auto, which follows the reader in SVG and HTML "
        "and is light in PNG: --theme dark.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Let --plot overwrite a file that exists.")]
Color = Annotated[
    str,
    typer.Option(
        metavar="WHEN",
        help="Colours: auto, always or never, as in --color never. "
        "NO_COLOR and FORCE_COLOR are heeded.",
        autocompletion=completion.complete_color,
    ),
]
FindingsColor = Annotated[
    str,
    typer.Option(
        metavar="WHEN",
        help="Colours of findings: auto, always or never, as in --color never.",
        autocompletion=completion.complete_color,
    ),
]
