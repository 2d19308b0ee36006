"""The small model files of `examples/models`: one network of digits, as Keras and as TFLite.

`python -m tests.importers.example_models` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.importers import hdf5_bytes
from tests.importers.keras_json import archive, layer, sequence, source
from tests.importers.tflite_bytes import (
    RELU,
    VALID,
    Operator,
    Tensor,
    floats,
    model,
    numbers,
    real,
    small,
    whole,
)

FOLDER = Path(__file__).parents[2] / "examples" / "models"
# Height, width and channels of the kernel that Keras keeps, and rows and columns of the matrix.
KERNEL, MATRIX = (3, 3, 1, 4), (196, 10)


def drawn(count: int, seed: int) -> list[float]:
    """Numbers from -1/2 to 1/2 that float32 holds exactly."""
    return [((seed + 37 * at) % 64 - 32) / 64 for at in range(count)]


def keras() -> bytes:
    """The network with channels last, as Keras 3 saves it."""
    found = sequence(
        [
            source("image", 16, 16, 1),
            layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], activation="relu"),
            layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="valid"),
            layer("Flatten", "flat"),
            layer("Dense", "scores", units=10, activation="softmax"),
        ],
        "digits",
    )
    layers = {
        "conv2d": {"vars": {"0": (drawn(36, 1), KERNEL), "1": (drawn(4, 2), (4,))}},
        "dense": {"vars": {"0": (drawn(1960, 3), MATRIX), "1": (drawn(10, 4), (10,))}},
    }
    return archive(found, hdf5_bytes.file({"layers": layers}))


def tflite() -> bytes:
    """The same network as a converter writes it: filters and rows first, functions fused."""
    tensors = {
        "image": Tensor([1, 16, 16, 1]),
        "kernel": floats([4, 3, 3, 1], _turned(drawn(36, 1), 9, 4)),
        "shifts": floats([4], drawn(4, 2)),
        "digits/conv/Relu;digits/conv/Conv2D": Tensor([1, 14, 14, 4]),
        "digits/pool/MaxPool": Tensor([1, 7, 7, 4]),
        "sizes": numbers(-1, 196),
        "digits/flat/Reshape": Tensor([1, 196]),
        "matrix": floats([10, 196], _turned(drawn(1960, 3), 196, 10)),
        "more": floats([10], drawn(10, 4)),
        "digits/scores/MatMul": Tensor([1, 10]),
        "digits/scores/Softmax": Tensor([1, 10]),
    }
    image, kernel, shifts, conv, pool, sizes, flat, matrix, more, scores, out = tensors
    window = {0: small(VALID), 1: whole(2), 2: whole(2), 3: whole(2), 4: whole(2)}
    operators = [
        Operator(
            "CONV_2D",
            [image, kernel, shifts],
            [conv],
            {0: small(VALID), 1: whole(1), 2: whole(1), 3: small(RELU)},
        ),
        Operator("MAX_POOL_2D", [conv], [pool], window),
        Operator("RESHAPE", [pool, sizes], [flat]),
        Operator("FULLY_CONNECTED", [flat, matrix, more], [scores]),
        Operator("SOFTMAX", [scores], [out], {0: real(1.0)}),
    ]
    return model(operators, tensors, [image], [out], description="digits")


def _turned(values: list[float], rows: int, columns: int) -> Iterator[float]:
    """A matrix, row by row, as its transpose."""
    return (values[row * columns + column] for column in range(columns) for row in range(rows))


FILES = {"digits.keras": keras, "digits.tflite": tflite}

if __name__ == "__main__":
    for name, made in FILES.items():
        (FOLDER / name).write_bytes(made())
