"""`convcalc plan`: the whole network, layer by layer."""

from __future__ import annotations

from convcalc.cli import parameters

EXAMPLES = (
    "convcalc plan resnet18.net.yaml",
    "convcalc plan resnet18.net.yaml --input 3x256x256 --batch 32 --depth 0",
    "convcalc plan resnet18.net.yaml --sort macs --top 10 --shares",
    "convcalc plan resnet18.net.yaml --format json | jq .totals.params",
    "cat resnet18.net.yaml | convcalc plan -",
)


def plan(
    file: parameters.File,
    input: parameters.Input = None,
    set: parameters.Set = None,
    batch: parameters.Batch = "1",
    dtype: parameters.Dtype = "float32",
    count: parameters.Count = None,
    columns: parameters.Columns = None,
    depth: parameters.Depth = None,
    shares: parameters.Shares = False,
    sort: parameters.Sort = None,
    top: parameters.Top = None,
    explain: parameters.Explain = False,
    format: parameters.Format = None,
    max_layers: parameters.MaxLayers = "100000",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.Color = "auto",
) -> int:
    """Plan a network: shapes, costs and receptive field of every layer.

    The network's expectations are checked too: where one fails, the exit code is 1.
    """
    import sys

    from convcalc.cli import options
    from convcalc.cli.reading import read_network
    from convcalc.cli.reporting import tell, unusable
    from convcalc.cli.streams import answer, style_of
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.planning import plan as make_plan
    from convcalc.report import written
    from convcalc.report.json_text import json_lines
    from convcalc.report.view import PlanView

    options.color(color)
    form = options.format_of(
        format, columns=columns, depth=depth, count=count, shares=shares, sort=sort, top=top
    )
    chosen, counted = options.chosen_columns(columns), options.counted_classes(count)
    folded = None if depth is None else options.whole_number(depth, "--depth", 0)
    by = None if sort is None else options.sorted_by(sort)
    most = None if top is None else options.whole_number(top, "--top", 1)
    shapes, values = options.input_shapes(input), options.variables(set)
    samples = options.whole_number(batch, "--batch", 1)
    kind_of_number = options.dtype(dtype)
    layers = options.whole_number(max_layers, "--max-layers", 1)
    try:
        network = read_network(file, stdin_filename)
        planned = make_plan(
            network,
            input=shapes,
            variables=values,
            batch=samples,
            dtype=kind_of_number,
            max_layers=layers,
        )
    except StackError as error:
        return unusable(error, json=form == "json", color=color)
    if form == "json":
        answer(json_lines(planned.to_dict()))
    else:
        view = PlanView(planned, chosen, counted, folded, shares, by, most, explain)
        answer(written(view.page(form), form, style_of(sys.stdout, color)))
    if planned.failures:
        tell(planned.failures, network.document.text, color)
        return ExitCode.FINDINGS
    return ExitCode.CLEAN
