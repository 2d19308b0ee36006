"""Where the keys and values of a TOML file stand, which `tomllib` does not say.

The text is one that `tomllib` has read: it is only looked at as far as keys and tables go.
"""

from __future__ import annotations

import re

from convcalc.core.errors import Place

# Keys from the outermost in, and the number of each entry of an array of tables.
Path = tuple[str | int, ...]

# A longer chain of keys is none of ours.
_MOST_KEYS = 16
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
# Strings and comments, within which nothing else counts.
_OPAQUE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'|"
    r"#[^\n]*",
    re.DOTALL,
)


class Places:
    """Places of a TOML file's keys.

    >>> places = Places('[tool.convcalc]\\nselect = ["CC1"]\\n')
    >>> places.of(("tool", "convcalc", "select")), places.of(("tool", "convcalc", "select"), "CC1")
    (Place(line=2, column=1, width=6), Place(line=2, column=11, width=5))
    """

    def __init__(self, text: str) -> None:
        self.text = text
        # Of each key: where it starts and ends, and where its value ends.
        self._spans: dict[Path, tuple[int, int, int]] = {}
        self._numbers: dict[Path, int] = {}
        self._read()

    def of(self, path: Path, value: str = "") -> Place:
        """The place of a key, or of the string `value` in what it holds.

        Where the key itself is not found, as inside of inline tables, that of what holds it.
        """
        for length in range(len(path), 0, -1):
            span = self._spans.get(path[:length])
            if span is None:
                continue
            start, end, value_end = span
            rest = [part for part in path[length:] if isinstance(part, str)]
            for word in [value, *reversed(rest)] if value else list(reversed(rest)):
                found = self._search(word, end, value_end)
                if found is not None:
                    return self._place(*found)
            return self._place(start, end)
        return Place(1, 1, 1)

    def _search(self, word: str, start: int, end: int) -> tuple[int, int] | None:
        quoted = re.escape(word)
        pattern = re.compile(rf"""["']{quoted}["']|(?<![\w-]){quoted}(?![\w-])""")
        found = pattern.search(self.text, start, end)
        return found.span() if found else None

    def _place(self, start: int, end: int) -> Place:
        line_start = self.text.rfind("\n", 0, start) + 1
        line = self.text.count("\n", 0, start) + 1
        return Place(line, start - line_start + 1, max(1, end - start))

    def _read(self) -> None:
        table: Path = ()
        at = 0
        while at < len(self.text):
            at = self._skip_blank(at)
            if at >= len(self.text):
                break
            if self.text[at] == "[":
                table, at = self._header(at)
                continue
            keys, start, end, at = self._keys(at)
            if not keys:
                # What `tomllib` took and this does not know is passed over.
                at = self._line_end(at)
                continue
            value_end = self._value_end(at)
            path = table
            for key in keys:
                path = (*path, key)
                self._spans.setdefault(path, (start, end, value_end))
            at = value_end

    def _skip_blank(self, at: int) -> int:
        while at < len(self.text):
            if self.text[at] in " \t\r\n":
                at += 1
            elif self.text[at] == "#":
                at = self._line_end(at)
            else:
                break
        return at

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end + 1

    def _header(self, at: int) -> tuple[Path, int]:
        is_array = self.text.startswith("[[", at)
        keys, start, end, _ = self._keys(at + 1 + is_array)
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if is_array and number == len(keys) - 1:
                self._spans.setdefault(path, (start, end, end))
                self._numbers[path] = self._numbers.get(path, -1) + 1
            if path in self._numbers:
                path = (*path, self._numbers[path])
            self._spans.setdefault(path, (start, end, end))
        return path, self._line_end(end)

    def _keys(self, at: int) -> tuple[list[str], int, int, int]:
        """Dotted keys from `at`: their names, where they start and end, and where to go on."""
        keys: list[str] = []
        at = self._after_space(at)
        start = end = at
        while len(keys) < _MOST_KEYS and (match := _KEY.match(self.text, at)):
            keys.append(match[0].strip("\"'") if match[0][0] in "\"'" else match[0])
            end = match.end()
            at = self._after_space(end)
            if not self.text.startswith(".", at):
                break
            at = self._after_space(at + 1)
        return keys, start, end, at

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _value_end(self, at: int) -> int:
        """The end of the line on which the value after `=` is finished."""
        depth = 0
        while at < len(self.text):
            char = self.text[at]
            if char in "\"'#":
                match = _OPAQUE.match(self.text, at)
                at = match.end() if match else at + 1
                continue
            if char in "[{":
                depth += 1
            elif char in "]}":
                depth -= 1
            elif char == "\n" and depth <= 0:
                return at + 1
            at += 1
        return at
