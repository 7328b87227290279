"""What was compiled a moment ago computes what was compiled and kept."""

from __future__ import annotations

import os
import subprocess
import sys

ROWS = """
import hashlib
import numpy as np
from sertools import AcousticExtractor, make_corpus
clips = [clip.astype(np.float64) for clip in make_corpus(n_speakers=1, n_per_speaker=6).X[:3]]
rows = AcousticExtractor("gemaps").fit_transform(clips)
print(hashlib.sha256(rows.tobytes()).hexdigest())
"""


def test_bits_do_not_depend_on_the_cache(tmp_path):
    """In double precision, where no rounding at the end covers them up."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    fresh, kept = (
        subprocess.run(
            [sys.executable, "-c", ROWS],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for _ in range(2)
    )
    assert any(tmp_path.rglob("*.nbi"))
    assert fresh == kept


def test_without_compilation_the_references_run():
    code = "import numpy as np; from sertools import AcousticExtractor as A;"
    code += "print(A().fit_transform([np.ones(3000)]).shape)"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert run.stdout == "(1, 212)\n"
