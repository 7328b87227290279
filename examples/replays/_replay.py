"""What the replays share: their options, their corpora, and the lines they print."""

import argparse
import textwrap

from sklearn.metrics import accuracy_score

from sertools import load_corpus, make_corpus, uar_score

# Folds by speaker under which others have published; elsewhere `evaluate` makes its own.
PROTOCOLS = {
    "crema-d": "crema-d/speakers6",
    "emo-db": "emo-db/loso",
    "esd": "esd/emobox",
    "jl": "jl/loso",
    "ravdess": "ravdess/emobox",
    "savee": "savee/loso",
    "tess": "tess/loso",
}


def parser_of(doc, epochs):
    """A parser of the options of all replays; `doc` is what the script says of itself."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    several = "; may be given several times"
    parser.add_argument(
        "--corpus", action="append", default=[], help=f"such as ravdess, none is synthetic{several}"
    )
    parser.add_argument("--root", action="append", default=[], help=f"its folder{several}")
    parser.add_argument("--epochs", type=int, default=epochs, help=f"default {epochs}")
    return parser


def corpora_of(options):
    """The corpora that are asked for, or one of synthetic voices."""
    if len(options.corpus) != len(options.root):
        raise SystemExit("Give a --root for each --corpus.")
    if not options.corpus:
        return [make_corpus(n_speakers=6, n_per_speaker=12)]
    return [load_corpus(*named) for named in zip(options.corpus, options.root, strict=True)]


def folds_of(corpus):
    """What `evaluate` takes as `cv`: the corpus's protocol, or None for five folds by speaker."""
    return PROTOCOLS.get(corpus.name)


def print_claim(corpus, claim):
    """Print what the project says of itself, and the head of the table."""
    print(f"{corpus}\nclaimed: {claim}\n\n{'':<52}accuracy    UAR  95 % interval")


def print_written(name, labels, predicted):
    """Print what the project would say of predictions ``(n_clips,)``."""
    accuracy, uar = accuracy_score(labels, predicted), uar_score(labels, predicted)
    print(f"{'as written: ' + name:<52}{accuracy:8.3f}{uar:7.3f}", flush=True)


def print_honest(name, result):
    """Print what an Evaluation says, for voices never heard."""
    low, high = result.interval
    numbers = f"{result.accuracy:8.3f}{result.uar:7.3f}  {low:.3f} to {high:.3f}"
    print(f"{'honest: ' + name:<52}{numbers}", flush=True)


def print_why(reason):
    """Print why the two differ."""
    print(f"\n{textwrap.fill(f'Why: {reason}', width=80)}")
