"""The walk over a planned network: each distinct layer runs once, every layer gets its checks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from time import perf_counter
from typing import Any, NamedTuple

from convcalc.errors import LayerError
from convcalc.kinds.base import Facts, Kind
from convcalc.planning import Plan, Row
from convcalc.planning.receptive import ReceptiveField
from convcalc.shapes import Shape, format_axes
from convcalc.verify import laws, laws_windows, numbers
from convcalc.verify.fields import Fields, Measured, Seen
from convcalc.verify.measure import draw, run
from convcalc.verify.reads import Reader, Reading
from convcalc.verify.report import CHECKS, Check, LayerReport, Report, fold
from convcalc.verify.small import Copy, steps

# Direct sums of float32: |error| <= TOLERANCE * u * sum |terms|; twice what was ever seen.
TOLERANCE = 32.0

# Products of a small copy on which a law is shown.
MOST_STEPS = 20_000_000

# Called with (layers done, layers in all, the layer that is next).
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, name: str) -> None:
    """Progress that nobody watches."""


class Job(NamedTuple):
    """What is asked of `verify`."""

    checks: Collection[str] = tuple(CHECKS)
    seed: int = 0
    tolerance: float = TOLERANCE


class _Key(NamedTuple):
    layer: Kind
    inputs: tuple[Shape, ...]
    # A map that was flattened before a dense layer.
    source: Shape


class Walk:
    """One verification; what was measured once is remembered."""

    def __init__(self, plan: Plan, job: Job) -> None:
        self.plan, self.job = plan, job
        self.graph = plan.context.graph
        self._reader = Reader()
        self._known: dict[_Key, tuple[str, Shape | None, tuple[Check, ...]]] = {}
        self._laws: dict[tuple[str, Copy], Check | None] = {}

    def run(self, rows: Collection[int], progress: Progress = silent) -> Report:
        """The report of the rows with these numbers."""
        started = perf_counter()
        fields = None
        if "field" in self.job.checks:
            fields = Fields(self.graph, self._reading)
            shift = len(self.graph.inputs)
            for step in rows:
                fields.want(shift + step, self.plan.rows[step].output)
        layers = []
        for done, step in enumerate(rows):
            row = self.plan.rows[step]
            progress(done, len(rows), row.name)
            layers.append(self._layer(step, row, fields))
        progress(len(rows), len(rows), "")
        return Report(
            self.plan.name,
            self.plan.inputs,
            self.plan.batch,
            self.job.seed,
            tuple(layers),
            perf_counter() - started,
        )

    def _reading(self, step: int, number: int, axis: int) -> Reading:
        return self._reader.read(self.graph.nodes[step].layer, self._inputs(step), number, axis)

    def _inputs(self, step: int) -> tuple[Shape, ...]:
        return tuple(self.graph.shape_of(index) for index in self.graph.nodes[step].inputs)

    def _layer(self, step: int, row: Row, fields: Fields | None) -> LayerReport:
        node = row.node
        inputs = self._inputs(step)
        key = _Key(_nameless(node.layer), inputs, self._flattened(step))
        same_as = ""
        if key in self._known:
            same_as, _, checks = self._known[key]
        else:
            output, found = self._measured(node.layer, inputs, node.facts, key.source, step)
            checks = fold(found)
            self._known[key] = (row.name, output, checks)
        if fields is not None:
            field = _field(self.graph.inputs, row, fields, step + len(self.graph.inputs))
            checks = fold([*checks, *field])
        return LayerReport(row.name, row.kind, inputs, row.output, checks, same_as)

    def _flattened(self, step: int) -> Shape:
        """The map behind the vector of a dense layer; the vector itself where there is none."""
        shift = len(self.graph.inputs)
        index = self.graph.nodes[step].inputs[0]
        if self.graph.nodes[step].layer.kind != "linear":
            return ()
        while index >= shift:
            node = self.graph.nodes[index - shift]
            if node.layer.kind == "flatten":
                return self.graph.shape_of(node.inputs[0])
            if node.layer.kind not in ("dropout", "identity"):
                break
            index = node.inputs[0]
        return self.graph.shape_of(index)

    def _measured(
        self, layer: Kind, inputs: tuple[Shape, ...], facts: Facts, source: Shape, step: int
    ) -> tuple[Shape | None, list[Check | None]]:
        job, batch = self.job, self.plan.batch
        seed = (job.seed, step)
        asked = set(job.checks)
        found: list[Check | None] = []
        output: Shape | None = None
        if asked & {"shape", "params", "macs", "finite", "integers", "algorithms"}:
            data = draw(layer, inputs, seed, batch=batch)
            done = run(layer, data)
            output = done.shape
            own: dict[str, Callable[[], Check | None]] = {
                "shape": lambda: numbers.shape(facts, done),
                "params": lambda: numbers.params(layer, inputs[0], facts, data, done),
                "macs": lambda: numbers.macs(facts, done, batch),
                "finite": lambda: numbers.finite(layer, done),
                "integers": lambda: numbers.integers(layer, facts, data, done, job.tolerance),
                "algorithms": lambda: numbers.algorithms(layer, inputs, data, done),
            }
            found += [_guarded(name, make) for name, make in own.items() if name in asked]
        if "bound" in asked:
            bound = (*seed, 1)
            found.append(
                _guarded("bound", lambda: numbers.bound(layer, inputs, bound, job.tolerance))
            )
        copy = laws.copy_of(layer, inputs)
        on_copy: dict[str, Callable[[], Check | None]] = {
            "loops": lambda: numbers.loops(layer, inputs, (job.seed, 2), job.tolerance),
            "adjoint": lambda: laws.adjoint(copy, (job.seed, 3)),
            "stretched": lambda: laws.stretched(copy, (job.seed, 4)),
            "restored": lambda: laws.restored(copy),
            "flip": lambda: laws_windows.flip(copy, (job.seed, 5)),
            "shift": lambda: laws_windows.shift(copy, (job.seed, 6)),
        }
        for name, make in on_copy.items():
            if name in asked:
                # Layers of different sizes often have the same small copy.
                law = (name, copy)
                if law not in self._laws and name != "loops" and steps(copy) > MOST_STEPS:
                    note = f"its smallest copy still takes {steps(copy):,} products"
                    self._laws[law] = Check(name, "", "", None, note)
                if law not in self._laws:
                    self._laws[law] = _guarded(name, make)
                found.append(self._laws[law])
        if "dense" in asked and layer.kind == "linear":
            found.append(
                _guarded("dense", lambda: laws_windows.dense(layer, source, (job.seed, 7)))
            )
        return output, found


def _guarded(name: str, make: Callable[[], Check | None]) -> Check | None:
    """The check; one that fails where arrays do not fit each other."""
    try:
        return make()
    except (LookupError, ValueError, LayerError) as error:
        note = f"{type(error).__name__}: {error}"
        return Check(name, "comparable", "not comparable", False, note)


def _nameless(layer: Kind) -> Kind:
    """Merges that differ in the names of their inputs only are the same layer."""
    return layer.model_copy(update={"inputs": ()}) if layer.is_merge else layer


def _field(inputs: dict[str, Shape], row: Row, fields: Fields, index: int) -> Iterator[Check]:
    planned = {field.input: field for field in row.receptive_fields}
    for source, seen in sorted(fields.seen[index].items()):
        name = list(inputs)[source]
        said = planned.get(name)
        check = _field_check(said, seen, fields, row.output)
        if len(inputs) > 1:
            note = "; ".join(filter(None, (f"of {name}", check.note)))
            check = Check(check.name, check.planned, check.measured, check.ok, note)
        yield check


def _field_check(
    planned: ReceptiveField | None, seen: Seen, fields: Fields, output: Shape
) -> Check:
    if planned is None:
        return Check("field", "", "", None, "the plan follows no pattern that long")
    if seen.gap:
        return Check("field", _planned_words(planned), "not measured", None, seen.gap)
    if planned.is_global or seen.whole:
        measured = "all of it" if seen.whole else "a part"
        return Check("field", _planned_words(planned), measured, planned.is_global == seen.whole)
    if seen.lost:
        return Check("field", _planned_words(planned), "no positions", False)
    found = fields.measured(seen, output)
    if found is None:
        note = "it would take too long; a smaller --input has the same field"
        return Check("field", _planned_words(planned), "not measured", None, note)
    wanted = tuple(
        (planned.size[a], planned.least[a], planned.most[a], planned.stride[a], planned.start[a])
        for a in range(len(found))
    )
    is_right = wanted == tuple(axis[:5] for axis in found)
    holes = format_axes(tuple(f"{axis.pixels} of {axis.size}" for axis in found))
    has_holes = any(axis.pixels < axis.size for axis in found)
    note = f"holes: the centre uses {holes} pixels" if has_holes else ""
    return Check("field", _planned_words(planned), _measured_words(found), is_right, note)


def _planned_words(field: ReceptiveField) -> str:
    if field.is_global:
        return "all of it"
    return _words(field.size, field.least, field.most, field.stride, field.start)


def _measured_words(found: tuple[Measured, ...]) -> str:
    columns = list(zip(*found, strict=True))
    if not columns:
        return "one number"
    size, least, most, stride, start = columns[:5]
    return _words(size, least, most, stride, start)


def _words(size: Any, least: Any, most: Any, stride: Any, start: Any) -> str:
    varies = f" ({format_axes(least)} to {format_axes(most)})" if least != most else ""
    return f"{format_axes(size)}{varies} /{format_axes(stride)} @{format_axes(start)}"


def chosen_rows(plan: Plan, names: Collection[str]) -> tuple[int, ...]:
    """The rows of these layers, and of all layers inside the blocks of these names; all for none.

    Raises KeyError naming the nearest name.
    """
    if not names:
        return tuple(range(len(plan.rows)))
    wanted: set[int] = set()
    for name in names:
        inside = [n for n, row in enumerate(plan.rows) if f"{row.name}.".startswith(f"{name}.")]
        wanted.update(inside or [plan.rows.index(plan[name])])
    return tuple(sorted(wanted))
