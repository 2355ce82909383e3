"""Results of a run: table schema, run folder, summary."""

from simulator.results.files import file_sha256
from simulator.results.provenance import Provenance, code_version, run_key
from simulator.results.reader import RunTables, read_run
from simulator.results.run_folder import DamagedRunError, RunFolder, open_run
from simulator.results.summary import summarise
from simulator.results.tables import TABLES
from simulator.results.tables_page import describe_tables
from simulator.results.writer import TableWriter

__all__ = [
    "TABLES",
    "DamagedRunError",
    "Provenance",
    "RunFolder",
    "RunTables",
    "TableWriter",
    "code_version",
    "describe_tables",
    "file_sha256",
    "open_run",
    "read_run",
    "run_key",
    "summarise",
]
