"""The views `flip` and `shift` of `convcalc show`."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.features.show.boxes import side_by_side
from convcalc.features.show.maps import boxes_of, boxes_of_array
from convcalc.features.show.sums import index, place_of, sentence, sum_of
from convcalc.features.show.turned_and_moved import (
    Shift,
    is_padded,
    moved,
    share_that_changes,
    shift_of,
    turned,
    unpadded,
)
from convcalc.features.show.values import Shown
from convcalc.features.show.working import worked
from convcalc.report.style import Style

# Places that are named one by one.
_NAMED = 6


def flip_lines(shown: Shown, style: Style) -> Iterator[str]:
    """Cross-correlation, which layers compute, beside the convolution of the definition."""
    other = turned(shown)
    yield (
        "flip: a layer computes the cross-correlation, y[n] = Σ x[n + m]·w[m]; the convolution, "
        "y[n] = Σ x[n − m]·w[m], is the same with the kernel turned"
    )
    blocks = boxes_of_array(shown.arrays["weight"], "w", style)
    blocks += boxes_of(shown, shown.output, "y", style)
    blocks += boxes_of_array(other.arrays["weight"], "w turned", style)
    blocks += boxes_of(shown, other.output, "y of the convolution", style)
    yield from side_by_side(blocks, style, "  ")
    name = f"y{index(place_of(shown, shown.cells[0].place))}"
    yield from sentence(f"cross-correlation {name} = {sum_of(shown, shown.cells[0])}", style)
    yield from sentence(f"convolution       {name} = {sum_of(other, other.cells[0])}", style)
    pairs = zip(shown.output.values, other.output.values, strict=True)
    differing = sum(abs(a - b) > 1e-9 for a, b in pairs)
    if shown.arrays["weight"] == other.arrays["weight"]:
        said = "the kernel turned is the kernel itself: both are the same"
    else:
        said = (
            f"{differing} of {len(shown.output.values)} outputs differ; a layer that learns its "
            "kernel learns it turned, and nothing else changes"
        )
    yield from sentence(said, style)


def shift_lines(shown: Shown, style: Style) -> Iterator[str]:
    """How far the output moves with the input, and how far a pool does not notice."""
    found = shift_of(shown)
    yield (
        f"shift: x moves by the stride, {found.by}, along the last axis; does y move by 1? "
        "(equivariance)"
    )
    blocks = boxes_of(shown, found.moved.input, "x moved", style)
    blocks += boxes_of(shown, shown.output, "y", style)
    blocks += boxes_of(shown, found.moved.output, "y of x moved", style)
    yield from side_by_side(blocks, style, "  ")
    for text in (*_equivariance(shown, found), *_invariance(shown)):
        yield from sentence(text, style)


def _equivariance(shown: Shown, found: Shift) -> Iterator[str]:
    if not found.places:
        yield "there is one window along this axis: it has nowhere to move"
        return
    text = f"{found.equal} of {len(found.places)} outputs are those of one place before"
    if found.differing:
        names = [f"y{index(place_of(shown, place))}" for place in found.differing]
        listed = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} of them"
        text += f"; {listed} differ{'s' if len(names) == 1 else ''}"
        if is_padded(shown):
            text += ": there the padding took the place of other numbers"
    yield text
    bare = unpadded(shown)
    if bare is not None:
        inside = shift_of(bare)
        if inside.places:
            yield (
                f"without the padding {inside.equal} of {len(inside.places)}: away from the border "
                "the layer is equivariant"
            )


def _invariance(shown: Shown) -> Iterator[str]:
    """Of a pool, whether it notices one pixel."""
    share = share_that_changes(shown)
    if share is None:
        return
    other = worked(
        shown.layer, moved(shown.input, 1), dict(shown.arrays), shown.text, shown.has_channels
    )
    pairs = list(zip(shown.output.values, other.output.values, strict=True))
    kept = sum(abs(a - b) <= 1e-9 for a, b in pairs)
    yield f"moved by 1, {kept} of {len(pairs)} outputs stay as they are (invariance)"
    yield (
        f"over many windows of random numbers a shift by 1 changes them {100 * share:.0f} % as "
        "much as another input does: approximately invariant, not more"
    )
