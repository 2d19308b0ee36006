"""What the place that text goes to can show."""

from __future__ import annotations

from dataclasses import dataclass

# SGR codes.
BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"
BAD = "1;31"


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: `width` in cells (None: no limit), colours, characters beyond ASCII."""

    width: int | None = None
    color: bool = False
    unicode: bool = True

    def paint(self, text: str, codes: str) -> str:
        """`text` in the colours of the SGR `codes`, or as it is where there are none.

        >>> Style(color=True).paint("error", "1;31"), Style().paint("error", "1;31")
        ('\\x1b[1;31merror\\x1b[0m', 'error')
        """
        return f"\x1b[{codes}m{text}\x1b[0m" if self.color and text else text

    @property
    def arrow(self) -> str:
        """What stands between a layer and the names of its inputs."""
        return "←" if self.unicode else "<-"

    @property
    def dot(self) -> str:
        """What separates the parts of a title."""
        return "·" if self.unicode else "|"

    @property
    def ellipsis(self) -> str:
        """What stands for text left out; numbers are never left out."""
        return "…" if self.unicode else "..."


PLAIN = Style()
