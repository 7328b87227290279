"""Corpora and files that several tests of corpora start from."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from sertools.datasets import Corpus, CorpusReport, find_spec


@pytest.fixture
def six() -> Corpus:
    """Six paths of three speakers, three emotions, with genders."""
    frame = pd.DataFrame(
        {
            "emotion": ["angry", "sad", "happy", "angry", "sad", "angry"],
            "speaker": ["a", "a", "b", "b", "c", "c"],
            "gender": ["female", "female", "male", "male", "", ""],
            "arousal": [5, 1, 4, 5, 2, 5],
        }
    )
    return Corpus([f"{i}.wav" for i in range(6)], frame=frame, name="six")


@pytest.fixture
def ravdess_speech() -> pd.DataFrame:
    """The table of the 1440 clips of speech of RAVDESS."""
    spec = find_spec("ravdess")
    names = [
        f"03-01-{emotion:02}-{intensity:02}-{text:02}-{take:02}-{actor:02}.wav"
        for actor, emotion, intensity, text, take in product(
            range(1, 25), range(1, 9), (1, 2), (1, 2), (1, 2)
        )
        if (emotion, intensity) != (1, 2)
    ]
    return pd.DataFrame([{**spec.parse(name), "path": name} for name in names])


@pytest.fixture
def noises() -> Callable[..., list[np.ndarray]]:
    """Makes noise clips of different lengths."""

    def make(n: int = 4, seed: int = 0) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [rng.normal(0, 0.1, 100 + i).astype(np.float32) for i in range(n)]

    return make


@pytest.fixture
def voice(rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """Makes noise that never repeats, in the steps of 16 bits."""

    def make(n: int = 1600, peak: float = 0.3) -> np.ndarray:
        noise = rng.uniform(-1, 1, n)
        steps = np.round(peak * noise / np.abs(noise).max() * 2**15)
        return (steps / 2**15).astype(np.float32)

    return make


@pytest.fixture
def write() -> Callable[..., Path]:
    """Writes a recording and the folders it lies in; not by sertools, which writes no defects."""

    def make(file: Path, samples: np.ndarray, sr: int = 16000, subtype: str | None = None) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        sf.write(file, samples.T, sr, subtype=subtype)
        return file

    return make


@pytest.fixture
def touch() -> Callable[..., str]:
    """Makes empty files below a folder, and tells the folder."""

    def make(root: Path, *paths: str) -> str:
        for path in paths:
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return str(root)

    return make


@pytest.fixture
def found_in() -> Callable[[CorpusReport], dict[str, list[str]]]:
    """Tells the stems of the files with each defect."""

    def stems(report: CorpusReport) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for defect, path in zip(report.findings["defect"], report.findings["path"], strict=True):
            found.setdefault(defect, []).append(Path(path).stem)
        return found

    return stems
