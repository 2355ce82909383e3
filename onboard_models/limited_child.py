"""The child process of `limited_run`: bounds itself, then opens and runs the model in its folder."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Final

MODEL: Final = "model.onnx"
INPUTS: Final = "inputs.npz"
LIMITS: Final = "limits.json"
OUTPUTS: Final = "outputs.npz"
NAMES: Final = "output_names.json"
REFUSED_EXIT_CODE: Final = 3


def main() -> int:
    """Run the model of the working folder; the exit code says how it went."""
    limits = json.loads(Path(LIMITS).read_text())
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import numpy as np
    import onnxruntime as ort

    most_bytes = _address_space_bytes() + limits["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["output_bytes"] + 4096, limits["output_bytes"] + 4096))
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        with np.load(INPUTS) as stored:
            found = session.run(None, dict(zip(limits["inputs"], stored.values(), strict=True)))
        np.savez(OUTPUTS, *found)
        Path(NAMES).write_text(json.dumps([output.name for output in session.get_outputs()]))
    except Exception as error:  # whatever a foreign model provokes is the answer of this process
        sys.stderr.write(f"{type(error).__name__}: {error}")
        return REFUSED_EXIT_CODE
    return 0


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    raise SystemExit(main())
