"""From a file to a graph of layers: what it says, checked, and then placed at given shapes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from convcalc.core.dtypes import DType
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape, format_shape
from convcalc.document import Document
from convcalc.document.file_bytes import read_file
from convcalc.kinds.base.field_values import MAX_COUNT, is_integer
from convcalc.network.graph import Graph
from convcalc.network.template import Template

if TYPE_CHECKING:
    from convcalc.network.expressions import Number
    from convcalc.network.placement import FactsMemo, LayerMemo

MAX_LAYERS = 100_000
# The limit itself can be raised so far: a layer takes about 1.6 kB.
MOST_LAYERS = 1_000_000
SUFFIXES = (".net.yaml", ".net.yml", ".yaml", ".yml")
# Facts are kept from one plan to the next; beyond this many they are forgotten.
_MEMO_LIMIT = 100_000

InputShapes = Shape | list[int] | Mapping[str, Shape | list[int]]
# A float stands for the decimal that it is written as.
VariableValues = Mapping[str, "Number | float"]


class Network:
    """A layer stack that was read and checked; `graph` places it at given shapes.

    Immutable for its users; it remembers what it has computed. `is_text` says that `document` is
    the file itself, which can be rewritten; `dtype` is the type that its numbers have where
    nobody asks for another.
    """

    is_text = True
    dtype: DType = "float32"

    def __init__(self, template: Template, document: Document) -> None:
        self._template = template
        self._document = document
        self._layers: LayerMemo = {}
        self._facts: FactsMemo = {}
        self._default: tuple[int, Graph] | None = None

    def __repr__(self) -> str:
        shapes = ", ".join(map(format_shape, self.inputs.values()))
        return f"<Network {self.name}: {shapes}>"

    @property
    def name(self) -> str:
        """The network's name: its `name`, or the file's stem."""
        return self._template.name

    @property
    def inputs(self) -> dict[str, Shape]:
        """The declared input shapes, by name; a single one is called `input`."""
        return dict(self._template.inputs)

    @property
    def has_open_sizes(self) -> bool:
        """True where a model file leaves sizes of its inputs open, so that they are to be given."""
        return any(0 in shape for shape in self.inputs.values())

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that `vars` declares."""
        return tuple(self._template.variables)

    @property
    def document(self) -> Document:
        """The tree that the network was read from, with its text."""
        return self._document

    @property
    def template(self) -> Template:
        """The network as written, before any shape is known."""
        return self._template

    @property
    def operations(self) -> int:
        """How many operations of a model file are gone through to place it; 0 for text."""
        return 0

    def graph(
        self,
        input: InputShapes | None = None,
        variables: VariableValues | None = None,
        max_layers: int = MAX_LAYERS,
    ) -> Graph:
        """Every layer in its place, for these input shapes and variables.

        Raises StackError with every layer that cannot stand where it stands.
        """
        if not is_integer(max_layers) or not 1 <= max_layers <= MOST_LAYERS:
            message = f"the limit of layers wants 1 to {MOST_LAYERS:,}, got {max_layers!r:.40}"
            self._refuse(message, f"{MAX_LAYERS:,} is the default")
        if input is None and not variables:
            if self._default is None or self._default[0] != max_layers:
                self._default = (max_layers, self._expanded(self.inputs, {}, max_layers))
            return self._default[1]
        return self._expanded(
            self._given_inputs(input), self._given_variables(variables), max_layers
        )

    def _expanded(
        self, inputs: dict[str, Shape], variables: Mapping[str, Number], max_layers: int
    ) -> Graph:
        # Models of other programs have walks of their own.
        from convcalc.network.expand import Expansion

        if len(self._facts) > _MEMO_LIMIT:
            self._facts.clear()
            self._layers.clear()
        expansion = Expansion(
            self._template,
            self._document,
            inputs,
            variables,
            max_layers,
            self._layers,
            self._facts,
        )
        return expansion.run()

    def _given_inputs(self, given: InputShapes | None) -> dict[str, Shape]:
        declared = self.inputs
        if given is None:
            return declared
        if not isinstance(given, Mapping):
            if len(declared) != 1:
                self._refuse(
                    f"the network has {len(declared)} inputs: {', '.join(declared)}",
                    "give a shape by name for each one that changes",
                )
            given = {next(iter(declared)): given}
        for name, shape in given.items():
            if name not in declared:
                from convcalc.network.proposals import nearest

                self._refuse(f"there is no input `{name}`", nearest(name, declared))
            sizes = tuple(shape) if isinstance(shape, (list, tuple)) else ()
            if not all(is_integer(size) and size > 0 for size in sizes) or not sizes:
                self._refuse(
                    f"input `{name}` cannot have the shape {shape!r}", "write [3, 224, 224]"
                )
            if max(sizes) > MAX_COUNT:
                self._refuse(
                    f"input `{name}` cannot have the shape {shape!r}",
                    f"sizes go up to {MAX_COUNT:,}",
                )
            if len(sizes) != len(declared[name]):
                self._refuse(
                    f"input `{name}` is declared as {format_shape(declared[name])}, "
                    f"so {format_shape(sizes)} has {len(sizes)} axes instead of "
                    f"{len(declared[name])}",
                    "leave the batch out (it has its own option)"
                    if sizes[1:] and len(sizes) == len(declared[name]) + 1 and sizes[0] == 1
                    else "give as many sizes as the file does",
                )
            declared[name] = sizes
        return declared

    def _given_variables(self, given: VariableValues | None) -> Mapping[str, Number]:
        if not given:
            return {}
        from convcalc.network.expressions import MAX_MAGNITUDE, number, simplest
        from convcalc.network.proposals import nearest

        exact: dict[str, Number] = {}
        for name, value in given.items():
            if name not in self._template.variables:
                known = self.variables
                help = nearest(name, known) if known else "the file has no `vars`"
                self._refuse(f"there is no variable `{name}`", help)
            found = None if isinstance(value, bool) else number(value)
            if found is None or max(abs(found.numerator), found.denominator) > MAX_MAGNITUDE:
                message = f"variable `{name}` wants a number, got {value!r:.40}"
                self._refuse(message, "give an integer up to 10**18, a decimal or a fraction")
            else:
                exact[name] = simplest(Fraction(found))
        return exact

    def _refuse(self, message: str, help: str) -> None:
        file = self._document.file
        raise StackError([Problem("wrong-value", message, help=help, file=file)])


def loads(text: str | bytes, file: str = "") -> Network:
    """The network that `text` describes; `file` is the name to show in findings.

    Raises StackError with every problem that can be found before shapes are known.

    >>> loads("convcalc: 1\\ninput: [1, 32, 32]\\nlayers: [relu]").name
    'network'
    """
    # Models of other programs are no text: neither YAML nor the words of files are loaded for them.
    from convcalc.document.reader import read_document
    from convcalc.network.reader import read_template

    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = read_document(data, file)
    return Network(read_template(document, stem(file)), document)


def load(path: str | PathLike[str]) -> Network:
    """The network in the file at `path`.

    Raises StackError with every problem of the file, also where it cannot be read.
    """
    name = str(path)
    return loads(read_file(name), name)


def stem(file: str) -> str:
    """The file's name without folders and endings.

    >>> stem("nets/resnet18.net.yaml"), stem("")
    ('resnet18', 'network')
    """
    name = Path(file).name
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            name = name.removesuffix(suffix)
            break
    return name if name and name != "-" else "network"
