"""Groups that move in SVG: key frames of a style sheet, one for each step, without a script.

All groups of as many steps keep time with each other. Nothing moves where the reader prefers less
motion, nor in programs that know no style sheets: there the group stands where its attributes say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.report.drawing.canvas import Spot

# Seconds of a step, the longest and the shortest, and of a round as far as these allow.
_LONGEST, _SHORTEST, _ROUND = 1.2, 0.4, 16.0


class Motion:
    """The rules of one picture: the class of each different movement, and its key frames."""

    def __init__(self) -> None:
        self.rules: dict[str, str] = {}
        self._names: dict[tuple[Spot | None, ...], str] = {}

    def attributes(self, places: Sequence[Spot | None]) -> str:
        """The attributes of an element that is at these places, one step after the other."""
        seen = [at for at, place in enumerate(places) if place is not None]
        if len(seen) == 1 and places[seen[0]] == Spot(0, 0):
            name = self._flash(len(places))
            late = (len(places) - seen[0]) * _step(len(places))
            return f'class="{name}" style="animation-delay:-{number(late)}s"'
        return f'class="{self._walk(tuple(places))}"'

    def _flash(self, steps: int) -> str:
        """Seen for the first step; elements begin at different times."""
        # A little early, so that no rounding shows two captions for a moment.
        frames = f"0%{{opacity:1}}{_share(1 - 1e-3, steps)}{{opacity:0}}100%{{opacity:0}}"
        return self._rule(f"flash{steps}", steps, frames)

    def _walk(self, places: tuple[Spot | None, ...]) -> str:
        if places not in self._names:
            frames = "".join(
                f"{_share(at, len(places))}{{{_state(place)}}}" for at, place in enumerate(places)
            )
            name = f"walk{len(self._names) + 1}"
            self._names[places] = self._rule(name, len(places), frames)
        return self._names[places]

    def _rule(self, name: str, steps: int, frames: str) -> str:
        seconds = number(steps * _step(steps))
        self.rules[name] = (
            f"@keyframes {name}{{{frames}}}.{name}{{animation:{name} {seconds}s step-end infinite}}"
        )
        return name

    def sheet(self) -> Iterator[str]:
        """The style sheet."""
        yield "@media (prefers-reduced-motion: no-preference) {"
        yield from self.rules.values()
        yield "}"


def _step(steps: int) -> float:
    """Seconds of a step."""
    return max(_SHORTEST, min(_LONGEST, _ROUND / steps))


def _share(at: float, steps: int) -> str:
    return f"{100 * at / steps:.4f}".rstrip("0").rstrip(".") + "%"


def _state(place: Spot | None) -> str:
    if place is None:
        return "opacity:0"
    return f"opacity:1;transform:translate({number(place.x)}px,{number(place.y)}px)"


def number(value: float) -> str:
    """A coordinate, to a hundredth of a pixel.

    >>> number(12.0), number(0.123), number(-0.001)
    ('12', '0.12', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
