"""Recurrent networks whose steps are the features, and a test part that decided when to stop.

The project merged seven corpora under six emotions, stacked ZCR, RMS and MFCC, and tried LSTM,
bidirectional LSTM, GRU, CNN and CNN + LSTM. Of the last it told of 82.12 % accuracy and 84.66 %
precision, on 2.4 % of clips and copies.
"""

import _replay
import numpy as np
from sklearn.base import clone
from sklearn.metrics import precision_score
from sklearn.model_selection import GridSearchCV, GroupKFold, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline

from sertools import (
    AcousticExtractor,
    AddNoise,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    CNNClassifier,
    CRNNClassifier,
    MFCCExtractor,
    Padder,
    RMSExtractor,
    RNNClassifier,
    SomeOf,
    TimeShift,
    TimeStretch,
    Trimmer,
    ZCRExtractor,
    concat_corpora,
    evaluate,
    uar_scorer,
)

CLAIM = "82.12 % accuracy, 84.66 % precision, of 2.4 % of clips and copies of seven corpora"
WHY = (
    "A few dozen clips, known by their copies, stopped the training, chose the network and were "
    "told of; luck alone moves such a score by ten points. All clips of all voices, each tested "
    "once by networks that never heard it, are a number to build on."
)
SIX = ["angry", "disgust", "fearful", "happy", "neutral", "sad"]
EFFECTS = [
    AddNoise((0, 0.035), unit="peak"),
    TimeStretch(0.9),
    TimeShift((-2000, 2000), unit="samples", roll=True, fade=0),
]
COPIES = Augmenter([SomeOf((1, 3), EFFECTS)], p=1, random_state=0)
NETWORKS = {
    "LSTM": RNNClassifier("lstm"),
    "bidirectional LSTM": RNNClassifier("lstm", bidirectional=True),
    "GRU": RNNClassifier("gru"),
    "CNN": CNNClassifier("cnn1d"),
    "CNN + LSTM": CRNNClassifier("lstm"),
}


def stack(hop_length, frame_length, n_fft, kind):
    """Extractor of 22 channels: zero crossings, level and 20 MFCC."""
    return AcousticExtractor(
        [
            ZCRExtractor(frame_length=frame_length, stats=None),
            RMSExtractor(frame_length=frame_length, kind=kind, stats=None),
            MFCCExtractor(n_fft=n_fft, n_mels=128, stats=None),
        ],
        hop_length=hop_length,
    )


def print_precision(name, labels, predicted):
    """Print the mean of the precisions of the classes, and of how many clips it is."""
    precision = precision_score(labels, predicted, average="macro", zero_division=0)
    print(f"{'':<12}precision {precision:.3f} of {name}; {len(labels)} clips")


def main(arguments=None):
    """Score the project as it was, and a search over its networks by speaker."""
    options = _replay.parser_of(__doc__, epochs=16).parse_args(arguments)
    # The project took what is excited for happy, and left out what is none of six.
    corpus = concat_corpora(_replay.corpora_of(options)).map_labels({"excited": "happy"})
    corpus = corpus.select(lambda frame: frame["emotion"].isin(SIX))
    _replay.print_claim(corpus, CLAIM)

    reader = make_pipeline(AudioReader(), Trimmer(top_db=25, frame_length=256, hop_length=64))
    clips = reader.fit_transform(corpus.X)
    # WRONG: a copy of each clip before the split. Most of the clips that are tested on have one
    # among those that were trained on, or are one.
    pile = [*clips, *COPIES.fit_transform(clips)]
    labels = np.tile(corpus.y, 2)
    # WRONG, if only a little: the MFCC are of frames five times as long as the others.
    extractor = stack(hop_length=160, frame_length=400, n_fft=2048, kind="rms")
    frames = extractor.fit_transform(Padder(duration=4).fit_transform(pile))
    # WRONG: the 22 channels are the steps, and the 401 moments of time what is known at each: the
    # recurrent networks walk from ZCR to RMS and on through the cepstrum.
    frames = np.transpose(frames, (0, 2, 1))
    X_train, X_held, y_train, y_held = train_test_split(
        frames, labels, test_size=0.08, random_state=1
    )
    # WRONG: a test part of so few clips is a matter of luck.
    _, X_test, _, y_test = train_test_split(X_held, y_held, test_size=0.3, random_state=1)
    best = {}
    for name, network in NETWORKS.items():
        # WRONG: the training stopped by all that was held out, test part included, and the best
        # network was found by it, too. Here it also chooses between two lengths of the training.
        fitted = [
            clone(network).set_params(max_epochs=epochs, random_state=0).fit(X_train, y_train)
            for epochs in sorted({max(1, options.epochs // 2), options.epochs})
        ]
        best[name] = max(fitted, key=lambda one: one.score(X_held, y_held))
        _replay.print_written(name, y_test, best[name].predict(X_test))
    told = max(best, key=lambda name: best[name].score(X_held, y_held))
    print_precision(f"{told}, which is told of", y_test, best[told].predict(X_test))

    # Steps are moments, copies are of the training part, and the network is searched for by folds
    # of it that keep speakers apart.
    on_frames = Pipeline(
        [
            ("frames", stack(hop_length=512, frame_length=1024, n_fft=1024, kind="db")),
            ("network", CNNClassifier()),
        ]
    )
    model = make_pipeline(AudioReader(), Trimmer(), AugmentedClassifier(on_frames, COPIES))
    networks = [
        clone(network).set_params(max_epochs=options.epochs, random_state=0)
        for network in NETWORKS.values()
    ]
    grid = {"augmentedclassifier__estimator__network": networks}
    search = GridSearchCV(model, grid, scoring=uar_scorer, cv=GroupKFold(2))
    result = evaluate(search, corpus, cv=_replay.folds_of(corpus))
    name = "the best network in training"
    _replay.print_honest(name, result)
    print_precision(name, result.predictions["label"], result.predictions["predicted"])
    _replay.print_why(WHY)


if __name__ == "__main__":
    main()
