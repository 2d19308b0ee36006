"""Models of torchvision, timm and Transformers, made without their weights.

Each is counted by `test_public_models.py`. Those of Transformers are small configurations, which
have every layer of the large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tests.crosscheck import without_operators

# By the name in `torchvision.models`: the shape of its input.
TORCHVISION: dict[str, tuple[int, ...]] = {
    "alexnet": (3, 224, 224), "vgg11": (3, 224, 224), "resnet50": (3, 224, 224),
    "resnext50_32x4d": (3, 224, 224), "densenet121": (3, 224, 224),
    "squeezenet1_0": (3, 224, 224), "inception_v3": (3, 299, 299), "googlenet": (3, 224, 224),
    "mobilenet_v2": (3, 224, 224), "mobilenet_v3_large": (3, 224, 224),
    "mnasnet1_0": (3, 224, 224), "shufflenet_v2_x1_0": (3, 224, 224),
    "efficientnet_b0": (3, 224, 224), "convnext_tiny": (3, 224, 224), "vit_b_16": (3, 224, 224),
    "swin_t": (3, 224, 224), "swin_v2_t": (3, 224, 224),
    "segmentation.deeplabv3_resnet50": (3, 224, 224), "segmentation.fcn_resnet50": (3, 224, 224),
    "segmentation.lraspp_mobilenet_v3_large": (3, 224, 224), "video.r3d_18": (3, 16, 112, 112),
    "video.r2plus1d_18": (3, 16, 112, 112),
}  # fmt: skip

TIMM = (
    "vit_tiny_patch16_224", "deit_small_patch16_224", "beit_base_patch16_224",
    "swin_tiny_patch4_window7_224", "coatnet_0_rw_224", "mobilevit_s", "mobilevitv2_100",
    "mixer_b16_224", "resmlp_12_224", "gmlp_s16_224", "convmixer_768_32", "poolformer_s12",
    "pvt_v2_b0", "twins_svt_small", "crossvit_tiny_240", "hrnet_w18_small", "dla34",
    "ghostnet_100", "res2net50_26w_4s", "resnest14d", "skresnet18", "seresnet50", "cspresnet50",
    "repvgg_a0", "fastvit_t8", "nest_tiny", "regnety_002", "visformer_tiny", "hiera_tiny_224",
    "davit_tiny", "gcvit_xxtiny", "focalnet_tiny_srf", "efficientvit_b0", "inception_next_tiny",
    "repvit_m0_9", "starnet_s1", "hgnet_tiny", "mobilenetv4_conv_small", "nextvit_small",
    "mambaout_femto", "botnet26t_256", "lambda_resnet26t", "convit_tiny", "convnextv2_atto",
    "ecaresnet26t", "lcnet_050", "mixnet_s", "dm_nfnet_f0", "nf_resnet50", "resnetv2_50x1_bit",
)  # fmt: skip

SMALL = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
}
WORDS = SMALL | {"vocab_size": 200}
DECODER = WORDS | {"num_key_value_heads": 2, "use_cache": False}
GPT = {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 200, "use_cache": False}
BART = {
    "d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128,
    "vocab_size": 200, "pad_token_id": 1, "use_cache": False,
}  # fmt: skip
IDS = ("input_ids", (12,))
PIXELS = ("pixel_values", (3, 64, 64))


class Small(NamedTuple):
    """A class of Transformers, the fields of its configuration, and the input of one sample."""

    model: str
    config: Mapping[str, Any]
    input: tuple[str, tuple[int, ...]]
    part: str = ""
    # So many words are padding, and a second input says which.
    padding: int = 0


TRANSFORMERS: dict[str, Small] = {
    "bert": Small("BertForMaskedLM", WORDS, IDS),
    "bert with padding": Small("BertModel", WORDS, IDS, padding=4),
    "distilbert": Small(
        "DistilBertModel",
        {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128, "vocab_size": 200},
        IDS,
    ),
    "roberta": Small("RobertaModel", WORDS, IDS),
    "albert": Small("AlbertModel", WORDS | {"embedding_size": 32}, IDS),
    "electra": Small("ElectraModel", WORDS | {"embedding_size": 32}, IDS),
    "deberta v2": Small("DebertaV2Model", WORDS, IDS),
    "mpnet": Small("MPNetModel", WORDS, IDS),
    "gpt2": Small("GPT2LMHeadModel", GPT, IDS),
    "opt": Small(
        "OPTModel",
        SMALL | {"vocab_size": 200, "ffn_dim": 128, "word_embed_proj_dim": 64, "use_cache": False},
        IDS,
    ),
    "llama": Small("LlamaForCausalLM", DECODER, IDS),
    "gemma": Small("GemmaModel", DECODER | {"head_dim": 16}, IDS),
    "bloom": Small(
        "BloomModel",
        {"hidden_size": 64, "n_layer": 2, "n_head": 4, "vocab_size": 200, "use_cache": False},
        IDS,
    ),
    "t5 encoder": Small(
        "T5EncoderModel",
        {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4,
         "vocab_size": 200, "use_cache": False},
        IDS,
    ),
    "bart": Small("BartModel", BART, IDS),
    "bart encoder": Small("BartModel", BART, IDS, "encoder"),
    "whisper encoder": Small(
        "WhisperModel",
        BART | {"max_source_positions": 50, "decoder_start_token_id": 1, "bos_token_id": 1},
        ("input_features", (80, 100)),
        "encoder",
    ),
    "clip vision": Small("CLIPVisionModel", SMALL | {"image_size": 64, "patch_size": 16}, PIXELS),
    "clip text": Small("CLIPTextModel", WORDS | {"eos_token_id": 1}, IDS),
    "siglip": Small("SiglipVisionModel", SMALL | {"image_size": 64}, PIXELS),
    "dinov2": Small(
        "Dinov2Model",
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 56,
         "patch_size": 14},
        ("pixel_values", (3, 56, 56)),
    ),
    "vit": Small("ViTForImageClassification", SMALL | {"image_size": 64}, PIXELS),
    "beit": Small("BeitModel", SMALL | {"image_size": 64}, PIXELS),
    "swin": Small(
        "SwinModel",
        {"image_size": 64, "embed_dim": 24, "depths": [2, 2], "num_heads": [2, 4],
         "window_size": 4},
        PIXELS,
    ),
    "swin v2": Small(
        "Swinv2Model",
        {"image_size": 64, "embed_dim": 24, "depths": [2, 2], "num_heads": [2, 4],
         "window_size": 4},
        PIXELS,
    ),
    "segformer": Small(
        "SegformerForSemanticSegmentation",
        {"depths": [1, 1, 1, 1], "hidden_sizes": [16, 32, 40, 64], "decoder_hidden_size": 64},
        PIXELS,
    ),
    "detr": Small(
        "DetrForObjectDetection",
        {"backbone": None, "use_timm_backbone": False, "use_pretrained_backbone": False,
         "backbone_config": {"model_type": "resnet", "out_features": ["stage4"],
                             "embedding_size": 8, "hidden_sizes": [16, 16, 32, 32],
                             "depths": [1, 1, 1, 1]},
         "encoder_layers": 1, "decoder_layers": 1, "d_model": 32, "encoder_ffn_dim": 64,
         "decoder_ffn_dim": 64},
        PIXELS,
    ),
    "yolos": Small("YolosForObjectDetection", SMALL | {"image_size": [64, 64]}, PIXELS),
    "poolformer": Small(
        "PoolFormerModel", {"depths": [1, 1, 1, 1], "hidden_sizes": [16, 32, 40, 64]}, PIXELS
    ),
    "videomae": Small(
        "VideoMAEModel",
        SMALL | {"image_size": 32, "num_frames": 4},
        ("pixel_values", (4, 3, 32, 32)),
    ),
    "wav2vec2": Small(
        "Wav2Vec2Model",
        {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
         "intermediate_size": 64, "conv_dim": (16, 16), "conv_kernel": (10, 3),
         "conv_stride": (5, 2), "num_feat_extract_layers": 2, "num_conv_pos_embeddings": 16,
         "num_conv_pos_embedding_groups": 4},
        ("input_values", (400,)),
    ),
    "audio spectrogram": Small(
        "ASTModel", SMALL | {"max_length": 128}, ("input_values", (128, 128))
    ),
}  # fmt: skip

# Architectures of torchvision and timm that run at a small size in a moment.
RUN: dict[str, Callable[[Any], Any]] = {
    "torchvision swin": lambda models: models.SwinTransformer(
        patch_size=[4, 4], embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4]
    ),
    "torchvision maxvit": lambda models: models.MaxVit(
        input_size=(64, 64), stem_channels=8, partition_size=4, block_channels=[8, 16],
        block_layers=[1, 1], head_dim=4, stochastic_depth_prob=0.0,
    ),
    "torchvision vit": lambda models: models.VisionTransformer(64, 16, 2, 2, 24, 48),
    "torchvision efficientnet": lambda models: models.efficientnet_b0(),
    "torchvision regnet": lambda models: models.regnet_y_400mf(),
    "torchvision densenet": lambda models: models.DenseNet(8, (2, 2, 2, 2), 16),
    "torchvision shufflenet": lambda models: models.shufflenet_v2_x0_5(),
    "torchvision mobilenet": lambda models: models.mobilenet_v3_small(),
}  # fmt: skip


def run_model(name: str) -> Made:
    """A module with weights that are drawn, and inputs that it runs on in a moment."""
    if name not in RUN:
        return model(f"transformers {name}")
    torch.manual_seed(0)
    without_operators.torchvision()
    from torchvision import models

    return RUN[name](models).eval(), (torch.randn(1, 3, 64, 64),), {}


RUN_NAMES = (*RUN, *TRANSFORMERS)

NAMES = (
    *(f"torchvision {name}" for name in TORCHVISION),
    *(f"timm {name}" for name in TIMM),
    *(f"transformers {name}" for name in TRANSFORMERS),
)


Made = tuple[nn.Module, tuple[Tensor, ...], dict[str, Tensor]]


def model(name: str, device: str = "meta") -> Made:
    """The module, and the inputs of one sample, by place or by name; large models on `device`.

    Raises ImportError where the package is not installed.
    """
    package, _, word = name.partition(" ")
    make = {"torchvision": _torchvision, "timm": _timm, "transformers": _transformers}[package]
    torch.manual_seed(0)
    without_operators.torchvision()
    with torch.device(device if package != "transformers" else "cpu"):
        module, *inputs = make(word)
    return module.eval(), *inputs


def _torchvision(name: str) -> Made:
    from torchvision import models

    make: Any = models
    for part in name.split("."):
        make = getattr(make, part)
    options: dict[str, Any] = {"weights": None}
    if name.startswith("segmentation"):
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return make(**options), (torch.zeros(1, *TORCHVISION[name]),), {}


def _timm(name: str) -> Made:
    import timm

    module = timm.create_model(name, pretrained=False)
    return module, (torch.zeros(1, *module.default_cfg["input_size"]),), {}


def _transformers(name: str) -> Made:
    import transformers

    small = TRANSFORMERS[name]
    made = getattr(transformers, small.model)
    module = made(made.config_class(**small.config))
    word, shape = small.input
    is_text = small.input == IDS
    given = torch.randint(2, 200, (1, *shape)) if is_text else torch.randn(1, *shape)
    inputs = {word: given}
    if small.padding:
        inputs["attention_mask"] = (torch.arange(shape[0]) < shape[0] - small.padding).long()[None]
    return getattr(module, small.part) if small.part else module, (), inputs
