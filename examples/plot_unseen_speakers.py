"""Speakers who can be listened to first
========================================

A new voice is heard relative to the average one, for nothing is known of it: a calm person with a
high voice sounds excited. Some clips of the speaker, without labels, say how they sound on average,
and ``enroll`` takes them for that.
"""

# %%
# Of sixteen voices six are trained on. ``adapt=True`` puts a
# :class:`~sertools.SpeakerAdaptedClassifier` behind the features, which is told in training who
# speaks.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sertools import make_corpus, make_emotion_pipeline, uar_score

corpus = make_corpus(n_speakers=16, n_per_speaker=36)
speakers = np.unique(corpus.groups)
known, strangers = speakers[:6], speakers[6:]
train = corpus.select(speaker=known.tolist())
model = make_emotion_pipeline("svm", "compact", adapt=True)
model.fit(train.X, train.y, classifier__groups=train.groups)

# %%
# Each stranger is asked of their last eighteen clips: first as somebody unknown, then enrolled with
# some of the first eighteen. Nobody has told the emotion of any of them. That a single clip is
# believed little is what the warning would say that is silenced here.

N_HEARD = len(corpus) // len(speakers) // 2
ENROLLED = [1, 3, 6, 12, 18]

warnings.filterwarnings(
    "ignore", message=".*show too little of themselves|SpeakerNormalizer was fitted"
)

classifier = model[-1]
labels = {speaker: corpus.select(speaker=speaker).y[N_HEARD:] for speaker in strangers}
rows = {speaker: model[:-1].transform(corpus.select(speaker=speaker).X) for speaker in strangers}
scores = {
    0: [
        uar_score(labels[speaker], classifier.predict(rows[speaker][N_HEARD:]))
        for speaker in strangers
    ]
}
for n_clips in ENROLLED:
    scores[n_clips] = []
    for speaker in strangers:
        classifier.enroll(rows[speaker][:n_clips])
        predicted = classifier.predict(rows[speaker][N_HEARD:])
        scores[n_clips].append(uar_score(labels[speaker], predicted))
scores = pd.DataFrame(scores, index=[speaker.rpartition(":")[2] for speaker in strangers])

# %%
# The more clips, the farther they are believed. On the right, what that is worth to each stranger.

scores = scores.sort_values(0)
_, (curve, people) = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
curve.plot(scores.columns, scores.T, color="0.8", linewidth=1)
curve.plot(scores.mean(), "o-", color="#0072b2", label="mean of the strangers")
curve.set_xticks(scores.columns)
curve.set(xlabel="clips enrolled", ylabel="unweighted average recall", ylim=(0, 1.02))
curve.legend(frameon=False, loc="lower right")

places = np.arange(len(scores))
people.vlines(places, scores[0], scores[18], color="0.6")
people.plot(places, scores[0], "o", color="#d55e00", label="unknown")
people.plot(places, scores[18], "o", color="#0072b2", label="enrolled with 18 clips")
people.set_xticks(places, scores.index)
people.set_xlabel("speaker")
people.legend(frameon=False, loc="lower right")
plt.show()
