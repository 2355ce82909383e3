"""The page on radiation holds what the code does."""

import re
from pathlib import Path

import pytest
import yaml

from radiation.devices import device_from_mapping, memory_array, truncated_geometric
from radiation.upsets import same_word_probability

PAGE = (Path(__file__).parents[2] / "docs" / "radiation.md").read_text()


def test_the_device_of_the_page_is_read():
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "my-memory" in block)
    device = device_from_mapping(yaml.safe_load(block))
    assert device.warnings()[1] == "my-memory: upsets by heavy ions are not known and left out: cells"


def test_the_table_of_doubles_in_one_word_is_computed():
    law = truncated_geometric(multi_cell_share=0.15, growth=0.25, largest=8)
    header, row = (re.search(rf"^\| {name} \|(.*)\|$", PAGE, re.MULTILINE) for name in ("interleaving", "probability"))
    for interleaving, printed in zip(header[1].split("|"), row[1].split("|"), strict=True):
        memory = memory_array(n_bits=2**26, word_bits=32, interleaving=int(interleaving), bit_line_share=0.6)
        # Two digits are printed.
        assert same_word_probability(memory, law) == pytest.approx(float(printed), rel=0.01)
