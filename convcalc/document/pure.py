"""PyYAML's own parser, brought to libyaml's grammar: used only where libyaml is missing.

libyaml 0.2.5 takes tabs for blanks except as indentation, takes `?` for a letter inside words in
brackets, and refuses `{k:[1, 2]}`. A file must mean the same on every machine, so this does too.
"""

from __future__ import annotations

from yaml.error import Mark
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

_BLANK_OR_END = "\0 \t\r\n"
_BAD_CODE = "found invalid Unicode character escape code"


class PureParser(Reader, Scanner, Parser):
    """A source of events for one text; `get_event` gives the next one, None after the last."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip spaces, comments and breaks, and tabs where they do not indent."""
        while True:
            blanks = " \t" if self.flow_level or not self.allow_simple_key else " "
            while self.peek() in blanks:
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0\r\n":
                    self.forward()
            if not self._line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain(self) -> ScalarToken:
        """One unquoted scalar, over as many lines as it is continued on."""
        chunks: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        spaces: list[str] = []
        while self.peek() != "#":
            length = self._word_length(start)
            if not length:
                break
            self.allow_simple_key = False
            chunks.extend(spaces)
            chunks.append(self.prefix(length))
            self.forward(length)
            end = self.get_mark()
            spaces = self.scan_plain_spaces(indent, start)
            if not spaces or (not self.flow_level and self.column < indent):
                break
        return ScalarToken("".join(chunks), True, start, end)

    def _word_length(self, start: Mark) -> int:
        length = 0
        flow = self.flow_level > 0
        while True:
            character = self.peek(length)
            if character in _BLANK_OR_END or (flow and character in ",[]{}"):
                return length
            if character == ":":
                following = self.peek(length + 1)
                if following in _BLANK_OR_END:
                    return length
                if flow and following in ",?[]{}":
                    self.forward(length)
                    raise ScannerError(
                        "while scanning a plain scalar",
                        start,
                        "found unexpected ':'",
                        self.get_mark(),
                    )
            length += 1

    def scan_plain_spaces(self, indent: int, start_mark: Mark) -> list[str]:
        """What joins two words: the blanks between them, or their folded line breaks."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        blanks = self.prefix(length)
        self.forward(length)
        if self.peek() not in "\r\n":
            return [blanks] if blanks else []
        self._line_break()
        self.allow_simple_key = True
        breaks: list[str] = []
        while not self._at_document_separator():
            if self.peek() == "\t" and self.column < indent:
                raise ScannerError(
                    "while scanning a plain scalar",
                    start_mark,
                    "found a tab character that violates indentation",
                    self.get_mark(),
                )
            if self.peek() in " \t":
                self.forward()
            elif self.peek() in "\r\n":
                breaks.append(self._line_break())
            else:
                return breaks or [" "]
        return []

    def _line_break(self) -> str:
        return str(self.scan_line_break())  # type: ignore[no-untyped-call]

    def scan_block_scalar_indicators(self, start_mark: Mark) -> tuple[bool | None, int | None]:
        """What stands behind `|` or `>`: whether to keep the last breaks, and the indentation."""
        chomping: bool | None = None
        increment: int | None = None
        for _ in range(2):
            sign = self.peek()
            if chomping is None and sign in "+-":
                chomping = sign == "+"
            elif increment is None and sign in "0123456789":
                increment = int(sign)
                if not increment:
                    break
            else:
                break
            self.forward()
        if self.peek() not in _BLANK_OR_END + "#":
            message = "did not find expected comment or line break"
            raise ScannerError(
                "while scanning a block scalar", start_mark, message, self.get_mark()
            )
        while self.peek() == "\t":
            self.forward()
        return chomping, increment

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Mark]:
        """The blank lines before a block text, its indentation, and where they end."""
        breaks, indent, end = super().scan_block_scalar_indentation()
        self._refuse_tab()
        return breaks, indent, end

    def scan_block_scalar_breaks(self, indent: int) -> tuple[list[str], Mark]:
        """The blank lines within a block text, and where they end."""
        breaks, end = super().scan_block_scalar_breaks(indent)
        if self.column < indent:
            self._refuse_tab()
        return breaks, end

    def _refuse_tab(self) -> None:
        if self.peek() == "\t":
            message = "found a tab character where an indentation space is expected"
            raise ScannerError("while scanning a block scalar", None, message, self.get_mark())

    def _at_document_separator(self) -> bool:
        return (
            self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANK_OR_END
        )

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Mark) -> list[str]:
        """The pieces of a quoted scalar. Raises ScannerError for an escape without character."""
        try:
            chunks: list[str] = super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError):
            chunks = ["\ud800"]
        if any("\ud800" <= character <= "\udfff" for chunk in chunks for character in chunk):
            raise ScannerError(
                "while parsing a quoted scalar", start_mark, _BAD_CODE, self.get_mark()
            )
        return chunks
