"""The blocks of a network, and what the layers of each list read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import Arguments, Expression
from convcalc.features.import_.block_names import BlockNames, Names
from convcalc.features.import_.following_sizes import Maps
from convcalc.features.import_.layer_lists import Block, Body, Cells, Defaults, Ref, sample
from convcalc.features.import_.lines_of_parts import Lines
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value
from convcalc.network.held import Held, Made
from convcalc.network.names import usable
from convcalc.network.template import BLOCK_INPUT, NETWORK_INPUT

if TYPE_CHECKING:
    from convcalc.features.import_.structure import Structure

# Operators of PyTorch whose words tell tables apart.
_FIGURES = ("aten.cos", "aten.sin")


class UnsayableError(Exception):
    """Layers share arrays in a way that blocks hide."""


class Blocks:
    """Every block of a settled structure, inner ones first, and the network's own list."""

    def __init__(self, structure: Structure, defaults: Defaults) -> None:
        self.structure = structure
        self.graph = structure.graph
        self.defaults = defaults
        self.by_key: dict[int, Block] = {}
        # What each use of a block gives to its arguments.
        self._given: dict[Part, dict[str, Value]] = {}
        self._names = BlockNames(structure.spelling)
        self._lines = Lines(structure, defaults, self.by_key, self._given)
        self.input_names = _input_names(list(self.graph.inputs))
        groups: defaultdict[int, list[Part]] = defaultdict(list)
        for part in structure.groups():
            groups[part.key].append(part)
        for key in self._inner_first(groups):
            self.by_key[key] = block = self._block(groups[key])
            block.name = self._names.name(block)
        self.body = Body([list(structure.parts)], Arguments([]))
        self._fill(self.body, self._of_network(structure.parts))
        self._share(structure.parts)

    def _inner_first(self, groups: Mapping[int, list[Part]]) -> list[int]:
        """The keys in an order in which a block stands behind those that it uses."""
        found: dict[int, None] = {}

        def add(key: int) -> None:
            if key in groups and key not in found:
                for part in groups[key]:
                    for inner in part.parts:
                        add(inner.parts[0].key if inner.is_run else inner.key)
                found[key] = None

        for key in groups:
            add(key)
        return list(found)

    def _block(self, parts: list[Part]) -> Block:
        shapes = [self.graph.shape_of(part.reads[0]) for part in parts]
        entering = [shape[0] for shape in shapes]
        leaving = [self.graph.shape_of(part.result)[0] for part in parts]
        arguments = Arguments(entering, leaving, [Maps(-1, shapes)])
        body = Body([self.structure.cells(part) for part in parts], arguments)
        block = Block(parts, body)
        reads = [part.reads for part in parts]
        for nodes in zip(*(others[1:] for others in reads), strict=True):
            name = self._called(parts, nodes)
            block.layers.append(body.arguments.layer(list(nodes), name).text)
        handed = [Ref(word=f"={name}") for name in block.layers]
        places = [Ref(word=BLOCK_INPUT), *handed]
        shape = self.structure.template(parts[0].key).shape
        self._fill(
            body,
            [[Ref(ref) if ref >= 0 else places[-1 - ref] for ref in entry[1:]] for entry in shape],
        )
        body.arguments.settle()
        for use, part in enumerate(parts):
            self._given[part] = body.arguments.given(use)
        return block

    def _called(self, parts: Sequence[Part], nodes: Sequence[int]) -> str:
        """What layers from outside, one for each of the parts, are to those in it that read it."""
        part, index = parts[0], nodes[0]
        for reader in self.graph.readers[index]:
            node = self.graph.nodes[reader]
            words = node.layer.input_words
            if words and part.first <= reader < part.end:
                return words[node.inputs.index(index)]
        if any(one.result == read for one, read in zip(parts, nodes[1:], strict=False)):
            return "state"
        of_network = {one for one in nodes if one < self.graph.input_count}
        if of_network == {index}:
            return self.input_names[index]
        if of_network or not type(self.graph.nodes[index].layer).is_source:
            return "skip"
        held = self.graph.held.get(index, {})
        return next(filter(None, map(_figure, held.values())), "table")

    def _of_network(self, parts: list[Part]) -> list[list[Ref]]:
        """What each part of the network's own list reads."""
        places = {at: Ref(word=name) for at, name in enumerate(self.input_names)}
        places |= {part.result: Ref(index) for index, part in enumerate(parts)}
        return [[places[node] for node in part.reads] for part in parts]

    def _share(self, parts: list[Part]) -> None:
        """Say of each layer of the network's own list whose arrays it uses."""
        places = {(part.first, part.end): index for index, part in enumerate(parts)}
        outside = self.structure.outside
        for line in self.body.lines:
            part = parts[line.item]
            owner = outside.owner(part.first, part.end)
            if owner is not None and owner not in places:
                raise UnsayableError
            if owner is not None:
                line.weights = Ref(places[owner])

    def _fill(self, body: Body, refs: list[list[Ref]]) -> None:
        named = {ref.item for at, reads in enumerate(refs) for ref in reads if ref.item < at - 1}
        for index, reads in enumerate(refs):
            column = [use[index] for use in body.uses]
            condition = self._condition(body, index, column, reads)
            for line in self._lines.entry(body, column, reads):
                line.item, line.condition = index, condition
                body.lines.append(line)
            if index in named and None not in column:
                shapes = [self.graph.shape_of(part.result) for part in column if part]
                body.arguments.maps.append(Maps(index, shapes))

    def _widths(self, column: Cells) -> list[int | None]:
        """The channels that come out of each part."""
        return [self.graph.shape_of(part.result)[0] if part else None for part in column]

    def _condition(
        self, body: Body, index: int, column: Cells, reads: list[Ref]
    ) -> Expression | None:
        """What says which uses have the part; None where all have it."""
        if None not in column:
            return None
        part = sample(column)
        kind = None if part.parts else type(self.graph.nodes[part.first].layer)
        from_input = bool(reads) and reads[0].word == BLOCK_INPUT
        width = self.graph.shape_of(part.result)[0]
        widens = all(width > self.graph.shape_of(at)[0] for at in part.reads)
        if kind is not None and kind.is_merge:
            name = "residual"
        elif from_input and not index and widens:
            name = "expand"
        elif from_input and kind is not None:
            name = "project"
        elif kind is not None and kind.role == "activation":
            name = "act"
        else:
            (inner, *_) = part.parts if part.is_run else (part,)
            name = f"with_{kind.kind if kind else self.by_key[inner.key].name}"
        is_around = name == "residual" or (from_input and index > 0)
        # What pads or pools a map goes with its strides as well.
        is_around = is_around or (kind is not None and kind.is_spatial)
        present = [part is not None for part in column]
        return body.arguments.flag(name, present, self._widths(column), is_around)


def _figure(held: Held) -> str:
    """What a table is that a program works out as cosines or sines."""
    for part in reversed(held.in_order()):
        op = part.source.fields.get("op") if isinstance(part.source, Made) else None
        if op in _FIGURES:
            return f"{op}".removeprefix("aten.")
    return ""


def _input_names(names: list[str]) -> list[str]:
    """What the inputs are called: a single one `input`, others as in the source where they can."""
    if len(names) == 1:
        return [NETWORK_INPUT]
    taken = Names(())
    return [taken.free(usable(name) or f"input_{at}") for at, name in enumerate(names, 1)]
