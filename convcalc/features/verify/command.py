"""`convcalc verify`: every number proven by running the network."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, streams, values
from convcalc.cli.declared import Arguments, Option, Options
from convcalc.cli.usage import bad, unfit
from convcalc.features.verify.report import MOST_STEPS

if TYPE_CHECKING:
    from convcalc.features.verify.report import Report
    from convcalc.network import Network

EXAMPLES = (
    "convcalc verify resnet50.net.yaml",
    "convcalc verify 3x32x32 conv 8 k3 s2 p1",
    "convcalc verify unet.net.yaml --input 1x188x188 --only shape,macs,field",
    "convcalc verify resnet18.net.yaml --layer stem,basic_4",
    "convcalc verify 64 max_pool k3 s2 p1 --format json",
)


def _checks() -> Iterable[str]:
    from convcalc.features.verify.report import CHECKS

    return CHECKS


@dataclass(frozen=True, kw_only=True)
class Request:
    """A verification as it is asked for."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "A network's file, - for standard input, or layers in the shorthand of "
            "`convcalc shape`: 3x32x32 conv 8 k3 s2 p1, a comma between two.",
            "FILE or SIZE LAYER",
        ),
    ]
    only: Annotated[
        tuple[str, ...],
        Options("Only these: {known}, as in --only shape,macs.", "CHECKS", known=_checks),
    ] = ()
    layer: Annotated[
        tuple[str, ...],
        Options(
            "Only these layers, and all inside these blocks: --layer stem,basic_4.",
            "NAMES",
            values.names,
        ),
    ] = ()
    input: parameters.Input = None
    set: parameters.Set = None
    batch: parameters.Batch = 1
    seed: Annotated[
        int, Option("What random numbers start from: --seed 7.", "N", values.integer(0))
    ] = 0
    max_memory: Annotated[
        int | None,
        Option(
            "Memory that it may take: --max-memory 4GB. Default: half of what is free.",
            "SIZE",
            values.byte_count,
        ),
    ] = None
    format: formats.TableFormat = None
    max_steps: Annotated[
        int,
        Option(
            "Work that it may take, in numbers computed or moved; what does not fit is named, "
            "and not compared: --max-steps 1000000000.",
            "N",
            values.integer(1),
        ),
    ] = MOST_STEPS
    max_layers: parameters.MaxLayers = 100_000
    stdin_filename: parameters.StdinFilename = None
    color: parameters.Color = "auto"


def verify(request: Request) -> int:
    """Run every layer with numpy, and compare it with the plan.

    On random numbers: shapes that came out, numbers read, multiplies counted, pixels reached,
    and the laws of transposed convolution. Exit code 1 where a number differs.
    """
    from convcalc.cli.reading import is_one_file, read_network
    from convcalc.core.errors import ExitCode
    from convcalc.features.verify import words
    from convcalc.features.verify.shorthand_network import network_of
    from convcalc.report.json_text import answer_json
    from convcalc.shorthand.making import read_question

    is_network = is_one_file(request.words)
    if is_network:
        network = read_network(request.words[0], request.stdin_filename)
    else:
        for option in ("layer", "input", "set"):
            if getattr(request, option):
                raise unfit(f"--{option} is for a network's file", "leave it out")
        network = network_of(list(request.words))
    report = _verified(request, network)
    if not is_network:
        report = replace(report, reading=read_question(list(request.words)).reading)
    # In a pipe the same answer is the same text.
    is_watched = streams.is_terminal(sys.stdout)
    formats.write(
        request.format,
        request.color,
        lambda form: words.page(report, form, is_watched),
        lambda: answer_json(report),
    )
    return ExitCode.CLEAN if report.is_clean else ExitCode.FINDINGS


def _verified(request: Request, network: Network) -> Report:
    from convcalc.cli.progress import Progress
    from convcalc.features.verify import verify

    with Progress(delay=0) as progress:
        try:
            return verify(
                network,
                input=request.input,
                variables=request.set,
                batch=request.batch,
                checks=request.only or tuple(_checks()),
                layers=request.layer,
                seed=request.seed,
                max_memory=request.max_memory,
                max_layers=request.max_layers,
                max_steps=request.max_steps,
                progress=progress,
            )
        except KeyError as error:
            raise bad(str(error.args[0]), "", "--layer") from None
