"""Write ``speech-v1.csv.gz``: the set by the reference bodies of the core, in double precision.

    python tests/features/reference/write_speech.py

The set is frozen: this shows where the file came from, and should write the same again.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from reference_clips import clips_in_a_room

from sertools import AcousticExtractor, kernels

if __name__ == "__main__":
    # No twin is used: what is quick and what is frozen are two things.
    kernels._twin = lambda reference, xp: None
    extractor = AcousticExtractor("speech-v1").set_output(transform="pandas")
    table: pd.DataFrame = extractor.fit_transform(clips_in_a_room()).T
    table.columns = ["buzz", "noise", "hum"]
    path = Path(__file__).with_name("speech-v1.csv.gz")
    # No time of writing goes into the file.
    compression = {"method": "gzip", "mtime": 0}
    table.to_csv(path, index_label="column", float_format="%.9g", compression=compression)
