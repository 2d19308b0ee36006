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

from convcalc.importers.network import ForeignNetwork
from tests.crosscheck import (
    onnx_modules,
    test_keras_files,
    test_onnx_nodes,
    test_torch_programs,
    tflite_files,
    torch_pieces,
)
from tests.crosscheck.onnx_attention import ATTENTION
from tests.crosscheck.onnx_files import exported
from tests.importers.recorded import PATH

Array = np.ndarray[Any, Any]

# Node tests of onnx.
NODES = (
    "affine_grid_3d_align_corners_expanded", "affine_grid_3d_expanded",
    "attention_3d_diff_heads_sizes_attn_mask", "attention_3d_gqa_attn_mask",
    "attention_3d_gqa_with_past_and_present", "attention_3d_local_window", "attention_3d_softcap",
    "attention_3d_transpose_verification", "attention_bidirectional_window",
    "averagepool_2d_precomputed_same_upper", "basic_deform_conv_without_padding",
    "causal_conv_with_state_short_input_no_past_state_expanded", "celu_float16_expanded",
    "center_crop_pad_crop_expanded", "center_crop_pad_crop_negative_axes_hwc_expanded",
    "center_crop_pad_pad_expanded", "clip_splitbounds", "col2im_dilations", "col2im_pads",
    "col2im_strides", "constant_pad_negative_axes", "convtranspose_autopad_same",
    "convtranspose_group_2", "convtranspose_kernel_shape", "cumsum_2d_axis_1", "cumsum_2d_int32",
    "cumsum_2d_negative_axis", "deform_conv_with_mask_bias",
    "deform_conv_with_multiple_offset_groups", "depthtospace_crd_mode_example",
    "depthtospace_example", "dropout_default_old", "dropout_default_ratio", "einsum_batch_matmul",
    "einsum_inner_prod", "einsum_scalar", "einsum_transpose", "expand_dim_changed",
    "expand_dim_unchanged", "flexattention_relative_positional_expanded_ver26",
    "flexattention_score_mod_expanded_ver26", "gelu_tanh_1_expanded", "gelu_tanh_2_expanded",
    "gemm_all_attributes", "gemm_alpha", "gemm_default_no_bias", "globalmaxpool_precomputed",
    "l2normalization_axis_1", "layer_normalization_2d_axis1_expanded_ver18",
    "lpnormalization_default", "lppool_1d_default", "lppool_2d_dilations", "matmul_1d_1d",
    "matmul_1d_3d", "matmul_4d_1d", "max_one_input", "maxpool_2d_ceil_output_size_reduce_by_one",
    "mean_example", "mean_one_input", "mean_two_inputs", "reduce_log_sum_exp_keepdims_random",
    "reduce_log_sum_exp_negative_axes_keepdims_example",
    "reduce_log_sum_exp_negative_axes_keepdims_random", "relu_expanded_ver18",
    "reshape_reordered_all_dims", "resize_downsample_scales_cubic",
    "resize_downsample_scales_linear", "resize_upsample_scales_cubic_align_corners",
    "resize_upsample_scales_nearest", "rotary_embedding_3d_input_expanded", "selu_default",
    "shrink_hard", "shrink_soft", "simple_rnn_bidirectional", "softplus_example",
    "softsign_example_expanded_ver18", "spacetodepth_crd_mode_example", "spacetodepth_example",
    "swiglu", "swiglu_float16", "tile_precomputed", "upsample_nearest",
)  # fmt: skip
# Of these only the shapes: of layers that are none of our kinds, and of integers.
SHAPES = (
    "acos", "affine_grid_2d", "affine_grid_3d_align_corners", "and2d", "and_bcast3v2d",
    "argmax_default_axis_example", "argmax_default_axis_example_select_last_index",
    "argmax_negative_axis_keepdims_random_select_last_index", "argmin_default_axis_example",
    "attention_24_qk_matmul_output_mode3_softmax_precision",
    "attention_3d_with_past_and_present_qk_matmul_softcap",
    "attention_4d_causal_nonpad_continued_prefill", "averagepool_2d_pads",
    "averagepool_2d_pads_count_include_pad", "bernoulli", "bitcast_bool_to_uint8",
    "bitshift_left_int8", "bitshift_right_int32_shift_ge_width", "bitshift_right_uint32",
    "bitwise_and_i32_2d", "bitwise_and_ui64_bcast_3v1d", "bitwise_not_2d", "bitwise_not_3d",
    "causal_conv_with_state_fp16", "causal_conv_with_state_swish_alias",
    "causal_conv_with_state_with_bias_and_past_state", "center_crop_pad_crop_axes_chw",
    "center_crop_pad_crop_negative_axes_hwc", "center_crop_pad_pad", "clip_min_greater_than_max",
    "convinteger_with_padding", "convinteger_without_padding", "convtranspose_output_shape",
    "cumprod_1d", "cumprod_1d_reverse_exclusive", "cumprod_2d_negative_axis", "cumsum_1d_reverse",
    "cumsum_1d_reverse_exclusive", "dequantizelinear_blocked", "dequantizelinear_e5m2",
    "dequantizelinear_int4", "det_nd", "dft_inverse_opset19", "dft_irfft", "dft_opset19",
    "div_uint8", "dropout_default_mask", "dynamicquantizelinear",
    "dynamicquantizelinear_min_adjusted", "einsum_batch_diagonal", "einsum_sum", "equal_uint64",
    "eyelike_populate_off_main_diagonal", "eyelike_without_dtype", "gather_2d_indices",
    "gather_elements_0", "gather_elements_negative_indices", "gather_negative_indices",
    "gathernd_example_int32", "gathernd_example_int32_batch_dim1", "greater_bcast",
    "gridsample_bicubic", "gridsample_bicubic_align_corners_1_additional_1",
    "gridsample_volumetric_nearest_align_corners_1", "gru_batchwise", "gru_reverse",
    "hardmax_axis_0", "hardmax_example", "hardmax_negative_axis", "if", "isnan",
    "l1normalization_axis_0", "l1normalization_axis_last", "layer_normalization_2d_axis1",
    "layer_normalization_3d_axis1_epsilon", "layer_normalization_3d_axis_negative_3_epsilon",
    "linear_attention_explicit_scale", "linear_attention_gated_delta", "linear_attention_linear",
    "lppool_2d_pads", "lstm_batchwise", "lstm_bidirectional", "matmulinteger", "maxpool_2d_pads",
    "maxpool_with_argmax_2d_precomputed_strides", "maxunpool_export_with_output_shape",
    "maxunpool_export_without_output_shape", "mod_uint8", "not_2d", "onehot_with_negative_axis",
    "onehot_without_axis", "pow_types_float32_int32", "prelu_broadcast", "qlinearconv",
    "qlinearmatmul_2D_int8_float16", "qlinearmatmul_3D_int8_float16",
    "qlinearmatmul_3D_uint8_float32", "quantizelinear", "quantizelinear_blocked_asymmetric",
    "quantizelinear_uint16", "reduce_prod_default_axes_keepdims_random",
    "reduce_prod_do_not_keepdims_random", "reduce_prod_negative_axes_keepdims_example",
    "resize_downsample_scales_nearest", "resize_downsample_sizes_nearest_not_larger",
    "resize_tf_crop_and_resize_extrapolation_value", "reversesequence_bfloat16",
    "reversesequence_time", "roialign_aligned_true", "roialign_mode_max",
    "rotary_embedding_3d_input", "scatter_elements_with_duplicate_indices",
    "scatter_elements_with_reduction_max", "scatter_elements_without_axis", "scatter_with_axis",
    "scatter_without_axis", "scatternd", "scatternd_min", "scatternd_min_with_element_indices",
    "simple_rnn_batchwise", "simple_rnn_reverse", "slice_neg_steps", "stft", "stft_with_window",
    "swiglu_alpha_expanded", "tensorscatter_3d", "top_k", "top_k_same_values_2d",
    "top_k_smallest", "training_dropout_zero_ratio_mask", "tril_square_neg", "triu",
    "triu_out_neg_out", "where_long_example", "xor_bcast3v2d",
)  # fmt: skip
# Modules that both of PyTorch's exporters to ONNX may write; those of `.pt2` files are below.
EXPORTED = (
    "attention_causal_torchscript", "attention_mask_of_truths_dynamo",
    "attention_mask_of_truths_torchscript", "module_attention_dynamo", "module_gru_torchscript",
    "module_windows_torchscript", "pieces_functions_torchscript", "pieces_norms_of_maps_dynamo",
    "pieces_rms_norms_dynamo",
)  # fmt: skip
PROGRAMS = (
    "a_norm_in_pieces", "a_product_with_a_weight", "a_volume_and_a_line",
    "attention_mask_of_truths", "attention_under_a_mask", "axes_named_by_others",
    "causal_attention_with_a_scale", "choices_by_constants", "class_token_and_positions",
    "decoder", "fold", "frames_in_the_batch", "glu_and_one_bound", "in_place", "lstm",
    "module_tokens", "module_windows", "norms", "pieces_functions", "pieces_norms",
    "pieces_norms_of_maps", "pieces_rms_norms", "pixel_shuffle", "places_written", "powers",
    "products_of_unequal_batches", "queries_to_a_memory", "repeats", "resampling", "rnn",
    "roll_of_channels_and_rows", "scale_and_shift_of_channels", "sums_of_products",
    "sums_with_factors", "transposed__grouped", "two_biases_of_one_weight", "unfold",
    "windows_of_every_sort",
)  # fmt: skip
KERAS = (
    "attention", "bent", "cells", "constants", "digits", "maps_attending", "merges", "moved",
    "norms", "operations", "orders", "pictures", "sentences", "siamese", "unet",
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
    """A file with its name, and the arrays and figures of its program; of shapes no inputs."""

    name: str
    data: bytes
    inputs: list[Any]
    outputs: list[Any]
    figures: Mapping[str, int] = {}


def word(name: str) -> str:
    """A name that a file may have."""
    return "".join(one if one.isalnum() else "_" for one in name)


def of_nodes() -> Iterator[Recorded]:
    for case, network in test_onnx_nodes.runnable():
        if case.name.removeprefix("test_") in NODES:
            yield _node(case, network, [case.feeds[axes.name] for axes in network.input_axes])
    for case, read in test_onnx_nodes.networks():
        if case.name.removeprefix("test_") in SHAPES:
            assert isinstance(read, ForeignNetwork)
            yield _node(case, read, [])


def _node(case: test_onnx_nodes.Case, network: ForeignNetwork, inputs: list[Any]) -> Recorded:
    name = case.name.removeprefix("test_")
    outputs = [case.outputs[one] for one in network.output_views]
    return Recorded(f"{name}.onnx", case.model.SerializeToString(), inputs, outputs)


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
    for name, (does, held, sizes) in test_torch_programs.CASES.items():
        if word(name) in PROGRAMS:
            torch.manual_seed(0)
            made = test_torch_programs.Does(does, **held).eval()
            inputs = tuple(torch.randn(*one) for one in sizes)
            found = _program(folder / f"{word(name)}.pt2", made, inputs)
            yield found._replace(
                figures={**found.figures, "macs": test_torch_programs.counted(made, inputs)}
            )
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
    yield from of_nodes()
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
