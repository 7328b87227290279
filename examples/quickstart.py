"""Emotions from speech in one page: read, evaluate, predict a voice never heard.

Needs no data set: eight synthetic voices are written as WAV files, in the layout of the RAVDESS
corpus, and read back as a real corpus would be.
"""

import tempfile

from sertools import (
    evaluate,
    leak_tax,
    load_corpus,
    make_corpus,
    make_emotion_pipeline,
    write_corpus,
)


def main():
    """Write a corpus, read it, score a model honestly and otherwise, and use it."""
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(make_corpus(), folder, layout="ravdess")
        corpus = load_corpus("ravdess", folder)
        model = make_emotion_pipeline("svm")

        print(evaluate(model, corpus, cv="loso"), end="\n\n")

        taxes = leak_tax(model, corpus)
        print("The same model, UAR:")
        print(f"  {taxes['uar']['by speaker']:.2f}  for voices never heard")
        print(f"  {taxes['uar']['random']:.2f}  for voices known from training")
        print("Only the first says what a new voice will get; the second leaks.", end="\n\n")

        known = corpus.select(lambda frame: frame["speaker"] != corpus.groups[0])
        model.fit(known.X, known.y)
        print(f"{corpus.paths[0]} sounds {model.predict(corpus.paths[:1])[0]}.")


if __name__ == "__main__":
    main()
