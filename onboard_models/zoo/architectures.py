"""Shapes of the networks as data: blocks per stage; early exits stand behind the first and second stage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class BlockKind(StrEnum):
    """How the convolutions of a block are arranged."""

    PLAIN = "plain"  # one convolution
    RESIDUAL = "residual"  # two convolutions beside a shortcut
    SEPARABLE = "separable"  # one per channel, then 1 x 1
    BOTTLENECK = "bottleneck"  # 1 x 1 to a quarter, k x k, 1 x 1 back, beside a shortcut


@dataclass(frozen=True, slots=True)
class Block:
    """One block: output channels, stride and kernel side of its spatial convolution."""

    channels: int
    stride: int = 1
    kernel: int = 3
    kind: BlockKind = BlockKind.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolutionalShape:
    """Stages of blocks; behind the last one a linear layer on the mean and the maximum of each channel."""

    stages: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerShape:
    """A vision transformer: square tokens, pre-norm blocks, mean over tokens."""

    token_px: int
    width: int
    n_heads: int
    n_blocks: int
    hidden: int


def _residual(channels: int, stride: int = 1) -> Block:
    return Block(channels, stride, kind=BlockKind.RESIDUAL)


def _separable(channels: int, stride: int = 1) -> Block:
    return Block(channels, stride, kind=BlockKind.SEPARABLE)


def _bottleneck(channels: int, stride: int = 1) -> Block:
    return Block(channels, stride, kind=BlockKind.BOTTLENECK)


def _plain_chain(*blocks: tuple[int, int], kernel: int = 3) -> tuple[Block, ...]:
    return tuple(Block(channels, stride, kernel) for channels, stride in blocks)


CNN: Final = ConvolutionalShape(
    stages=(
        (Block(16, 2), Block(24)),
        (Block(48, 2), Block(48)),
        (Block(64), Block(64), Block(56, 2)),
    )
)
"""Seven convolutions, 7.6 million multiplications, of which 12 % and 39 % lie before the exits."""

RESIDUAL: Final = ConvolutionalShape(
    stages=((Block(12, 2), _residual(12)), (_residual(48, 2),), (_residual(56), _residual(56, 2)))
)
DEPTHWISE: Final = ConvolutionalShape(
    stages=(
        (Block(12, 2), Block(16)),
        (_separable(64, 2), _separable(96), _separable(96)),
        (_separable(128), _separable(160), _separable(192, 2)),
    )
)
VISION_TRANSFORMER: Final = TransformerShape(token_px=4, width=64, n_heads=4, n_blocks=3, hidden=128)
DETECTOR: Final = ConvolutionalShape(
    stages=((Block(16), Block(24, 2)), (Block(32),), (Block(48, 2), Block(48), Block(64, 2), Block(64)))
)

SMALL: Final = {
    "small-pyramid": ConvolutionalShape(stages=(_plain_chain((8, 2), (12, 1), (16, 2), (24, 1), (32, 2), (40, 1)),)),
    "small-equal-width": ConvolutionalShape(
        stages=(_plain_chain((22, 2), (22, 1), (22, 2), (22, 1), (22, 2), (22, 1), (22, 1)),)
    ),
    "small-reversed-pyramid": ConvolutionalShape(
        stages=(_plain_chain((40, 2), (32, 2), (24, 1), (16, 1), (12, 2), (8, 1)),)
    ),
    "small-wide-middle": ConvolutionalShape(stages=(_plain_chain((8, 2), (16, 2), (40, 1), (40, 1), (16, 2), (8, 1)),)),
    "small-alternating": ConvolutionalShape(
        stages=(_plain_chain((32, 2), (8, 2), (40, 1), (8, 1), (48, 2), (8, 1), (40, 1)),)
    ),
    "small-residual": ConvolutionalShape(
        stages=((Block(20, 2), _residual(20, 2), _residual(20), _residual(20, 2), _residual(20)),)
    ),
    "small-bottleneck": ConvolutionalShape(
        stages=((Block(48, 2), _bottleneck(48, 2), _bottleneck(96), _bottleneck(64, 2), _bottleneck(48)),)
    ),
}
"""Networks for studies of which layers matter, in which the size of a layer does not follow from its depth."""
