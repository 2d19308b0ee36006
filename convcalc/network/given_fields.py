"""What stands behind a layer's word: fields of a kind, arguments of a block, and `each`."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from convcalc.document import Mapping, Node, Scalar
from convcalc.kinds.base.field_values import is_integer
from convcalc.kinds.base.likeness import LIKE
from convcalc.network.findings import Findings, add_missing, add_validation_errors
from convcalc.network.proposals import Proposal, example, propose, propose_brother, propose_field
from convcalc.network.template import Block, Field
from convcalc.network.written_values import Names, compile_value, got, shape_of

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind


@dataclass(slots=True)
class Given:
    """The fields that were read, by full name.

    `meant` are the fields that misspelt ones stand for; `unclear` says that something stands
    there that could be any field. Neither are missing, so that one mistake is one finding.
    """

    fields: dict[str, Field] = field(default_factory=dict)
    meant: set[str] = field(default_factory=set)
    unclear: bool = False

    def lacks(self, name: str) -> bool:
        """True where the field is neither given nor meant."""
        return not self.unclear and name not in self.fields and name not in self.meant


class FieldReader:
    """Reads and checks the values that layers give to their kinds and blocks."""

    def __init__(
        self,
        findings: Findings,
        blocks: AbstractMapping[str, Block],
        unclear: AbstractSet[str] = frozenset(),
    ) -> None:
        self.findings = findings
        self.blocks = blocks
        # Blocks whose arguments are in doubt: nothing is said of what they are given.
        self.unclear = unclear
        self.defaults: dict[str, dict[str, Field]] = {}
        self._finished: dict[tuple[object, ...], Kind] = {}

    def read_defaults(self, kind: type[Kind], node: Mapping, names: Names) -> None:
        """Keep the file's defaults for a kind."""
        what = f"`defaults` of `{kind.kind}`"
        given = self.mapping(node, kind.spellings(), what, names, kind=kind)
        self.defaults[kind.kind] = given.fields
        values = {name: f.value for name, f in given.fields.items() if not f.dynamic}
        self._validated(kind, values, given, what, node, frozenset(values), names)

    def mapping(
        self,
        node: Mapping,
        spellings: dict[str, str],
        what: str,
        names: Names,
        of_block: bool = False,
        kind: type[Kind] | None = None,
    ) -> Given:
        """The fields (or arguments of a block) in a map, under their full names."""
        given = Given()
        for written, entry in node.entries.items():
            name = spellings.get(written)
            if name is None:
                help, meant = self._proposed(written, spellings, of_block, kind)
                message = f"{what} has no `{written}`"
                if of_block and not spellings:
                    help = "it takes no arguments: delete it, or declare it under `args`"
                self.findings.add("unknown-field", message, node.keys[written], help=help)
                given.meant.add(meant)
                given.unclear = given.unclear or not meant
                continue
            if name in given.fields:
                first = given.fields[name].written
                message = f"`{first}` and `{written}` of {what} are the same field"
                help = "keep one of them"
                self.findings.add("field-given-twice", message, node.keys[written], help=help)
                continue
            takes = kind is not None and name in kind.mappings
            where = f"`{written}` of {what}"
            value, dynamic = compile_value(entry, self.findings, where, names, takes_mapping=takes)
            if name == LIKE and not of_block:
                value, dynamic = shape_of(value), True
                if value is None:
                    help = "write `like: input`, or the name of an earlier layer"
                    message = f"{where} wants the name of a layer, got {got(entry)}"
                    self.findings.add("wrong-type", message, entry, help=help)
            given.fields[name] = Field(value, entry, written, dynamic)
        return given

    @staticmethod
    def _proposed(
        written: str, spellings: dict[str, str], of_block: bool, kind: type[Kind] | None
    ) -> Proposal:
        if of_block:
            return propose(written, spellings)
        brother = propose_brother(written, kind) if kind else None
        return brother or propose_field(written, spellings, kind.words() if kind else {})

    def each(
        self, word: str, node: Node | None, spellings: dict[str, str], what: str, names: Names
    ) -> Given:
        """The series of `each`, under the full names of their fields."""
        if node is None or word in self.unclear:
            return Given(unclear=node is not None)
        of_block = word in self.blocks
        if not isinstance(node, Mapping) or not node.entries:
            help = "give each field a list, as in `each: {s: [2, 1]}`"
            wrong = "names no list" if isinstance(node, Mapping) else "is no mapping"
            self.findings.add("wrong-type", f"`each` of {what} {wrong}", node, help=help)
            return Given(unclear=True)
        given = self.mapping(node, spellings, f"`each` of {what}", names, of_block)
        lengths: dict[str, int] = {}
        for series in given.fields.values():
            if isinstance(series.value, list):
                lengths[series.written] = len(series.value)
            elif not series.dynamic:
                help = "write one value for each layer, as in [2, 1]"
                message = f"`each` of {what}: `{series.written}` is no list"
                self.findings.add("wrong-type", message, series.node, help=help)
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"`{key}` has {length}" for key, length in lengths.items())
            message = f"the lists in `each` of {what} have unequal lengths"
            help = "lists in `each` go in step: give them one length"
            self.findings.add("wrong-value", message, node, note=listed, help=help)
        return given

    def of_block(
        self, word: str, value: Node | None, what: str, place: Node, each: Given, names: Names
    ) -> dict[str, Field]:
        """The arguments that a layer gives to a block."""
        args = self.blocks[word].args
        given = Given()
        if word in self.unclear:
            return {}
        if isinstance(value, Mapping):
            given = self.mapping(value, {arg: arg for arg in args}, f"block `{word}`", names, True)
        elif not _is_nothing(value):
            assert value is not None
            listed = ", ".join(f"{arg}: ..." for arg in args)
            help = f"write `{word}: {{{listed}}}`" if args else f"write `{word}`"
            message = f"block `{word}` wants its arguments by name, got {got(value)}"
            self.findings.add("wrong-type", message, value, help=help)
            given.unclear = True
        self._refuse_both(given, each, what)
        required = [arg for arg, default in args.items() if default is None]
        missing = [arg for arg in required if given.lacks(arg) and each.lacks(arg)]
        if missing and not each.unclear:
            add_missing(self.findings, f"block `{word}`", place, missing)
        return given.fields

    def of_kind(
        self,
        kind: type[Kind],
        value: Node | None,
        beside: Mapping | None,
        what: str,
        place: Node,
        each: Given,
        names: Names,
    ) -> tuple[dict[str, Field], Kind | None]:
        """A layer's fields, and the finished layer where nothing in them is left open.

        `beside` holds fields that stand wrongly beside the kind; they are not missing.
        """
        defaults = self.defaults.get(kind.kind, {})
        given = Given()
        if beside is not None:
            given.unclear = True
        elif isinstance(value, Mapping):
            what_kind = f"`{kind.kind}`"
            given = self.mapping(value, kind.spellings(), what_kind, names, kind=kind)
        elif not _is_nothing(value):
            assert value is not None
            given = self._main_field(kind, value, what, {*defaults, *each.fields}, names)
        self._refuse_both(given, each, what)
        if kind.likes:
            self._check_likes(kind, given, each, what)
        given.fields = {**defaults, **given.fields}
        open_fields = {name for name, field in given.fields.items() if field.dynamic}
        open_fields |= each.fields.keys()
        if LIKE in open_fields:
            # What it stands for is known where the layer is placed.
            open_fields.update(kind.liked, kind.likes)
        values = {
            name: field.value
            for name, field in given.fields.items()
            if not field.dynamic and name not in kind.likes
        }
        only = frozenset(kind.model_fields) - open_fields
        if open_fields or given.unclear or each.unclear:
            self._validated(kind, values, given, f"`{kind.kind}`", place, only, names, each)
            return given.fields, None
        key = (kind, *((name, _hashable(value)) for name, value in values.items()))
        made = self._finished.get(key)
        if made is None:
            word = "" if isinstance(value, Mapping) else kind.kind
            made = self._validated(
                kind, values, given, f"`{kind.kind}`", place, only | {""}, names, word=word
            )
            if made is not None:
                self._finished[key] = made
        return given.fields, made

    def _main_field(
        self, kind: type[Kind], value: Node, what: str, known: Collection[str], names: Names
    ) -> Given:
        required = {name for name, field in kind.model_fields.items() if field.is_required()}
        needed = required - {*known, kind.main}
        whole = isinstance(value, Scalar) and is_integer(value.value)
        if not kind.main:
            help = f"write `{example(kind.kind)}`"
            if kind.model_fields:
                help += f", or `{kind.kind}: {{{next(iter(kind.model_fields))}: ...}}`"
            message = f"`{kind.kind}` has no main field that a single value could fill"
            self.findings.add("wrong-type", message, value, help=help)
            return Given(unclear=True)
        number = value.value if isinstance(value, Scalar) else None
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if kind.with_number and is_number and number:
            message = f"`{kind.kind}` joins layers, got {got(value)}"
            help = f"write `{kind.with_number}: {got(value)}`"
            self.findings.add("wrong-type", message, value, help=help)
            return Given(unclear=True)
        compiled, dynamic = compile_value(value, self.findings, f"`{kind.main}` of {what}", names)
        if needed and not dynamic and not whole:
            message = f"`{kind.kind}` wants its fields by name, got {got(value)}"
            help = f"write `{example(kind.kind)}`"
            self.findings.add("wrong-type", message, value, help=help)
            return Given(unclear=True)
        return Given({kind.main: Field(compiled, value, kind.main, dynamic)})

    def _refuse_both(self, given: Given, each: Given, what: str) -> None:
        for name, series in each.fields.items():
            if name in given.fields:
                message = f"`{series.written}` of {what} is given both beside and in `each`"
                help = "keep one of them"
                self.findings.add("field-given-twice", message, series.node, help=help)

    def _check_likes(self, kind: type[Kind], given: Given, each: Given, what: str) -> None:
        """Findings for what stands beside `like` in vain, and for what wants it."""
        written = {**given.fields, **each.fields}
        for name in kind.liked if LIKE in written else ():
            if name in written:
                field = written[name]
                message = f"`{LIKE}` and `{field.written}` of {what} both set the size"
                help = "keep one of them"
                self.findings.add("field-given-twice", message, field.node, help=help)
        for name in kind.likes.keys() & written.keys() - {LIKE}:
            if LIKE not in written:
                message = f"`{name}` of {what} belongs to `{LIKE}`, which is not given"
                help = f"add `{LIKE}: LAYER`, or leave it out"
                self.findings.add("wrong-value", message, written[name].node, help=help)

    def _validated(
        self,
        kind: type[Kind],
        values: dict[str, object],
        given: Given,
        what: str,
        place: Node,
        only: frozenset[str],
        names: Names,
        each: Given | None = None,
        word: str = "",
    ) -> Kind | None:
        """The layer with these values; None, with findings, where they make no sense."""
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            nodes = {name: field.node for name, field in given.fields.items()}
            written = {name: field.written for name, field in given.fields.items()}
            if given.unclear or (each is not None and each.unclear):
                only = only & values.keys()
            meant = given.meant | (each.meant if each else set())
            if meant:
                # What the fields are together cannot be told while one bears a wrong name.
                only = only - {""}
            add_validation_errors(
                self.findings,
                error,
                what,
                place,
                nodes,
                written,
                only - meant,
                word,
                names,
                kind.kind,
            )
            return None


def _is_nothing(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _hashable(value: object) -> object:
    # 1, 1.0 and true are equal keys, but not equal fields.
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list) else (type(value), value)
