"""Clips of any length, without padding
=======================================

Recordings are as long as they are. Notebooks fill them up with zeros to make an array, and then the
zeros are described along with the voice. Here a list of clips of any lengths goes through every
step as it is.
"""

# %%
# A table is made of means over the frames of a clip, and a network computes with the frames.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from sertools import CNNClassifier, MelExtractor, PitchExtractor, Trimmer, make_corpus

SR = 16000

corpus = make_corpus(n_speakers=6, n_per_speaker=18)
clips = Trimmer().fit_transform(corpus.X)
print(f"{min(map(len, clips)) / SR:.2f} to {max(map(len, clips)) / SR:.2f} seconds")

voicing = PitchExtractor(stats=("mean",)).set_output(transform="pandas")
network = make_pipeline(
    MelExtractor(n_mels=40, stats=None), CNNClassifier("cnn1d", max_epochs=15, random_state=0)
)
network.fit(clips, corpus.y)

# %%
# A network needs rectangles, too. It fills the clips of a batch up by itself, and keeps the filling
# out of every statistic: a clip gets the same answer alone and among longer ones.

together = network.predict_proba(clips)[:12]
alone = np.vstack([network.predict_proba([clip]) for clip in clips[:12]])
print(f"Alone and together, the answers differ by {abs(alone - together).max():.0e}.")

# %%
# What was filled up beforehand nothing can tell from a recording that ends in silence. On the left,
# a mean of twelve clips slides away; on the right, the same network changes its answers.

seconds = [0, 0.1, 0.25, 0.5, 1, 2, 4]
means, stayed = [], []
before = network.predict(clips)
for filling in seconds:
    filled = [np.pad(clip, (0, int(filling * SR))) for clip in clips]
    means.append(voicing.fit_transform(filled[:12])["voicing_mean"])
    stayed.append(np.mean(network.predict(filled) == before))

_, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot(seconds, means, color="#0072b2", linewidth=1)
left.plot(np.zeros(12), means[0], "o", color="#0072b2", markersize=4)
left.set(ylabel="mean voicing of a clip", ylim=(0, None))
right.plot(seconds, stayed, "o-", color="#d55e00")
right.set(ylabel="share of answers that stay what they were", ylim=(0, 1.05))
for ax in (left, right):
    ax.set_xlabel("seconds of zeros at the end")
plt.show()
