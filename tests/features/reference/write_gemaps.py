"""Write ``gemaps-v1.csv``: the set by the reference bodies of the core, in double precision.

    python tests/features/reference/write_gemaps.py

The set is frozen: this shows where the file came from, and should write the same again.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from reference_clips import clips

from sertools import AcousticExtractor, kernels

if __name__ == "__main__":
    # No twin is used: what is quick and what is frozen are two things.
    kernels._twin = lambda reference, xp: None
    extractor = AcousticExtractor("gemaps-v1").set_output(transform="pandas")
    table: pd.DataFrame = extractor.fit_transform(clips()).T
    table.columns = ["buzz", "noise", "hum"]
    path = Path(__file__).with_name("gemaps-v1.csv")
    table.to_csv(path, index_label="column", float_format="%.12g")
