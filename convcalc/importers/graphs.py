"""Placed layers as a graph: with names, the modules that they stand in, and lines of the file."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.importers.building import Builder
from convcalc.importers.counting_notes import calculating_notes, counting_notes
from convcalc.importers.listing import Listing
from convcalc.importers.model import Model
from convcalc.importers.naming import Block, named
from convcalc.importers.same_arrays import Counted, owners_of
from convcalc.importers.tensor_views import View
from convcalc.network.graph import Graph, GraphNode, Scope
from convcalc.network.template import LayerTemplate


def graph_of(
    model: Model,
    listing: Listing,
    builder: Builder,
    outputs: Mapping[str, View],
    counts: Mapping[str, Counted],
) -> Graph:
    """The layers that a walk has placed, with their names; `counts` as `counts_of` has them."""
    names, blocks = named(builder.placed, builder.input_count, model.own_names)
    owners = owners_of(builder.placed)
    nodes = tuple(
        GraphNode(
            names[at],
            one.layer,
            one.inputs,
            one.facts._replace(params=0, buffers=0) if at in owners else one.facts,
            LayerTemplate(
                one.operation.word,
                names[at],
                listing.node(one.operation),
                type(one.layer),
                None,
                {},
                one.layer,
                names[at],
            ),
            at,
            owners.get(at),
        )
        for at, one in enumerate(builder.placed)
    )
    ends = tuple(dict.fromkeys(view.at for view in outputs.values()))
    return Graph(
        model.name,
        builder.input_count,
        nodes,
        _scopes(blocks, nodes, ends),
        ends,
        None,
        model.file,
        listing.text,
        {
            at: one.held
            for at, one in enumerate(builder.placed)
            if one.held and not any(array.is_drawn for array in one.held.values())
        },
        (
            *model.notes,
            *calculating_notes(builder),
            *counting_notes(model, builder, owners, counts),
        ),
    )


def _scopes(
    blocks: list[Block], nodes: tuple[GraphNode, ...], ends: tuple[int, ...]
) -> tuple[Scope, ...]:
    last = list(range(len(nodes)))
    for node in nodes:
        for index in node.inputs:
            last[index] = max(last[index], node.at)
    for index in ends:
        last[index] = len(nodes)
    scopes = []
    for name, type_, depth, first, end in blocks:
        handed = [at for at in range(first, end) if last[at] >= end]
        read = [index for at in range(first, end) for index in nodes[at].inputs if index < first]
        template = LayerTemplate(
            type_ or "module", name, nodes[first].template.node, None, type_ or "module", {}
        )
        scopes.append(
            Scope(
                name,
                type_ or "module",
                template,
                depth,
                first,
                end,
                handed[-1] if handed else end - 1,
                read[0] if read else 0,
            )
        )
    return tuple(scopes)
