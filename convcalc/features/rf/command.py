"""`convcalc rf`: what every layer sees."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import parameters

EXAMPLES = (
    "convcalc rf resnet50.net.yaml",
    "convcalc rf efficientnet_b0.net.yaml --ignore se --object 96",
    "convcalc rf unet.net.yaml --layer classes --at 100,100",
    "convcalc rf resnet50.net.yaml --from stage2 --layer stage4",
    "convcalc rf wavenet_stack.net.yaml --history 8000",
    "convcalc rf resnet18.net.yaml --plot fields.svg",
    "convcalc rf 1d k8 d1,2,4,8 x3",
    "convcalc rf 2d k3 s2 , k3 , k3 d2",
)


def rf(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE or CHAIN",
            help="The network's file, or - for standard input; or a chain: 1d, 2d, 3d or a size, "
            "then layers in shorthand, a comma between: 2d k3 s2 , k3 d2. A list makes a layer "
            "of each value, x3 repeats: 1d k8 d1,2,4,8 x3.",
        ),
    ],
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Only these layers: --layer stem,stage4."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="H,W",
            help="One unit: the exact pixels that it sees, of --layer or of the last layer with "
            "positions: --at 3,3.",
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="LAYER", help="Measure back to this layer: --from stage2."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORDS",
            help="Leave out kinds, layers, blocks, or se (gates of mul and add), norm "
            "(normalisations over space), global (all that see a whole map): --ignore se,norm.",
        ),
    ] = None,
    object_: Annotated[
        str | None,
        typer.Option(
            "--object", metavar="PIXELS", help="Does the last field cover it: --object 96."
        ),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(
            metavar="SAMPLES", help="Does a network over sequences see as far back: --history 8000."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where a verdict is a warning.")
    ] = False,
    all_: Annotated[
        bool,
        typer.Option("--all", help="Show also layers that see just what their input sees."),
    ] = False,
    input: parameters.Input = None,
    set: parameters.Set = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="Columns to show, in this order: --columns name,size,stride or --columns all.",
        ),
    ] = None,
    format: parameters.Format = None,
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Draw it too: fields on the input, pixels used, growth with depth: "
            "--plot fields.svg, or .png or .html. --layer and --at choose what.",
        ),
    ] = None,
    picture: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What --plot draws: all, field, pixels or growth, as in --picture growth.",
        ),
    ] = "all",
    theme: parameters.Theme = "auto",
    force: parameters.Force = False,
    max_layers: parameters.MaxLayers = "100000",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.Color = "auto",
) -> int:
    """What every layer sees: size, stride, start, holes, verdicts.

    Also the effective size, and what to make of it. Sizes are exact through branches, dilation,
    transposed and upsampling layers.
    """
    import sys

    from convcalc.cli import options, plotting
    from convcalc.cli.reporting import unusable
    from convcalc.cli.streams import answer, say, style_of
    from convcalc.cli.writing import WriteError
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.features.rf import field_report
    from convcalc.features.rf import request as rf_words
    from convcalc.features.rf import unit_words as rf_unit
    from convcalc.features.rf.words import FieldView
    from convcalc.report import written
    from convcalc.report.json_text import json_lines

    options.color(color)
    form = options.format_of(format, columns=columns, all=all_)
    chosen = rf_words.columns_of(columns)
    shapes, values = options.input_shapes(input), options.variables(set)
    most = options.whole_number(max_layers, "--max-layers", 1)
    size = None if object_ is None else options.whole_number(object_, "--object", 1)
    samples = None if history is None else options.whole_number(history, "--history", 1)
    unit = None if at is None else rf_words.unit_of(at)
    names, ignored = options.words(layer), options.words(ignore)
    options.one_of(picture, ("all", "field", "pixels", "growth"), "--picture")
    drawn = plotting.plot(plot, theme, force, ("svg", "png", "html"))
    try:
        graph, is_placed = rf_words.graph_of(words, shapes, values, most, stdin_filename)
        if drawn is not None:
            # A picture shows all layers, whichever the answer below is about.
            whole = field_report(graph, origin=from_, ignore=ignored, is_placed=is_placed)
            drawn.write(rf_words.picture_of(whole, words, names, unit, picture))
        if unit is not None:
            asked = names or [rf_words.last_with_positions(graph)]
            views = rf_unit.views_of(graph, asked, unit, from_, ignored, is_placed)
            if form == "json":
                answer(rf_unit.render_json(views))
            else:
                answer(written(rf_unit.page(views), form, style_of(sys.stdout, color)))
            return ExitCode.CLEAN
        report = field_report(
            graph,
            layers=names,
            origin=from_,
            ignore=ignored,
            object_size=size,
            history=samples,
            is_placed=is_placed,
        )
    except StackError as error:
        return unusable(error, json=form == "json", color=color)
    except WriteError as error:
        say(str(error))
        return ExitCode.UNUSABLE
    view = FieldView(report, chosen, all_ or bool(names))
    if form == "json":
        answer(json_lines(report.to_dict()))
    else:
        answer(written(view.page(form), form, style_of(sys.stdout, color)))
    warned = any(verdict.level == "warning" for verdict in report.verdicts)
    return ExitCode.FINDINGS if strict and warned else ExitCode.CLEAN
