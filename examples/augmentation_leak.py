"""The leak of augmentation in one page: copies made before the split, and copies made inside it.

Needs no data set. One model is scored with the same effects over random folds twice: once on a pile
of clips and copies, the way many notebooks do it, and once with copies of the training clips only.
Folds that keep speakers apart say what a new voice will get.
"""

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools import AcousticExtractor, AugmentedClassifier, Augmenter, make_corpus

N_COPIES = 5


def recall(model, X, y, **how):
    """Unweighted average recall, on average over the folds."""
    return cross_val_score(model, X, y, scoring="balanced_accuracy", **how).mean()


def main():
    """Score the pile, the copies made in training, and voices never heard."""
    corpus = make_corpus(n_speakers=6, n_per_speaker=12)
    model = make_pipeline(AcousticExtractor(), StandardScaler(), SVC(C=10))
    augmenter = Augmenter("speech", p=0.8, random_state=0)
    at_random = StratifiedKFold(3, shuffle=True, random_state=0)
    print(f"{corpus}, and {N_COPIES} copies of each clip.", end="\n\n")

    # The wrong way. Nearly every clip of the pile that is tested on has a copy, or is one, among
    # those that were trained on.
    augmenter.fit(corpus.X)
    copies = [augmenter.augment(corpus.X, copy) for copy in range(1, 1 + N_COPIES)]
    pile = [clip for batch in (corpus.X, *copies) for clip in batch]
    leaking = recall(model, pile, np.tile(corpus.y, 1 + N_COPIES), cv=at_random)

    # The right way. Copies are made in `fit`, of the clips that `fit` is given.
    augmented = AugmentedClassifier(model, augmenter, n_copies=N_COPIES)
    clean = recall(augmented, corpus.X, corpus.y, cv=at_random)

    # The same, for voices never heard.
    honest = recall(augmented, corpus.X, corpus.y, cv=GroupKFold(3), groups=corpus.groups)

    print("Unweighted average recall (chance is 1 in 6):")
    print(f"  {leaking:.3f}  copies made before the split")
    print(f"  {clean:.3f}  copies made in training")
    print(f"  {honest:.3f}  copies made in training, for voices never heard")
    print(f"{100 * (leaking - clean):.0f} points are the leak: clips known by their copies.")
    print(f"{100 * (clean - honest):.0f} more are voices known from training.")


if __name__ == "__main__":
    main()
