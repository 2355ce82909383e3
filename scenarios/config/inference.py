"""The section `inference`: the network that tasks run, and how answers are judged under flipped bits of its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from scenarios.config.sections import Section, broken_rule

MODEL_SUFFIX = ".onnx"
TABLE_FILES = ("campaign.json", "single_bits.parquet")
"""Files of a campaign that a table is read from."""


def _known_model(name: Any, info: ValidationInfo) -> Any:
    """Refuse a network that is neither shipped nor a file."""
    if not isinstance(name, str):
        return name
    if name.endswith(MODEL_SUFFIX):
        if not (_folder(info) / name).is_file():
            raise broken_rule(f"no such file (got {name!r})", "write the path relative to the scenario file")
        return name
    from onboard_models.catalogue import find_model

    try:
        find_model(name)
    except ValueError as error:
        what, _, remedy = str(error).partition(": ")[2].partition("; ")
        raise broken_rule(f"{what} (got {name!r})", f"{remedy}; or name a file that ends in .onnx") from error
    return name


def _known_protection(name: Any) -> Any:
    """Refuse a protection that there is not."""
    if not isinstance(name, str):
        return name
    from scenarios.campaigns.subjects import check_protection

    try:
        check_protection(name)
    except ValueError as error:
        what, _, remedy = str(error).rpartition("; ")
        raise broken_rule(what or str(error), remedy) from error
    return name


class Inference(Section):
    """A network whose weights lie in the memory that `radiation` upsets; each task asks it for some answers."""

    model: Annotated[str, BeforeValidator(_known_model)] = Field(
        examples=["cnn"], description="a shipped network (`sunwise models`), or an .onnx file"
    )
    protection: Annotated[str, BeforeValidator(_known_protection)] = Field(
        default="none",
        examples=["rednet"],
        description="of the network, as `sunwise inject --protection` names them; + joins several",
    )
    mode: Literal["onnx", "table"] = Field(
        default="onnx",
        description="onnx: the network runs under the bits that flipped; table: answers are drawn from a campaign",
    )
    reload_s: float | None = Field(
        default=None,
        gt=0.0,
        le=1e9,
        examples=[3600],
        description="from a loading of the weights to the next; null: only when a computer starts",
    )
    first_byte: int = Field(
        default=0, ge=0, le=2**50, examples=[0], description="where in the data of memory the network lies"
    )
    images_per_task: int = Field(default=10, ge=1, le=10_000, examples=[10], description="answers that a task asks for")
    dataset: str | None = Field(
        default=None,
        examples=["images.npz"],
        description="images: .npz with x and y, or a folder per class; null: those of the shipped network",
    )
    n_images: int = Field(
        default=256, ge=2, le=100_000, examples=[256], description="tasks draw their images from so many of them"
    )
    table: str | None = Field(
        default=None,
        examples=["campaigns/0123456789abcdef"],
        description="folder of a campaign with --per-layer; null: a small one is made before the run, and kept",
    )

    @model_validator(mode="after")
    def _check_parts(self, info: ValidationInfo) -> Inference:
        if self.dataset is None and self.model.endswith(MODEL_SUFFIX):
            remedy = "add dataset: an .npz with x and y, or a folder with a folder per class"
            raise broken_rule("a model of your own needs images", remedy, at="dataset")
        if self.dataset is not None and not (_folder(info) / self.dataset).exists():
            remedy = "write the path relative to the scenario file"
            raise broken_rule(f"no such file or folder (got {self.dataset!r})", remedy, at="dataset")
        if self.table is not None:
            self._check_table(_folder(info) / self.table)
        return self

    def _check_table(self, path: Path) -> None:
        if self.mode != "table":
            raise broken_rule("the network itself runs, no table is read", "write mode: table", at="table")
        missing = [name for name in TABLE_FILES if not (path / name).is_file()]
        if missing:
            remedy = "name the folder of a campaign that sunwise inject --per-layer has finished"
            raise broken_rule(f"no {missing[0]} there (got {self.table!r})", remedy, at="table")

    @property
    def files(self) -> tuple[str, ...]:
        """Files or folders that the section names, relative to the scenario file."""
        table = () if self.table is None else tuple(f"{self.table}/{name}" for name in TABLE_FILES)
        model = (self.model,) if self.model.endswith(MODEL_SUFFIX) else ()
        return (*model, *(() if self.dataset is None else (self.dataset,)), *table)


def _folder(info: ValidationInfo) -> Path:
    return info.context.get("folder", Path()) if isinstance(info.context, dict) else Path()
