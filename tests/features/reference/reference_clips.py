"""Clips for the reference tables, in closed form: no random generator may ever change them."""

from __future__ import annotations

import numpy as np

SR = 16000


def clips() -> list[np.ndarray]:
    """A gliding buzz with a pause, noise that swells, and a short low hum; float64."""
    t = np.arange(20000) / SR
    phase = 2 * np.pi * (140 * t + 60 * t**2 + 2 * np.sin(2 * np.pi * 5 * t))
    buzz = sum(np.sin(k * phase) / k for k in range(1, 30)) * (np.sin(2 * np.pi * 1.6 * t) > -0.5)
    noise = _noise(12345)
    hum = np.sin(2 * np.pi * 90 * t[:3001]) + 0.3 * np.sin(2 * np.pi * 1210 * t[:3001])
    return [0.2 * buzz + 0.002 * noise[0], 0.3 * noise * np.linspace(0.05, 1, 12345), 0.1 * hum]


def clips_in_a_room() -> list[np.ndarray]:
    """The same on a floor of noise: no two moments are equal, and all ranks and places sure."""
    return [clip + 0.003 * _noise(len(clip)) for clip in clips()]


def _noise(n_times: int) -> np.ndarray:
    """Numbers from -1 to 1 ``(n_times,)``, as good as noise and the same on every machine."""
    # The fractional parts of a fast sine.
    return np.modf(43758.5453 * np.sin(12.9898 * np.arange(1, n_times + 1)))[0]
