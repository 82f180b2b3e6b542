"""EfficientNet-Lite0 in NumPy (Tan and Le 2019, arXiv:1905.11946; the Lite variant: no squeeze-and-excite, ReLU6).

Arrays are views x height x width x channels. A 1x1 convolution is a matrix product; a depthwise one is a sum of
shifted products. Batch normalisation (epsilon 1e-3) is folded into the weights before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUT_SIDE_PIXELS = 224  # of the square input
FEATURE_COUNT = 1280
EPSILON = 1e-3
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the first block of each stage; a stage begins where the width changes

type Array = NDArray[np.float32]
type Weights = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Layer:
    """A convolution with its batch normalisation folded in."""

    weight: Array
    bias: Array

    def product(self, x: Array) -> Array:
        """Apply a 1x1 convolution."""
        return x @ self.weight + self.bias

    def depthwise(self, x: Array, stride: int) -> Array:
        """Convolve each channel with its own kernel; the result has the input's size by the stride, rounded up."""
        kernel = self.weight.shape[0]
        padded = pad_same(x, kernel, stride)
        height, width = -(-x.shape[1] // stride), -(-x.shape[2] // stride)
        total = np.empty((x.shape[0], height, width, x.shape[3]), dtype=np.float32)
        total[:] = self.bias
        shifted = np.empty_like(total)
        for row in range(kernel):
            for column in range(kernel):
                rows = slice(row, row + stride * (height - 1) + 1, stride)
                columns = slice(column, column + stride * (width - 1) + 1, stride)
                np.multiply(padded[:, rows, columns], self.weight[row, column], out=shifted)
                total += shifted
        return total


@dataclass(frozen=True)
class Block:
    """An inverted residual: expand, depthwise, project; added to its input where the shapes agree."""

    expand: Layer | None
    depth: Layer
    project: Layer
    stride: int

    def __call__(self, x: Array) -> Array:
        wide = relu6(self.expand.product(x)) if self.expand else x
        narrow = self.project.product(relu6(self.depth.depthwise(wide, self.stride)))
        return narrow + x if self.stride == 1 and narrow.shape == x.shape else narrow


class Network:
    """EfficientNet-Lite0: from 224 x 224 pixels to 1,280 features and the probabilities of 1,000 classes."""

    def __init__(self, weights: Weights) -> None:
        self.stem = fold_normalisation(weights, "_conv_stem", "_bn0", full_weights)
        self.blocks = build_blocks(weights)
        self.head = fold_normalisation(weights, "_conv_head", "_bn1", pointwise_weights)
        self.classes = Layer(np.ascontiguousarray(weights["_fc.weight"].T), weights["_fc.bias"])

    def features(self, views: NDArray[np.uint8]) -> Array:
        """1,280 numbers for each of the views, which are 224 x 224 RGB pixels of 8 bits."""
        x: Array = (views.astype(np.float32) - np.float32(127)) / np.float32(128)
        x = relu6(stem_patches(x) @ self.stem.weight + self.stem.bias)
        for block in self.blocks:
            x = block(x)
        means: Array = relu6(self.head.product(x)).mean(axis=(1, 2))
        return means

    def probabilities(self, features: Array) -> Array:
        """The probability of each of the 1,000 classes: the softmax of its logit."""
        logits = self.classes.product(features)
        raised: Array = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares: Array = raised / raised.sum(axis=-1, keepdims=True)
        return shares


def build_blocks(weights: Weights) -> list[Block]:
    """The blocks of all stages. A stage, and with it a stride, begins where the output width changes."""
    blocks: list[Block] = []
    stage, width = -1, 0
    for number in range(sum(name.endswith("_depthwise_conv.weight") for name in weights)):
        prefix = f"_blocks.{number}."
        project = fold_normalisation(weights, f"{prefix}_project_conv", f"{prefix}_bn2", pointwise_weights)
        first = project.bias.size != width
        stage, width = stage + first, project.bias.size
        depth = fold_normalisation(weights, f"{prefix}_depthwise_conv", f"{prefix}_bn1", depthwise_weights)
        has_expand = f"{prefix}_expand_conv.weight" in weights
        expand = (
            fold_normalisation(weights, f"{prefix}_expand_conv", f"{prefix}_bn0", pointwise_weights)
            if has_expand
            else None
        )
        blocks.append(Block(expand, depth, project, STAGE_STRIDES[stage] if first else 1))
    return blocks


def fold_normalisation(weights: Weights, convolution: str, normalisation: str, arranged: Any) -> Layer:
    """A convolution with its batch normalisation folded in, its weights laid out by `arranged`."""
    scale = weights[f"{normalisation}.weight"] / np.sqrt(weights[f"{normalisation}.running_var"] + EPSILON)
    bias = weights[f"{normalisation}.bias"] - weights[f"{normalisation}.running_mean"] * scale
    weight = arranged(weights[f"{convolution}.weight"] * scale[:, None, None, None])
    return Layer(np.ascontiguousarray(weight, dtype=np.float32), bias.astype(np.float32))


def pointwise_weights(weight: Array) -> Array:
    """(out, in, 1, 1) → (in, out)."""
    return weight[:, :, 0, 0].T


def depthwise_weights(weight: Array) -> Array:
    """(channels, 1, height, width) → (height, width, channels)."""
    return weight[:, 0].transpose(1, 2, 0)


def full_weights(weight: Array) -> Array:
    """(out, in, height, width) → (height · width · in, out)."""
    return weight.transpose(2, 3, 1, 0).reshape(-1, weight.shape[0])


def stem_patches(x: Array) -> Array:
    """The 3x3 surroundings of every second pixel, flattened to a row each: the input of the stem's product."""
    padded = pad_same(x, 3, 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::2, ::2]
    patches: Array = windows.transpose(0, 1, 2, 4, 5, 3).reshape(*windows.shape[:3], -1)
    return patches


def pad_same(x: Array, kernel: int, stride: int) -> Array:
    """Pad with zeros as TensorFlow's "SAME" does: the odd row and column go to the bottom and the right."""
    edges = [(0, 0)]
    for length in x.shape[1:3]:
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        edges.append((total // 2, total - total // 2))
    return np.pad(x, [*edges, (0, 0)])


def relu6(x: Array) -> Array:
    """Clip to 0 to 6, in place."""
    return np.clip(x, 0, 6, out=x)
