"""One clip under every effect
===========================

Needs no data set, and matplotlib: ``pip install -c constraints.txt ".[plot]"``. The effects are
stronger than one would train with, so that the eye finds what the ear would.
"""

import librosa
import matplotlib.pyplot as plt
import numpy as np

from sertools import (
    AddNoise,
    Augmenter,
    BackgroundNoise,
    Gain,
    PitchShift,
    Reverb,
    Speed,
    Telephone,
    TimeMask,
    TimeShift,
    TimeStretch,
    make_corpus,
)

SR = 16000
FLOOR = -60  # dB below the loudest place of the clip, where its spectrogram is black
# A grey, and a blue that stands out from it for all eyes (Okabe & Ito 2008).
BEFORE, AFTER = "0.75", "#0072b2"


def main():
    """Draw the clip, and the clip under each effect."""
    clip, *others = make_corpus(n_speakers=6, n_per_speaker=1, emotions=["happy"]).X
    babble = sum(np.resize(other, len(clip)) for other in others)
    effects = {
        "The clip, grey in what follows": None,
        "Gain(-9)": Gain(-9),
        "AddNoise(20)": AddNoise(20),
        'AddNoise(10, color="brown")': AddNoise(10, color="brown"),
        "BackgroundNoise(10, [babble])": BackgroundNoise(10, [babble]),
        "Telephone()": Telephone(),
        "Reverb(0.6)": Reverb(0.6),
        "TimeMask(0.2)": TimeMask(0.2),
        "TimeShift(0.3)": TimeShift(0.3),
        "PitchShift(6)": PitchShift(6),
        "TimeStretch(0.75)": TimeStretch(0.75),
        "Speed(0.75)": Speed(0.75),
    }
    figure, axes = plt.subplots(
        8,
        3,
        sharex=True,
        sharey="row",
        height_ratios=[2, 3] * 4,
        figsize=(10, 12),
        layout="constrained",
    )
    waveforms, spectrograms = axes[0::2], axes[1::2]
    loudest = magnitudes(clip).max()
    places = zip(waveforms.flat, spectrograms.flat, effects.items(), strict=True)
    for waveform, spectrogram, (title, effect) in places:
        changed = clip
        if effect is not None:
            changed = Augmenter([effect], p=1, random_state=0).fit_transform([clip])[0]
        waveform.set_title(title, family="monospace" if effect else None, size="medium")
        for samples, color in ((clip, BEFORE), (changed, AFTER)):
            waveform.plot(np.arange(len(samples)) / SR, samples, color=color, linewidth=0.5)
        image = spectrogram.imshow(
            librosa.amplitude_to_db(magnitudes(changed), ref=loudest, top_db=None),
            extent=(0, len(changed) / SR, 0, SR / 2000),
            origin="lower",
            aspect="auto",
            cmap="magma",
            vmin=FLOOR,
            vmax=0,
        )
    for waveform, spectrogram in zip(waveforms[:, 0], spectrograms[:, 0], strict=True):
        waveform.set_ylabel("amplitude")
        spectrogram.set_ylabel("kHz")
    for spectrogram in spectrograms[-1]:
        spectrogram.set_xlabel("seconds")
    figure.colorbar(
        image,
        ax=axes,
        location="bottom",
        pad=0.01,
        aspect=60,
        label="dB, the loudest place of the clip at 0",
    )
    plt.show()


def magnitudes(clip):
    """Spectra ``(n_bins, n_frames)`` of frames of 32 ms, one every 5 ms."""
    return np.abs(librosa.stft(clip, n_fft=512, hop_length=80))


if __name__ == "__main__":
    main()
