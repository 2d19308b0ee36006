"""What the shorthand's words make: layers, and a question with what its size means.

Imports nothing but the values, as `shorthand`, which reads the words; kinds are asked only where
the front step has no answer.
"""

from __future__ import annotations

from convcalc.shorthand.sizes import SizeRead, read_size
from convcalc.shorthand.spoken import SLIDING, UNNAMED, WITH_FILTERS
from convcalc.shorthand.values import Token, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from convcalc.kinds.base import Kind
    from convcalc.shorthand.values import Value


def _kind(word: str) -> type[Kind]:
    from convcalc.kinds import find_kind

    kind = find_kind(word)
    assert kind is not None
    return kind


class Layer:
    """One layer as written.

    `kind` is the word that names it, "" where there is none. `fields` maps a field to its value,
    `main` is the value without a letter (None where there is none), `tokens` says where each was
    written: under the field's name, "main" and "kind".
    """

    __slots__ = ("fields", "kind", "main", "text", "tokens")

    def __init__(self, first: Token) -> None:
        self.kind = ""
        self.main: Value = None
        self.fields: dict[str, Value] = {}
        self.tokens: dict[str, Token] = {"kind": first}
        self.text = ""

    @property
    def word(self) -> str:
        """The name of its kind, whether written or not."""
        return self.kind or UNNAMED

    @property
    def is_spatial(self) -> bool:
        """True where its size can be one of spatial axes alone."""
        return self.word in SLIDING or _kind(self.word).is_spatial

    @property
    def axes(self) -> int:
        """Axes that the values are written for: the longest list, 0 where all hold for any."""
        if self.word not in SLIDING and _kind(self.word).takes_shape():
            return 0
        values = [*self.fields.values(), self.main]
        return max((len(v) for v in values if isinstance(v, tuple) and len(v) > 1), default=0)

    @property
    def names_filters(self) -> bool:
        """True for a convolution that says how many filters it has."""
        has_field = "out" in self.fields or "out_channels" in self.fields
        return self.is_convolution and (self.main is not None or has_field)

    @property
    def is_convolution(self) -> bool:
        """True for the kinds with filters."""
        return self.word in WITH_FILTERS

    @property
    def needs_channels(self) -> bool:
        """True where the output's size cannot be told without the channels."""
        return not self.is_spatial


class Question:
    """A size and the layers that it goes through.

    `size` are its numbers; `marked` is True where an @ sets the first apart as channels, False
    where the @ has no channels before it, None without an @.
    """

    __slots__ = ("_read", "layers", "marked", "size", "text", "token")

    def __init__(self, text: str, token: Token) -> None:
        self.text, self.token = text, token
        self.marked, self.size = size_of(token)
        self.layers: list[Layer] = []
        self._read: tuple[int, SizeRead] | None = None

    @property
    def read(self) -> SizeRead:
        """How the size was read, by the one rule for all sizes."""
        # Every layer is looked at: once for the question, not once for each of them.
        count = len(self.layers)
        if self._read is None or self._read[0] != count:
            self._read = count, self._reading()
        return self._read[1]

    def _reading(self) -> SizeRead:
        first = self.layers[0] if self.layers else None
        rank = max((layer.axes for layer in self.layers), default=0)
        is_vector = len(self.size) == 1 and first is not None and not first.is_spatial
        return read_size(
            self.size,
            self.marked,
            rank,
            is_vector=is_vector,
            needs_channels=any(one.needs_channels for one in self.layers),
            counts_weights=any(one.names_filters for one in self.layers),
        )

    @property
    def channels(self) -> int | None:
        """Channels of the input; None where they are open."""
        return self.read.channels

    @property
    def has_channels(self) -> bool:
        """True where the channels of the input are known."""
        return self.channels is not None

    @property
    def reading(self) -> str:
        """How a size that could be read otherwise was read; empty where it could not.

        >>> from convcalc.shorthand.parser import parse
        >>> parse(["3x9x9", "max_pool", "2"], {"max_pool"}).reading
        'read as 3 channels of 9x9 (without channels: @3x9x9)'
        """
        return self.read.text

    @property
    def axes(self) -> tuple[int, ...]:
        """The spatial sizes; a single number holds for every axis that the layers list."""
        return self.read.axes
