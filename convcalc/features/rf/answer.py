"""What `convcalc rf` answers: fields of layers, or of single units, of a network or a chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, overload

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.core.shapes import Shape
from convcalc.features.rf.chain_words import chain_reading, last_with_positions, place_chain
from convcalc.features.rf.lens import find, look
from convcalc.features.rf.report import FieldReport, field_report
from convcalc.features.rf.unit import UnitField, unit_fields
from convcalc.network import InputShapes, Network
from convcalc.network.graph import Graph
from convcalc.report.view import turned


@dataclass(frozen=True)
class LayerUnit(Record):
    """What one unit of a layer sees."""

    network: Hidden[str]
    layer: Annotated[str, Key("The layer.")]
    output: Hidden[Shape]
    unit: Annotated[tuple[Count, ...], Key("The unit's position on each axis, from 0.")]
    ignored: Hidden[tuple[str, ...]]
    fields: Hidden[tuple[UnitField, ...]]
    is_placed: Hidden[bool] = True

    @property
    @Key(name="output")
    def known_output(self) -> Sizes | None:
        """The layer's output; null where the input's size is open."""
        return self.output if self.is_placed else None

    @property
    @Key(name="fields")
    def by_source(self) -> Mapping[str, UnitField]:
        """What it sees of each source that it depends on, by name."""
        return {field.source: field for field in self.fields}


@dataclass(frozen=True)
class UnitReport(SizedAnswer):
    """What single units see, exactly."""

    name: Annotated[str, Key("The network's name.")]
    ignored: Annotated[tuple[str, ...], Key("The words that leave layers out.")]
    units: Annotated[tuple[LayerUnit, ...], Key("One unit of each layer asked for.")]
    reading: Hidden[str] = ""


ANSWER = FieldReport | UnitReport


@overload
def receptive_field(
    source: Network | str | Sequence[str],
    layer: str | Iterable[str] = ...,
    *,
    at: int | Sequence[int],
    origin: str | None = ...,
    ignore: Iterable[str] = ...,
    input: InputShapes | None = ...,
    variables: Mapping[str, int] | None = ...,
) -> UnitReport: ...
@overload
def receptive_field(
    source: Network | str | Sequence[str],
    layer: str | Iterable[str] = ...,
    *,
    at: None = None,
    origin: str | None = ...,
    ignore: Iterable[str] = ...,
    object_size: int | None = ...,
    history: int | None = ...,
    input: InputShapes | None = ...,
    variables: Mapping[str, int] | None = ...,
) -> FieldReport: ...
def receptive_field(
    source: Network | str | Sequence[str],
    layer: str | Iterable[str] = (),
    *,
    at: int | Sequence[int] | None = None,
    origin: str | None = None,
    ignore: Iterable[str] = (),
    object_size: int | None = None,
    history: int | None = None,
    input: InputShapes | None = None,
    variables: Mapping[str, int] | None = None,
) -> FieldReport | UnitReport:
    """What the units of `layer` (a name, several, or all) see of the network's inputs.

    `source` is a network, or a chain in words: `2d k3 s2 , k3 , k3 d2`. `at` asks for one unit, by
    its position on each axis: the exact pixels that it sees, of the last layer with positions
    unless `layer` names another. `origin` measures back to that layer instead of the inputs,
    `ignore` leaves out kinds, layers, blocks, or `se`, `norm`, `global`; `object_size` and
    `history` ask for a verdict. Raises StackError for names and units that are not there.

    >>> receptive_field("2d k3 s2 , k3 , k3 d2").layers[-1].sizes
    (15, 15)
    >>> receptive_field("9x9 k3 , k3 d2", at=(0, 0)).units[0].fields[0].real
    ((0, 6), (0, 6))
    """
    if isinstance(source, Network):
        graph, is_placed, words = source.graph(input, variables), True, None
    else:
        words = source.split() if isinstance(source, str) else list(source)
        graph, is_placed = place_chain(words)
    names = (layer,) if isinstance(layer, str) else tuple(layer)
    if at is not None:
        unit = (at,) if isinstance(at, int) else tuple(at)
        found = unit_report(graph, names, unit, origin, ignore, is_placed)
        return found if words is None else replace(found, reading=chain_reading(words))
    report = field_report(
        graph,
        layers=names,
        origin=origin,
        ignore=ignore,
        object_size=object_size,
        history=history,
        is_placed=is_placed,
    )
    return report if words is None else replace(report, reading=chain_reading(words))


def unit_report(
    graph: Graph,
    layers: Sequence[str],
    unit: tuple[int, ...],
    origin: str | None,
    ignore: Iterable[str],
    is_placed: bool,
) -> UnitReport:
    """The fields of `unit` of each of `layers`, or of the last layer with positions.

    Raises StackError for names and units unknown.
    """
    lens = look(graph, origin, ignore)
    units = []
    for layer in layers or [last_with_positions(graph)]:
        index = find(graph, layer)
        found = unit_fields(lens, index, unit)
        fields = tuple(replace(field, is_placed=is_placed) for field in found)
        name, output = graph.name_of(index), graph.shape_of(index)
        units.append(LayerUnit(graph.name, name, output, unit, lens.words, fields, is_placed))
    reading = "; ".join(turned(graph.inputs)) if is_placed else ""
    return UnitReport(graph.name, lens.words, tuple(units), reading)
