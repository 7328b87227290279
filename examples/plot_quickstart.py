"""A first look at a model and at what it hears
===============================================

Eight synthetic voices stand in for recordings. A model learns seven of them and listens to the
eighth.
"""

# %%
# A clip is an array of samples. Recordings would be paths: ``load_folder("recordings/mine")``.

import matplotlib.pyplot as plt
import numpy as np

from sertools import evaluate, make_corpus, make_emotion_pipeline
from sertools.plotting import EmotionTimelineDisplay, SpectrogramDisplay, WaveformDisplay

corpus = make_corpus(n_speakers=8, n_per_speaker=18)
stranger = corpus.select(speaker=corpus.groups[0])
known = corpus.select(corpus.groups != corpus.groups[0])
corpus.describe()

# %%
# The same emotion is long or short, loud or soft, and every voice has its own way with it.

_, axes = plt.subplots(2, 2, figsize=(9, 5), layout="constrained", sharex="col")
for (waveform, spectrogram), emotion in zip(axes.T, ("angry", "sad"), strict=True):
    clip = stranger.select(emotion=emotion).X[0]
    WaveformDisplay.from_clip(clip, sr=16000, ax=waveform)
    SpectrogramDisplay.from_clip(clip, sr=16000, ax=spectrogram)
    waveform.set_title(emotion)

# %%
# A pipeline trims the silence, describes what is left by the 88 numbers of the Geneva set, and
# classifies. Three clips of the voice that it has not heard, one after another:

model = make_emotion_pipeline("kernel", "gemaps").fit(known.X, known.y)
recording = np.concatenate(
    [stranger.select(emotion=emotion).X[0] for emotion in ("neutral", "angry", "sad")]
)
EmotionTimelineDisplay.from_estimator(model, recording, window=1.5, step=0.25)

# %%
# What it is worth is the score over all such strangers: each voice is held out once. The shares are
# of the clips of an emotion, and on the diagonal is what was found.

result = evaluate(model, corpus, cv="loso")
print(result)

_, ax = plt.subplots(layout="constrained")
result.plot_confusion(ax)

plt.show()

# %%
# Where next: :doc:`plot_custom_corpus` for recordings of your own, and :doc:`/evaluation` for what
# the score means.

# sphinx_gallery_thumbnail_number = 2
