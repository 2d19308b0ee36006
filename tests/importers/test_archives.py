"""Lists of entries of zip archives, made by hand and by `zipfile`, and what is said of broken ones.

Source: APPNOTE.TXT 6.3.10 of the format: an entry of the list has 46 bytes, a name, a comment.
"""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from convcalc.core.errors import Problem, StackError
from convcalc.importers import archives
from convcalc.importers.archives import Archive, bytes_of_list, names
from tests.each import each

PARTS = {"a": b'{"b": [1, 2]}', "dir/bc": b"some more"}
# Two entries with names of 1 and 6 bytes.
LISTED = 46 + 1 + 46 + 6


def made(comment: bytes = b"", packed: bool = False, more: bytes = b"") -> bytes:
    """An archive of both parts, each with `more` bytes as fields of its own before it."""
    stream = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w") as opened:
        for name, part in PARTS.items():
            entry = zipfile.ZipInfo(name)
            entry.extra = more
            opened.writestr(entry, part, how)
        opened.comment = comment
    return stream.getvalue()


def of_64_bits(length: int = LISTED, place: int | None = None) -> bytes:
    """The same, whose end says that what it tells is beyond 32 bits, and stands before it."""
    data = made()
    at = data.rindex(b"PK\5\6")
    long = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, length, at - LISTED)
    way = struct.pack("<4sLQL", b"PK\6\7", 0, at if place is None else place, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + long + way + end


@each(("data", "length"), [
    pytest.param(made(), LISTED, id="no comment"),
    pytest.param(made(b"c" * 7), LISTED, id="a comment"),
    pytest.param(made(b"c" * 65_535), LISTED, id="the longest comment"),
    pytest.param(b"before" + made(b"c" * 65_535), LISTED, id="something before it"),
    pytest.param(of_64_bits(), LISTED, id="beyond 32 bits"),
    pytest.param(of_64_bits(1 << 40), 1 << 40, id="a long list"),
    pytest.param(of_64_bits(place=1 << 40), None, id="an end behind the file"),
    pytest.param(of_64_bits(place=1 << 63), None, id="an end where no file has one"),
    pytest.param(made()[:-1], None, id="cut off"),
    pytest.param(made()[:-22], None, id="without an end"),
    pytest.param(of_64_bits()[-22 - 19 :], None, id="without the way to its end"),
    pytest.param(b"", None, id="nothing"),
])  # fmt: skip
def test_a_list_of_entries_is_as_long_as_its_end_says(data: bytes, length: int | None) -> None:
    assert bytes_of_list(io.BytesIO(data)) == length


@each(("data", "found"), [
    (made(), ("a", "dir/bc")), (of_64_bits(), ("a", "dir/bc")), (made()[:-1], ()),
    # It is longer than anybody needs, or begins before the file.
    (of_64_bits(archives.MAX_LIST + 1), ()), (of_64_bits(archives.MAX_LIST), ()),
])  # fmt: skip
def test_names_are_those_of_the_entries(
    data: bytes, found: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "net.zip"
    path.write_bytes(data)
    assert names(data) == names(b"", str(path)) == found
    assert names(b"", str(tmp_path / "none")) == ()


@each(("start", "found"), [
    (-1, b""), (0, b"ab"), (2, b"cd"), (3, b"d"), (9, b""), (1 << 62, b""), (1 << 63, b""),
])  # fmt: skip
def test_bytes_at_a_place_that_no_file_has_are_none(start: int, found: bytes) -> None:
    assert archives._at(io.BytesIO(b"abcd"), start, 2) == found


def opened(data: bytes) -> Archive:
    return Archive(io.BytesIO(data), "net", "write it again", "save less")


def refused(data: bytes, name: str = "a") -> Problem:
    with pytest.raises(StackError) as caught:
        opened(data).json(name)
    (problem,) = caught.value.problems
    return problem


def changed(data: bytes, mark: bytes, shift: int, *others: int) -> bytes:
    """Other bytes so far behind the first place of a mark."""
    at = data.index(mark) + shift
    return data[:at] + bytes(others) + data[at + len(others) :]


def test_an_entry_is_read_or_found_where_it_lies() -> None:
    data = made()
    archive = opened(data)
    assert archive.json("a") == opened(made(packed=True)).json("a") == {"b": [1, 2]}
    for one in (data, made(more=struct.pack("<2H3s", 0x7777, 3, b"own"))):
        entry = opened(one).payload("dir/bc")
        assert entry is not None
        assert one[entry.start :][: entry.length] == PARTS["dir/bc"]
    assert archive.payload("none") is None


@each("data", [
    pytest.param(made(packed=True), id="packed"),
    pytest.param(changed(made(), b"PK\1\2", 8, 1), id="under a password"),
    pytest.param(changed(made(), b"PK\3\4", 3, 5), id="not where it is said to be"),
    pytest.param(changed(made(), b"PK\3\4", 3, 3), id="something else there"),
    pytest.param(changed(made(), b"PK\1\2", 42, 255, 255), id="behind the end"),
])  # fmt: skip
def test_an_entry_that_does_not_lie_there_as_it_is_has_no_place(data: bytes) -> None:
    assert opened(data).payload("a") is None


@each(("data", "name", "slug", "message", "help"), [
    (made(), "b", "broken-model", "the archive cannot be read: it has no `b`", "write it again"),
    (made(), "dir/bc", "broken-model", "the archive cannot be read: `dir/bc` is no JSON: "
     "Expecting value: line 1 column 1 (char 0)", "write it again"),
    (made()[:-1], "a", "broken-model", "the archive cannot be read: it is cut off, or no zip",
     "write it again"),
    (changed(made(), b"PK\1\2", 2, 3), "a", "broken-model",
     "the archive cannot be read: bad magic number for central directory", "write it again"),
    (changed(made(), b"PK\3\4", 3, 5), "a", "broken-model", "the archive cannot be read: "
     "`a` cannot be unpacked: Bad magic number for file header", "write it again"),
    # Of 13 bytes in the list.
    (changed(made(), b"PK\1\2", 24, 1, 54, 110, 1), "a", "file-too-large",
     "`a` in the archive has 24,000,001 bytes; no more than 24,000,000 are read", "save less"),
    (of_64_bits(16_000_001), "a", "file-too-large",
     "the archive's list of entries has 16,000,001 bytes; 16,000,000 are read", "save less"),
])  # fmt: skip
def test_what_is_wrong_with_an_archive_is_told(
    data: bytes, name: str, slug: str, message: str, help: str
) -> None:
    problem = refused(data, name)
    assert (problem.slug, problem.message, problem.help) == (slug, message, help)
    assert problem.file == "net"


def test_a_list_and_an_entry_of_the_most_bytes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_LIST", LISTED)
    monkeypatch.setattr(archives, "MAX_JSON", len(PARTS["a"]))
    data = made()
    assert opened(data).json("a") == {"b": [1, 2]}
    assert names(data) == ("a", "dir/bc")
    monkeypatch.setattr(archives, "MAX_JSON", len(PARTS["a"]) - 1)
    assert refused(data).slug == "file-too-large"
    monkeypatch.setattr(archives, "MAX_LIST", LISTED - 1)
    assert "has 99 bytes; 98 are read" in refused(data).message
    assert names(data) == ()
