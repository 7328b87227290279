"""A convolutional network, trained on copies as well
=====================================================

A corpus knows one room and one microphone, and a network learns them along with the emotions.
Copies that are noisy, louder or faster teach it what not to listen to. They are made inside
``fit``, of the clips that ``fit`` is given: no copy can be tested on.
"""

# %%
# What an augmenter does to a clip can be looked at before anything is trained.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from sertools import (
    AddNoise,
    AugmentedClassifier,
    Augmenter,
    CNNClassifier,
    MelExtractor,
    PitchShift,
    Speed,
    make_corpus,
    uar_score,
)
from sertools.plotting import AugmentationDisplay

corpus = make_corpus(n_speakers=9, n_per_speaker=18)
augmenter = Augmenter([AddNoise((0, 40)), PitchShift((-1, 1)), Speed((0.9, 1.1))], random_state=0)
AugmentationDisplay.from_augmenter(augmenter, corpus.X[3], n_copies=3)

# %%
# The same network twice: on clips as they are, and on each clip and two copies of it. So that both
# train equally long, the first goes over its clips three times as often.

is_new = np.isin(corpus.groups, np.unique(corpus.groups)[-3:])
train, new = corpus.select(~is_new), corpus.select(is_new)
models = {}
for title, n_copies, epochs in (("clips", 0, 45), ("clips and copies", 2, 15)):
    network = CNNClassifier("cnn1d", width=16, max_epochs=epochs, random_state=0)
    pipeline = make_pipeline(MelExtractor(n_mels=40, stats=None), network)
    model = AugmentedClassifier(pipeline, augmenter, n_copies=n_copies)
    models[title] = model.fit(train.X, train.y)

# %%
# Voices that were never heard, in noise that grows from left to right.

levels = [40, 30, 20, 10, 0]
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
noisy = {
    level: Augmenter([AddNoise(level)], p=1, random_state=1).fit_transform(new.X)
    for level in levels
}
for (title, model), color in zip(models.items(), ("#d55e00", "#0072b2"), strict=True):
    scores = [uar_score(new.y, model.predict(noisy[level])) for level in levels]
    ax.plot(levels, scores, "o-", color=color, label=f"trained on {title}")
ax.axhline(1 / len(model.classes_), color="0.6", linestyle="--", label="chance")
ax.invert_xaxis()
ax.set(xlabel="dB of the voice above the noise", ylabel="unweighted average recall", ylim=(0, 1))
ax.legend(frameon=False)
plt.show()

# sphinx_gallery_thumbnail_number = 2
