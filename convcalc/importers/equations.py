"""Sums of products over named axes, as NumPy, ONNX and PyTorch write them: `bij,bjk->bik`."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.placing import NoRuleError


def axis_names(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The names of the axes of each tensor, whose `ranks` are told, and of what comes out.

    `...` stands for axes that have no names of their own: they get capital ones from the end.
    Without `->` what is named once comes out, by the alphabet. Raises NoRuleError.

    >>> axis_names("...ij, jk -> ...ik", (4, 2))
    (['YZij', 'jk'], 'YZik')
    >>> axis_names("ba", (2,))
    (['ba'], 'ab')
    """
    equation = equation.replace(" ", "")
    before, arrow, after = equation.partition("->")
    words = before.split(",")
    if len(words) != len(ranks):
        raise NoRuleError(f"it names the axes of {len(words)} tensors: `{equation}`")
    free = [one for one in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if one not in equation]
    most = 0
    found = []
    for rank, word in zip(ranks, words, strict=True):
        count, dots = rank - len(word.replace("...", "")), word.count("...")
        if count < 0 or dots > 1 or (count and not dots) or count > len(free):
            raise NoRuleError(f"it names other axes than its inputs have: `{equation}`")
        most = max(most, count)
        found.append(word.replace("...", "".join(free[:count][::-1])))
    rest = "".join(free[:most][::-1])
    if not arrow:
        every = "".join(found)
        after = rest + "".join(sorted(n for n in {*every} - {*rest} if every.count(n) == 1))
    return found, after.replace("...", rest)
