"""What others ask of a kind instead of knowing its name.

Every trait has a default that claims nothing, so that a new kind is never wrong; and a law in
`tests/laws_of_traits.py` that measures it by running the kind, so that none goes stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from convcalc.core.shapes import Shape
from convcalc.kinds.base.ranges import EVERYTHING, Range
from convcalc.kinds.base.undoing import Undone

# How windows slide: a convolution's, a pool's (which round up or drop a rest), or the other way
# round, from each input to several outputs.
Sliding = Literal["", "window", "pool", "transposed"]
# What a unit makes of the numbers that it reads, each times its weight for a sum.
Form = Literal["", "sum", "max", "mean", "norm"]
# What a layer is for. A product multiplies by learnt weights and sums; a norm divides by a
# measure of what it reads; an activation bends single values; a pool makes one value of many.
Role = Literal["", "product", "norm", "activation", "pool"]


class Traits:
    """The traits of a kind; some depend on the fields of the layer."""

    # Other programs' and people's words for it, in small letters without `_`.
    aliases: ClassVar[tuple[str, ...]] = ()
    # Words for it with certain fields, and those fields.
    variants: ClassVar[Mapping[str, str]] = {}
    role: ClassVar[Role] = ""
    sliding: ClassVar[Sliding] = ""
    form: ClassVar[Form] = ""
    # True where each channel is left to itself, nothing is learnt, and the axes stay: what can be
    # asked of sizes without channels.
    is_spatial: ClassVar[bool] = False
    # False where nobody said what it computes: it can be planned and not run.
    runs: ClassVar[bool] = True
    # What `sums` are about.
    sums_of: ClassVar[str] = "output"
    # (its constants here and in other programs, what to do), where they differ unless written out.
    constants_elsewhere: ClassVar[tuple[str, str] | None] = None
    # What people call each of several inputs that mean different things; the last word holds for
    # all further ones.
    input_words: ClassVar[tuple[str, ...]] = ()
    # What comes of reading one layer twice, where that can only be a mistake.
    twice: ClassVar[str] = ""

    def index_limits(self, inputs: tuple[Shape, ...]) -> Mapping[int, range]:
        """By its number, each input that holds whole numbers, and which ones these may be."""
        return {}

    def stays_in_channel(self) -> bool:
        """True where an output channel reads the same channel of its inputs, and no other."""
        return False

    def works_per_position(self) -> bool:
        """True where it does the same to a vector `[C]` and to each position of a map."""
        return False

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        """Where the outputs lie for inputs in these ranges, whatever the weights."""
        return EVERYTHING

    def passes_unchanged(self) -> Range | None:
        """The values that an elementwise function hands on as they are; None where there are none.

        >>> from convcalc.kinds import find_kind
        >>> find_kind("relu6")().passes_unchanged()
        (0.0, 6.0)
        """
        return None

    def hands_on(self, x: Shape) -> bool:
        """True where the output is the input, element for element, with these fields.

        >>> from convcalc.kinds.pool_family import MaxPool
        >>> MaxPool(kernel_size=1).hands_on((8, 4, 4))
        True
        """
        return False

    def adds_bias(self) -> bool:
        """True where the last step adds a learnt number to each output channel."""
        return False

    def sums(self, x: Shape, output: Shape) -> list[str]:
        """How the output's sizes come about, in numbers, a text for each axis that differs.

        Empty where the shapes say it all. Windows that slide are told by their own sums.

        >>> from convcalc.kinds.pixel_family import PixelShuffle
        >>> PixelShuffle(factor=2).sums((12, 8, 8), (3, 16, 16))
        ['channels 12/2^2 = 3; 8·2 = 16']
        """
        return []

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        """What leads from `output` back to `x`; None where the layer keeps the shape, and stays.

        Layers whose windows slide are undone by `convcalc invert` itself, axis by axis.
        """
        return None if x == output else Undone(reason="it has no inverse here")

    def torch(self, x: Shape) -> list[str] | None:
        """Lines of an `nn.Sequential` that do the same to `x`; None where nobody wrote them.

        >>> from convcalc.kinds.pool_family import MaxPool
        >>> MaxPool(kernel_size=3, stride=2).torch((64, 112, 112))
        ['nn.MaxPool2d(3, stride=2)']
        """
        return None

    def keras(self, x: Shape) -> list[str] | None:
        """Lines of a `keras.Sequential`, channels last, that do the same; None where none are.

        What Keras cannot do is a comment.
        """
        return None

    def takes_out_shifts(self, x: Shape) -> bool:
        """True where a number added to a whole channel of `x` leaves no trace, in training."""
        return False

    def is_linear(self) -> bool:
        """True where it sums its inputs' numbers times factors, biases aside.

        Its gradient is then its transpose.
        """
        return False

    def only_joins(self) -> bool:
        """True where it puts its inputs side by side, and nothing else.

        Joined with what comes next, a join of some inputs is the join of all, and it costs nothing.
        """
        return False

    def commutes(self) -> bool:
        """True where two inputs may change places, and the output is the same to the last bit."""
        return False

    def reads_alike(self, inputs: tuple[Shape, ...]) -> bool:
        """True where its units read the same positions of all inputs that have one shape.

        >>> from convcalc.kinds.concat import Concat
        >>> Concat(inputs=("a", "b")).reads_alike(((8, 4, 4),) * 2)
        True
        >>> Concat(inputs=("a", "b"), axis="height").reads_alike(((8, 4, 4),) * 2)
        False
        """
        return False

    def clips_to(self) -> Range | None:
        """The range that it clips every number to, changing no others; None where it does not.

        >>> from convcalc.kinds import find_kind
        >>> find_kind("relu6")().clips_to()
        (0.0, 6.0)
        """
        return None

    def may_be_infinite(self, x: Shape) -> bool:
        """True where it makes infinity of finite numbers, as a pool of padding alone does."""
        return False
