"""Emotions from speech in one page: record, read, describe, predict voices never heard.

Needs no data set: eight synthetic voices are written as WAV files, in the layout of the RAVDESS
corpus, and read back as a real corpus would be.
"""

import tempfile

from sklearn.metrics import balanced_accuracy_score, classification_report
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools import (
    AcousticExtractor,
    AudioReader,
    Trimmer,
    load_corpus,
    make_corpus,
    write_corpus,
)


def main():
    """Write a corpus, read it, and compare an honest score with a flattering one."""
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(make_corpus(), folder, layout="ravdess")
        corpus = load_corpus("ravdess", folder)
        print(corpus, end="\n\n")

        pipeline = make_pipeline(
            AudioReader(sr=16000),
            Trimmer(),
            AcousticExtractor(),
            StandardScaler(),
            SVC(),
        )
        by_speaker = list(GroupKFold(4).split(corpus.X, corpus.y, corpus.groups))
        at_random = StratifiedKFold(4, shuffle=True, random_state=0)
        honest = cross_val_predict(pipeline, corpus.X, corpus.y, cv=by_speaker)
        leaking = cross_val_predict(pipeline, corpus.X, corpus.y, cv=at_random)

    print(classification_report(corpus.y, honest))
    print("Unweighted average recall (chance is 1 in 6):")
    print(f"  {balanced_accuracy_score(corpus.y, honest):.2f}  for voices never heard")
    print(f"  {balanced_accuracy_score(corpus.y, leaking):.2f}  for voices known from training")
    print("Only the first says what a new voice will get; the second leaks.")


if __name__ == "__main__":
    main()
