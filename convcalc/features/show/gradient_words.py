"""The view `gradient` of `convcalc show`: what comes back, number by number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.features.show.boxes import number, side_by_side
from convcalc.features.show.gradient import Gradient, Share, gradient_of, winners
from convcalc.features.show.maps import boxes_of, boxes_of_array
from convcalc.features.show.sums import folded, index, place_of, sentence, signed
from convcalc.features.show.values import Shown
from convcalc.report.style import Style

# More inputs than these are left to the boxes.
_MOST = 64
_HOW = {
    "max": "each ∂y goes to the largest of its window, all of it; the others get nothing",
    "mean": "each ∂y goes to its window in equal shares",
    "norm": "each ∂y goes to its window, to large numbers more",
}


def gradient_lines(shown: Shown, style: Style) -> Iterator[str]:
    """The title, the arrays, then every input with what it gets, and every weight."""
    found = gradient_of(shown)
    yield f"gradient: {_how(shown)}"
    blocks = boxes_of(shown, found.output, "∂y", style) + boxes_of(shown, found.input, "∂x", style)
    for name, array in found.arrays.items():
        if name == "bias" and not (shown.bias and any(shown.bias.values)):
            continue
        letter = {"weight": "w", "bias": "b"}.get(name, name)
        blocks += boxes_of_array(array, f"∂{letter}", style)
    yield from side_by_side(blocks, style, "  ")
    if found.shares and len(found.shares) <= _MOST:
        yield from folded(list(inputs_of(shown, found)), style)
    if found.met and len(found.met) <= _MOST:
        yield from folded(list(weights_of(found)), style)
    for text in _closing(shown, found):
        yield from sentence(text, style)


def _closing(shown: Shown, found: Gradient) -> Iterator[str]:
    """What is to be said of ties, of the sum, and of the ways to these numbers."""
    yield from _ties(shown)
    if shown.form in ("max", "mean"):
        yield _kept(found)
    *ways, last = found.ways
    yield f"✓ the same ∂x from {', '.join(ways)} and {last}" if ways else f"∂x is of {last}"


def _how(shown: Shown) -> str:
    if shown.stretched is not None:
        return (
            "∂x = C·∂y, the convolution that this layer transposes; ∂w sums what each weight met, "
            "times ∂y"
        )
    if shown.form == "sum":
        back = ", which is the transposed layer" if shown.kernel else ""
        return f"∂x = Cᵀ·∂y{back}; ∂w sums what each weight met, times ∂y"
    return _HOW[shown.form]


def inputs_of(shown: Shown, found: Gradient) -> Iterator[tuple[str, str]]:
    """(an input, the sum of what it gets); of a max pool the winners alone."""
    for place, shares in found.shares.items():
        if shares or shown.form != "max":
            yield (
                f"∂x{index(place_of(shown, place))}",
                sum_of_shares(shown, found, shares, found.input[place]),
            )


def weights_of(found: Gradient) -> Iterator[tuple[str, str]]:
    """(a weight, the sum of what it met, each times the gradient of its output)."""
    shape = found.arrays["weight"].shape
    is_one = len(shape) > 2 and shape[0] * shape[1] == 1
    for place, shares in found.met.items():
        name = f"∂w{index(place[2:] if is_one else place)}"
        terms = [f"{_above(found, one)}*{signed(number(one.factor))}" for one in shares]
        total = number(found.arrays["weight"][place])
        yield name, f"{' + '.join(terms)} = {total}" if terms else f"{total}, it met padding alone"


def sum_of_shares(shown: Shown, found: Gradient, shares: Sequence[Share], total: float) -> str:
    """How an input's gradient comes about, and what it is."""
    value = number(total)
    if not shares:
        return f"{value}, no window reads it"
    if shown.form == "max":
        outputs = ", ".join(f"y{index(place_of(shown, one.output))}" for one in shares)
        terms = " + ".join(_above(found, one) for one in shares)
        return f"{terms}{f' = {value}' if len(shares) > 1 else ''}, largest for {outputs}"
    if shown.form == "mean":
        terms = " + ".join(f"{_above(found, one)}/{number(1 / one.factor)}" for one in shares)
    else:
        terms = " + ".join(f"{_above(found, one)}*{signed(number(one.factor))}" for one in shares)
    return f"{terms} = {value}"


def _above(found: Gradient, share: Share) -> str:
    return signed(number(found.output[share.output]))


def _ties(shown: Shown) -> Iterator[str]:
    if shown.form != "max":
        return
    for cell in shown.cells:
        equal = winners(shown, cell)
        if len(equal) > 1:
            name = f"y{index(place_of(shown, cell.place))}"
            first = f"x{index(place_of(shown, equal[0]))}"
            yield (
                f"{name} has {len(equal)} largest, all {number(cell.value)}: the first, {first}, "
                "takes all, as in PyTorch"
            )


def _kept(found: Gradient) -> str:
    above, back = found.sums
    if abs(above - back) < 1e-9 * max(1.0, abs(above)):
        return f"the sum is kept: ∂y {number(above)}, ∂x {number(back)}"
    lost = number(above - back)
    return f"the sum: ∂y {number(above)}, ∂x {number(back)}; {lost} of it went to the padding"
