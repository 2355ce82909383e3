"""Torch modules of the shapes in `architectures`, trained with batch norm and shipped with it folded in."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from onboard_models.zoo.architectures import Block, BlockKind, ConvolutionalShape, TransformerShape

ACTIVATIONS = ("relu", "log")


class LogActivation(nn.Module):
    """ln(1 + max(x, 0)): what RedNet is trained with here; its thresholds are calibrated afterwards."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation."""
        return torch.log1p(torch.relu(x))


def activation(name: str) -> nn.Module:
    """Return a new activation layer, "relu" or "log"."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation = {name!r}: give one of {', '.join(ACTIVATIONS)}")
    return nn.ReLU() if name == "relu" else LogActivation()


class NormalisedConvolution(nn.Module):
    """A convolution and its batch norm, which `folded` merges."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised convolution."""
        y: Tensor = self.norm(self.conv(x))
        return y

    def fold_(self) -> None:
        """Merge the batch norm into the convolution."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class ChainBlock(nn.Module):
    """Convolutions one after another, each followed by the activation."""

    def __init__(self, inputs: int, block: Block, activation_name: str) -> None:
        super().__init__()
        self.is_separable = block.kind is BlockKind.SEPARABLE
        if self.is_separable:
            self.depthwise = NormalisedConvolution(
                inputs, inputs, kernel=block.kernel, stride=block.stride, groups=inputs
            )
            self.pointwise = NormalisedConvolution(inputs, block.channels, kernel=1)
        else:
            self.plain = NormalisedConvolution(inputs, block.channels, kernel=block.kernel, stride=block.stride)
        self.activation = activation(activation_name)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features behind the block."""
        y = self.pointwise(self.activation(self.depthwise(x))) if self.is_separable else self.plain(x)
        active: Tensor = self.activation(y)
        return active


class ResidualBlock(nn.Module):
    """Convolutions beside a shortcut, which is 1 x 1 where the shape changes; activation behind the sum."""

    def __init__(self, inputs: int, block: Block, activation_name: str) -> None:
        super().__init__()
        outputs, kernel, stride = block.channels, block.kernel, block.stride
        if block.kind is BlockKind.BOTTLENECK:
            inner = outputs // 4
            self.convolutions = nn.ModuleList(
                [
                    NormalisedConvolution(inputs, inner, kernel=1),
                    NormalisedConvolution(inner, inner, kernel=kernel, stride=stride),
                    NormalisedConvolution(inner, outputs, kernel=1),
                ]
            )
        else:
            self.convolutions = nn.ModuleList(
                [
                    NormalisedConvolution(inputs, outputs, kernel=kernel, stride=stride),
                    NormalisedConvolution(outputs, outputs, kernel=kernel),
                ]
            )
        is_identity = inputs == outputs and stride == 1
        self.shortcut: nn.Module = nn.Identity()
        if not is_identity:
            self.shortcut = NormalisedConvolution(inputs, outputs, kernel=1, stride=stride)
        self.activation = activation(activation_name)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features behind the block."""
        y = self.convolutions[0](x)
        for convolution in list(self.convolutions)[1:]:
            y = convolution(self.activation(y))
        total: Tensor = self.activation(y + self.shortcut(x))
        return total


class PooledHead(nn.Module):
    """A linear layer on the mean and the maximum of each channel."""

    def __init__(self, channels: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * channels, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, n_classes)."""
        logits: Tensor = self.linear(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))
        return logits


class CellHead(nn.Module):
    """One logit per cell of the feature map, and one from the pooled features for "nowhere"."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cells = nn.Conv2d(channels, 1, 1)
        self.nowhere = PooledHead(channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, n_cells + 1): "nowhere" first, then cells row by row."""
        return torch.cat([self.nowhere(x), self.cells(x).flatten(1)], dim=1)


