"""Zip archives of model files: their names, and nothing more than asked for."""

from __future__ import annotations

import io
import zipfile

# Archives of models hold a few entries for each weight.
_MOST_ENTRIES = 100_000


def names(data: bytes, path: str = "") -> tuple[str, ...]:
    """The names in an archive, at `path` or in `data`; none where it cannot be read."""
    try:
        with zipfile.ZipFile(path or io.BytesIO(data)) as archive:
            return tuple(archive.namelist()[:_MOST_ENTRIES])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ()
