"""A grid search, and the folds that decide what it finds
=========================================================

``GridSearchCV`` finds every parameter of a pipeline by its name. What it takes for the best depends
on the folds: those that mix the voices reward a model that knows voices.
"""

# %%
# The features are the same for every candidate. With ``cache=`` they are computed once and
# remembered on disk, by the content of the clips.

import tempfile

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold

from sertools import make_corpus, make_emotion_pipeline, uar_scorer

corpus = make_corpus(n_speakers=8, n_per_speaker=18)
folder = tempfile.TemporaryDirectory()
model = make_emotion_pipeline("svm", "gemaps", cache=folder.name)
grid = {
    "classifier__C": [0.1, 0.3, 1, 3, 10, 30],
    "classifier__gamma": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
}

# %%
# One search over folds that keep each voice on one side, and one over folds drawn at random.

folds = {
    "voices never heard": (GroupKFold(4), corpus.groups),
    "voices known from training": (StratifiedKFold(4, shuffle=True, random_state=0), None),
}
searches = {
    title: GridSearchCV(model, grid, cv=cv, scoring=uar_scorer).fit(
        corpus.X, corpus.y, groups=groups
    )
    for title, (cv, groups) in folds.items()
}
folder.cleanup()

# %%
# Every cell is one candidate, and the frame is around the best. The right map is brighter
# everywhere, and by nothing that somebody who uses the model would get.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
for ax, (title, search) in zip(axes, searches.items(), strict=True):
    scores = pd.DataFrame(search.cv_results_).pivot(
        index="param_classifier__C", columns="param_classifier__gamma", values="mean_test_score"
    )
    image = ax.imshow(scores, origin="lower", vmin=0.3, vmax=1)
    for row, values in enumerate(scores.to_numpy()):
        for column, value in enumerate(values):
            color = "black" if value > 0.7 else "white"
            ax.text(column, row, f"{value:.2f}".lstrip("0"), ha="center", va="center", color=color)
    best = search.best_params_
    corner = (
        scores.columns.get_loc(best["classifier__gamma"]) - 0.5,
        scores.index.get_loc(best["classifier__C"]) - 0.5,
    )
    ax.add_patch(plt.Rectangle(corner, 1, 1, fill=False, edgecolor="#d55e00", linewidth=3))
    ax.set_xticks(range(len(scores.columns)), scores.columns)
    ax.set_yticks(range(len(scores)), scores.index)
    ax.set(title=title, xlabel="gamma")
axes[0].set_ylabel("C")
figure.colorbar(image, ax=axes, label="unweighted average recall")
plt.show()