class ConvolutionalNetwork(nn.Module):
    """Stages of blocks with a head behind the last, and with exits one behind each earlier stage."""

    def __init__(
        self,
        shape: ConvolutionalShape,
        *,
        n_classes: int,
        activation_name: str = "relu",
        has_exits: bool = False,
        has_cells: bool = False,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        widths: list[int] = []
        channels = 1
        for blocks in shape.stages:
            stage = nn.Sequential()
            for i, block in enumerate(blocks):
                has_shortcut = block.kind in (BlockKind.RESIDUAL, BlockKind.BOTTLENECK)
                kind = ResidualBlock if has_shortcut else ChainBlock
                stage.add_module(f"block{i + 1}", kind(channels, block, activation_name))
                channels = block.channels
            self.stages.append(stage)
            widths.append(channels)
        self.exits = nn.ModuleList(PooledHead(width, n_classes) for width in widths[:-1]) if has_exits else None
        self.head: nn.Module = CellHead(channels) if has_cells else PooledHead(channels, n_classes)

    def stage_features(self, x: Tensor) -> list[Tensor]:
        """Return the features behind each stage."""
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features

    def logits_of(self, features: list[Tensor]) -> list[Tensor]:
        """Return the logits of each exit, the last head last."""
        exits = [head(f) for head, f in zip(self.exits, features, strict=False)] if self.exits is not None else []
        return [*exits, self.head(features[-1])]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return logits (n, n_classes) of each exit, the last head last."""
        return self.logits_of(self.stage_features(x))


class AttentionBlock(nn.Module):
    """Self-attention, then two linear layers, each behind a layer norm and beside a shortcut."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.norm1, self.norm2 = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.query, self.key, self.value = (nn.Linear(shape.width, shape.width) for _ in range(3))
        self.project = nn.Linear(shape.width, shape.width)
        self.expand, self.contract = nn.Linear(shape.width, shape.hidden), nn.Linear(shape.hidden, shape.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens (n, n_tokens, width)."""
        tokens = tokens + self._attention(self.norm1(tokens))
        changed: Tensor = tokens + self.contract(torch.relu(self.expand(self.norm2(tokens))))
        return changed

    def _attention(self, tokens: Tensor) -> Tensor:
        """Return what each token gathers from all."""
        query, key, value = (self._heads(layer(tokens)) for layer in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        gathered = torch.softmax(scores, dim=-1) @ value
        merged: Tensor = self.project(gathered.transpose(1, 2).flatten(2))
        return merged

    def _heads(self, tokens: Tensor) -> Tensor:
        """Return (n, n_heads, n_tokens, width per head)."""
        n, n_tokens, width = tokens.shape
        return tokens.reshape(n, n_tokens, self.n_heads, width // self.n_heads).transpose(1, 2)


class VisionTransformer(nn.Module):
    """Square tokens of the patch through attention blocks, mean over tokens."""

    def __init__(self, shape: TransformerShape, *, n_classes: int, size_px: int) -> None:
        super().__init__()
        n_tokens = (size_px // shape.token_px) ** 2
        self.embed = nn.Conv2d(1, shape.width, shape.token_px, shape.token_px)
        self.position = nn.Parameter(torch.zeros(1, n_tokens, shape.width))
        self.blocks = nn.ModuleList(AttentionBlock(shape) for _ in range(shape.n_blocks))
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, n_classes)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return logits (n, n_classes), alone in a list as there are no exits."""
        tokens = self.embed(x).flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        return [self.head(self.norm(tokens).mean(dim=1))]


def initialise_(network: nn.Module, seed: int) -> None:
    """Draw all weights anew: He et al. 2015 for convolutions, Glorot and Bengio 2010 for linear layers."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=generator)
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, VisionTransformer):
            nn.init.normal_(module.position, std=0.02, generator=generator)


def folded(network: nn.Module) -> nn.Module:
    """Return a copy for inference with every batch norm merged into its convolution."""
    copied = copy.deepcopy(network).eval()
    for module in copied.modules():
        if isinstance(module, NormalisedConvolution):
            module.fold_()
    return copied
