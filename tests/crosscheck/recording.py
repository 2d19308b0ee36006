"""Writes `tests/importers/recorded.zip`: files of the cross-checks with what their programs give.

`python -m tests.crosscheck.recording` does, where all of those programs are installed. The files
that are taken are few of those that there are: as many as reach all of the readers' rules.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import keras
import numpy as np
import onnxruntime
import torch
from ai_edge_litert.interpreter import Interpreter
from torch import nn

from tests.crosscheck import (
    onnx_modules,
    test_keras_files,
    tflite_files,
    torch_pieces,
)
from tests.crosscheck.onnx_attention import ATTENTION
from tests.crosscheck.onnx_files import exported
from tests.crosscheck.torch_program_cases import CASES
from tests.crosscheck.torch_programs import Does, counted
from tests.importers.recorded import PATH

Array = np.ndarray[Any, Any]

# Modules that both of PyTorch's exporters to ONNX may write; those of `.pt2` files are below.
EXPORTED = (
    "attention_causal_torchscript", "attention_mask_of_truths_dynamo",
    "attention_mask_of_truths_torchscript", "module_attention_dynamo", "module_gru_torchscript",
    "module_windows_torchscript", "pieces_functions_torchscript", "pieces_norms_of_maps_dynamo",
    "pieces_rms_norms_dynamo",
)  # fmt: skip
PROGRAMS = (
    "a_norm_in_pieces", "a_product_with_a_weight", "a_sample_without_its_batch",
    "a_volume_and_a_line",
    "attention_in_pieces__hidden", "attention_in_pieces__hidden__and_numbers_added",
    "attention_in_pieces__hidden_by_little", "attention_in_pieces__in_another_shape",
    "attention_in_pieces__kept", "attention_in_pieces__learnt_numbers_added",
    "attention_in_pieces__numbers_added", "attention_mask_of_truths", "attention_under_a_mask",
    "axes_named_by_others",
    "causal_attention_with_a_scale", "choices_by_constants", "class_token_and_positions",
    "decided", "decoder", "filled", "fold", "frames_in_the_batch", "glu_and_one_bound",
    "in_place", "lstm",
    "module_tokens", "module_windows", "norms", "pieces_functions", "pieces_norms",
    "pieces_norms_of_maps", "pieces_rms_norms", "pixel_shuffle", "places_written", "powers",
    "products_of_unequal_batches", "queries_to_a_memory", "repeats", "resampling", "rnn",
    "roll_of_channels_and_rows", "scale_and_shift_of_channels", "sums_of_products",
    "sums_with_factors", "the_last_states_of_both_ways", "transposed__grouped",
    "two_biases_of_one_weight", "unfold",
    "windows_of_every_sort", "written_through_views",
)  # fmt: skip
KERAS = (
    "attention", "bent", "cells", "constants", "continued", "digits", "maps_attending", "merges",
    "moved", "norms", "operations", "orders", "pictures", "sentences", "siamese", "unet",
)  # fmt: skip
TFLITE = (
    "ADD_of_a_map", "CONV_3D", "EXPAND_DIMS", "GATHER", "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION", "LOG_SOFTMAX", "MIRROR_PAD", "PACK_and_UNPACK",
    "PAD_of_channels", "PRELU", "RELU_N1_TO_1", "RESIZE_BILINEAR_to_10x12",
    "RESIZE_BILINEAR_to_3x4", "RESIZE_BILINEAR_to_5x6", "RESIZE_BILINEAR_to_7x9",
    "RESIZE_NEAREST_NEIGHBOR", "RESIZE_NEAREST_NEIGHBOR__centres__to_3",
    "RESIZE_NEAREST_NEIGHBOR__centres__to_7", "SLICE", "SPACE_TO_DEPTH", "SPLIT_and_SPLIT_V",
    "SQUARE", "SQUARED_DIFFERENCE", "SQUEEZE", "STRIDED_SLICE_by_ellipsis",
    "STRIDED_SLICE_of_every_second", "STRIDED_SLICE_of_one", "SVDF_of_rank_2", "TILE",
    "a_shape_that_is_followed", "attention", "early_dilation", "generator",
    "groups_and_a_multiplier", "keyword_lstm", "weights_of_float16",
)  # fmt: skip


class Recorded(NamedTuple):
    """A file with its name, and the arrays and figures of its program."""

    name: str
    data: bytes
    inputs: list[Any]
    outputs: list[Any]
    figures: Mapping[str, int] = {}


def word(name: str) -> str:
    """A name that a file may have."""
    return "".join(one if one.isalnum() else "_" for one in name)


def modules() -> Iterator[tuple[str, nn.Module, tuple[Any, ...]]]:
    """Small modules with what goes into them, by the names that they have here."""
    for name, piece in torch_pieces.PIECES.items():
        yield f"pieces_{word(name)}", piece.drawn(), (torch.randn(piece.shape),)
    for name, (make, dims) in onnx_modules.MODULES.items():
        torch.manual_seed(2)
        module = make().eval()
        for parameter in module.parameters():
            nn.init.uniform_(parameter, -0.5, 0.5)
        yield f"module_{word(name)}", module, (torch.randn(dims),)
    for name, attend in ATTENTION.items():
        torch.manual_seed(3)
        yield f"attention_{word(name)}", attend().eval(), (torch.randn(1, 10, 32),)


def of_exports(folder: Path) -> Iterator[Recorded]:
    for name, module, inputs in modules():
        for exporter in ("torchscript", "dynamo"):
            path = folder / f"{name}_{exporter}.onnx"
            if path.stem not in EXPORTED:
                continue
            exported(module, inputs, exporter, path, external_data=False)
            session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            given = [one.numpy() for one in inputs]
            names = [one.name for one in session.get_inputs()]
            outputs = session.run(None, dict(zip(names, given, strict=True)))
            yield Recorded(path.name, path.read_bytes(), given, outputs)


def of_programs(folder: Path) -> Iterator[Recorded]:
    for name, (does, held, sizes) in CASES.items():
        if word(name) in PROGRAMS:
            torch.manual_seed(0)
            made = Does(does, **held).eval()
            inputs = tuple(torch.randn(*one) for one in sizes)
            found = _program(folder / f"{word(name)}.pt2", made, inputs)
            yield found._replace(figures={**found.figures, "macs": counted(made, inputs)})
    for name, module, inputs in modules():
        if name in PROGRAMS:
            yield _program(folder / f"{name}.pt2", module, inputs)


def _program(path: Path, module: nn.Module, inputs: tuple[Any, ...]) -> Recorded:
    with torch.no_grad():
        output = module(*inputs).numpy()
    torch.export.save(torch.export.export(module, inputs), path)
    params = sum(one.numel() for one in module.parameters())
    given = [one.numpy() for one in inputs]
    return Recorded(path.name, path.read_bytes(), given, [output], {"params": params})


def of_keras(folder: Path) -> Iterator[Recorded]:
    for make in test_keras_files.RUNNING:
        if make.__name__ not in KERAS:
            continue
        rng, model = np.random.default_rng(7), make()
        test_keras_files.drawn(model, rng)
        path = folder / f"{make.__name__}.keras"
        model.save(path)
        inputs = [test_keras_files.array(one, rng) for one in model.inputs]
        found = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0]))
        outputs = [keras.ops.convert_to_numpy(one) for one in found]
        params = test_keras_files.size(model.trainable_weights)
        yield Recorded(path.name, path.read_bytes(), inputs, outputs, {"params": params})


def of_tflite() -> Iterator[Recorded]:
    networks = {make.__name__: make() for make in tflite_files.NETWORKS}
    for name, data in {**tflite_files.operators(), **networks}.items():
        if word(name) not in TFLITE:
            continue
        rng, inputs = np.random.default_rng(0), []
        interpreter = Interpreter(model_content=data)
        interpreter.allocate_tensors()
        for given in interpreter.get_input_details():
            inputs.append(rng.standard_normal(given["shape"]).astype(np.float32))
            interpreter.set_tensor(given["index"], inputs[-1])
        interpreter.invoke()
        outputs = [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]
        yield Recorded(f"{word(name)}.tflite", data, inputs, outputs)


def recorded(folder: Path) -> Iterator[Recorded]:
    yield from of_exports(folder)
    yield from of_programs(folder)
    yield from of_keras(folder)
    yield from of_tflite()


def write(path: Path) -> None:
    with ZipFile(path, "w") as archive, TemporaryDirectory() as made:
        for one in recorded(Path(made)):
            arrays = io.BytesIO()
            numbered = {
                f"{way}{at}": np.asarray(array)
                for way, several in (("in", one.inputs), ("out", one.outputs))
                for at, array in enumerate(several)
            }
            np.savez(arrays, allow_pickle=False, **numbered, **one.figures)
            for name, data in ((one.name, one.data), (f"{one.name}.npz", arrays.getvalue())):
                # The time of writing would make another file of the same.
                archive.writestr(ZipInfo(name), data, ZIP_DEFLATED, 9)


if __name__ == "__main__":
    write(PATH)
