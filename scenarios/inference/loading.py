"""From the section `inference` to a network in memory, its images and, for tables, a campaign of single bits."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onboard_models.campaign import run_trials
from onboard_models.campaign.strata import SingleBits
from onboard_models.subject import Answers, Subject
from scenarios.campaigns.folder import write_table
from scenarios.campaigns.source import Network, load, source_of
from scenarios.campaigns.subjects import protection_files, subject_of
from scenarios.campaigns.tables import single_bit_rows
from scenarios.config.inference import MODEL_SUFFIX, TABLE_FILES, Inference
from scenarios.inference.harm_table import HarmTable, harm_table
from simulator.results import code_version, file_sha256, run_key

TABLES_FOLDER: Final = "inference-tables"
"""In the folder of runs: campaigns that were made for a run."""
_ERROR_MARGIN: Final = 0.15
"""Of each group of bits, at 95 %: 43 bits of a large one."""
_SEED: Final = 0
_FEW_ROWS: Final = 64
_NO_BITS: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedNetwork:
    """What tasks run.

    Attributes
    ----------
    network : with its images
    subject : the network and its protection in memory
    """

    network: Network
    subject: Subject

    @property
    def n_rows(self) -> int:
        """Images to run at once: few, so that weights which few are asked about cost little."""
        return self.network.n_fixed or min(_FEW_ROWS, self.network.n_rows)

    def clean_answers(self) -> Answers:
        """Return the answers to all images without flips."""
        x = self.network.images.x
        starts = range(0, len(x), self.n_rows)
        parts = [self.subject.answers(x[start : start + self.n_rows], _NO_BITS) for start in starts]
        return Answers(
            label=np.concatenate([part.label for part in parts]),
            exit_index=np.concatenate([part.exit_index for part in parts]),
            is_finite=np.concatenate([part.is_finite for part in parts]),
            is_detected=np.concatenate([part.is_detected for part in parts]),
        )


def loaded_network(section: Inference, folder: Path) -> LoadedNetwork:
    """Return the network of a section; `folder` is that of the scenario file.

    Raises
    ------
    ValueError
        If model, images and protection do not go together.
    """
    is_file = section.model.endswith(MODEL_SUFFIX)
    source = source_of(
        str(folder / section.model) if is_file else section.model,
        dataset=None if section.dataset is None else folder / section.dataset,
        dtype=None,
        n_images=section.n_images,
    )
    network, subject = load(source), subject_of(source, section.protection)
    return LoadedNetwork(network=network, subject=subject)


def table_of(section: Inference, loaded: LoadedNetwork, folder: Path, runs_folder: Path) -> HarmTable:
    """Return the table of a campaign, made and kept in the folder of runs where none is named.

    Raises
    ------
    ValueError
        If the campaign is one of another network, or without this protection.
    """
    if section.table is not None:
        return harm_table(_given(section, loaded, folder / section.table))
    own_files = {name: file_sha256(path) for name, path in protection_files(section.protection).items()}
    text = f"inference table\n{section.protection}\n{section.n_images}\n{_ERROR_MARGIN}"
    key = run_key(text, dict(loaded.network.digests) | own_files, code_version())
    path = runs_folder / TABLES_FOLDER / f"{key}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:  # of several runs that need it, one makes it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            write_table(path, _made(section, loaded))
    return harm_table(pq.read_table(path))


def _given(section: Inference, loaded: LoadedNetwork, path: Path) -> pa.Table:
    campaign, single_bits = (path / name for name in TABLE_FILES)
    digests = json.loads(campaign.read_bytes())["digests"]
    if digests["model"] != loaded.network.digests["model"]:
        raise ValueError(f"table: {path} is a campaign of another network than {section.model}; run one of this one")
    rows = pq.read_table(single_bits)
    known = rows["protection"].cast(pa.string())
    rows = rows.filter(pc.equal(known, section.protection))
    if rows.num_rows == 0:
        names = ", ".join(sorted(set(known.to_pylist())))
        raise ValueError(f"table: {path} has no protection {section.protection!r}, but {names}; name one of them")
    return rows


def _made(section: Inference, loaded: LoadedNetwork) -> pa.Table:
    image = loaded.subject.image
    trials = SingleBits(error_margin=_ERROR_MARGIN, seed=_SEED).on(image)
    images = loaded.network.images
    outcomes = run_trials(loaded.subject, images, trials, range(trials.n_trials), n_rows=loaded.n_rows)
    return single_bit_rows("single bits", section.protection, outcomes, trials, image)
