"""What a model listens to: permutation importance
==================================================

Shuffle one column of the table among clips, and see what the score loses: that is what the model
got from it. It is asked of voices that the model has not heard, each by itself, because what helps
with one may mislead with another.
"""

# %%
# Columns have names, and :doc:`each name has its definition </gemaps>`.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import AcousticExtractor, KernelRidgeClassifier, make_corpus, uar_scorer

corpus = make_corpus(n_speakers=8, n_per_speaker=18)
extractor = AcousticExtractor("gemaps").set_output(transform="pandas")
table = extractor.fit_transform(corpus.X)
table.iloc[:3, :4].round(2)

# %%
# Clips of one speaker are shuffled among themselves: among speakers, a shuffled pitch would be that
# of somebody else, and what is lost would be the voice.

model = make_pipeline(StandardScaler(), KernelRidgeClassifier())
lost = {}
for train, test in LeaveOneGroupOut().split(table, corpus.y, corpus.groups):
    model.fit(table.iloc[train], corpus.y[train])
    found = permutation_importance(
        model, table.iloc[test], corpus.y[test], scoring=uar_scorer, n_repeats=5, random_state=0
    )
    lost[corpus.groups[test[0]]] = found.importances_mean
lost = pd.DataFrame(lost, index=table.columns)

# %%
# A single column matters little, for others say nearly the same and step in. So columns that belong
# together are shuffled together as well: `F0` with all that is measured of it.

FAMILIES = {
    "pitch": "f0_",
    "loudness": "loudness_|level",
    "spectrum": "mfcc|alpha|hammarberg|slope|flux",
    "formants": r"f[123]_",
    "quality of the voice": "jitter|shimmer|hnr|h1_",
    "rhythm": "voiced_rate|voiced_length|unvoiced_length",
}
rng = np.random.default_rng(0)
together = {}
for train, test in LeaveOneGroupOut().split(table, corpus.y, corpus.groups):
    model.fit(table.iloc[train], corpus.y[train])
    heard = table.iloc[test]
    as_it_is = uar_scorer(model, heard, corpus.y[test])
    for family, pattern in FAMILIES.items():
        columns = table.columns[table.columns.str.contains(f"^(?:{pattern})")]
        scores = []
        for _ in range(5):
            shuffled = heard.copy()
            shuffled[columns] = heard[columns].to_numpy()[rng.permutation(len(heard))]
            scores.append(uar_scorer(model, shuffled, corpus.y[test]))
        together[family, corpus.groups[test[0]]] = as_it_is - np.mean(scores)
together = pd.Series(together).unstack()

# %%
# The bars are means over the speakers, and each dot is one of them.

_, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for ax, found, title in zip(
    axes, (lost, together), ("one column", "a family of columns"), strict=True
):
    top = found.loc[found.mean(axis=1).nlargest(10).index[::-1]]
    places = np.arange(len(top))
    ax.barh(places, top.mean(axis=1), color="#56b4e9")
    ax.plot(top, places, ".", color="0.35", markersize=5)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(places, top.index)
    ax.set(title=f"{title} shuffled", xlabel="unweighted average recall that is lost")
plt.show()
