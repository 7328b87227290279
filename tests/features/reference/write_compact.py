"""Write ``compact-v1.csv``: the columns of the set by librosa and NumPy, in double precision.

    python tests/features/reference/write_compact.py

The set is frozen: this shows where the file came from, and should write the same again.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pandas as pd
from reference_clips import SR, clips

FRAMES = {"frame_length": 512, "hop_length": 160}
SPECTRA = {"sr": SR, "n_fft": 512, "hop_length": 160, "n_mels": 64, "dtype": np.float64}


def channels(clip: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Channels over time, by family and name."""
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(y=clip, **SPECTRA))
    cepstra = librosa.feature.mfcc(S=decibels, n_mfcc=20)
    slopes = librosa.feature.delta(cepstra)
    return {
        "zcr": {"zcr": librosa.feature.zero_crossing_rate(clip, **FRAMES)[0]},
        "rms": {"rms": librosa.feature.rms(y=clip, **FRAMES, dtype=np.float64)[0]},
        "mfcc": {f"mfcc{i:02d}": channel for i, channel in enumerate(cepstra)}
        | {f"mfcc{i:02d}_delta": channel for i, channel in enumerate(slopes)},
        "mel": {f"mel{i:02d}": channel for i, channel in enumerate(decibels)},
    }


def row(clip: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation of each channel, in the order of the columns."""
    return {
        f"{name}_{statistic}": getattr(channel, statistic)()
        for family in channels(clip).values()
        for statistic in ("mean", "std")
        for name, channel in family.items()
    }


if __name__ == "__main__":
    table = pd.DataFrame([row(clip) for clip in clips()]).T
    table.columns = ["buzz", "noise", "hum"]
    path = Path(__file__).with_name("compact-v1.csv")
    table.to_csv(path, index_label="column", float_format="%.12g")
