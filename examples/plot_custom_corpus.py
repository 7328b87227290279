"""A corpus of your own
=======================

Recordings in one folder per emotion, with the speaker in the file name, are a corpus in one line.
Before it is trained on, it is looked through for what is wrong with it.
"""

# %%
# Synthetic voices are written as such a folder here: ``angry/anna_1.wav`` and so on. Frank
# speaks by telephone. Two defects go with them that are found in many folders: a recording that is
# there twice under two labels, and one without a sound.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sertools import (
    Augmenter,
    Telephone,
    audio,
    evaluate,
    load_folder,
    make_corpus,
    make_emotion_pipeline,
)
from sertools.plotting import PerSpeakerDisplay

NAMES = ["anna", "ben", "clara", "david", "emma", "frank"]

home = tempfile.TemporaryDirectory()
folder = Path(home.name, "recordings")
voices = make_corpus(n_speakers=6, n_per_speaker=18)
speakers = np.unique(voices.groups).tolist()
line = Augmenter([Telephone()], p=1, random_state=0)
for row, clip in enumerate(voices.X):
    name = NAMES[speakers.index(voices.groups[row])]
    if name == "frank":
        (clip,) = line.fit_transform([clip])
    path = folder / voices.y[row] / f"{name}_{row}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    audio.write(path, clip, 16000)
audio.write(folder / "sad" / "anna_again.wav", voices.X[3], 16000)
audio.write(folder / "happy" / "ben_silent.wav", np.zeros(16000), 16000)

# %%
# The folders are the labels, as they are written. Who speaks is found by a regular expression; it
# is what keeps training and test apart.

corpus = load_folder(folder, speaker=r"([a-z]+)_\w+\.wav$")
corpus.describe()

# %%
# ``check`` listens to all files and says what is wrong; ``select`` leaves out what it advises to.

report = corpus.check()
print(report)
clean = corpus.select(report)

# %%
# How many clips there are of each emotion and speaker, before a model is asked anything: an emotion
# that only one speaker acts cannot be told from the speaker.

clean.frame.groupby(["speaker", "emotion"]).size().unstack(fill_value=0)

# %%
# The score is by speaker, since speakers are known. The mean would not have told of the telephone.

result = evaluate(make_emotion_pipeline("svm"), clean)
print(result)
PerSpeakerDisplay.from_evaluation(result)
home.cleanup()
plt.show()
