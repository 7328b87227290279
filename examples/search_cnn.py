"""A grid search over a convolutional network: its width, and its learning rate.

Needs no data set, and PyTorch: ``pip install -c constraints.txt ".[deep]"``. The network is the
last step of a pipeline like any other model; the folds keep the synthetic voices apart, and
`groups` reaches them as always.
"""

import pandas as pd
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline

from sertools import CNNClassifier, MelExtractor, make_corpus, uar_scorer


def main():
    """Search, and print the scores."""
    corpus = make_corpus(n_speakers=6, n_per_speaker=12)
    model = Pipeline(
        [
            ("frames", MelExtractor(n_mels=40, stats=None)),
            ("network", CNNClassifier("cnn1d", max_epochs=15, random_state=0)),
        ]
    )
    grid = {"network__width": [8, 32], "network__lr": [0.0005, 0.005]}
    search = GridSearchCV(model, grid, scoring=uar_scorer, cv=GroupKFold(3))
    search.fit(corpus.X, corpus.y, groups=corpus.groups)

    print(f"{corpus}, UAR for voices never heard:", end="\n\n")
    found = pd.DataFrame(search.cv_results_)
    print(
        found.pivot(
            index="param_network__width",
            columns="param_network__lr",
            values="mean_test_score",
        ).round(3)
    )
    best = search.best_estimator_["network"]
    print(f"\nBest: {search.best_params_}, {best.n_parameters_} weights.")


if __name__ == "__main__":
    main()
