"""The archive of a `.pt2` file: a zip of JSON and of raw weights, of which nothing is unpickled.

    NAME/archive_format                            pt2
    NAME/models/model.json                         the program
    NAME/data/weights/model_weights_config.json    where each weight's bytes are
    NAME/data/weights/weight_0                     those bytes

Before PyTorch 2.8 the program was `serialized_exported_program.json`, without a folder, and the
weights were pickled, which they may be in 2.8, too. Only these entries are looked at.
Source: `torch.export.pt2_archive`, PyTorch 2.13; `torch.export.save`, PyTorch 2.5.
"""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from convcalc.importers import archives


class Archive(archives.Archive):
    """The entries of an open archive, by their name behind the folder that all of them share."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        super().__init__(
            stream,
            file,
            "write it again with `torch.export.save(torch.export.export(module, inputs), file)`",
            "export a part of the model",
        )

    def name(self, entry: zipfile.ZipInfo) -> str:
        """An entry's name without that folder, which archives before PyTorch 2.8 have not."""
        return entry.filename.partition("/")[2] or entry.filename
