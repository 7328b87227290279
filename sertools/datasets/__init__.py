"""Corpora of emotional speech: load, check, join, select, write, and make one up."""

from sertools.datasets._concat import concat_corpora
from sertools.datasets._corpus import Corpus
from sertools.datasets._labels import ALIASES, CANONICAL, canonical_label
from sertools.datasets._load import load_corpora, load_corpus
from sertools.datasets._load_own import load_folder, load_table
from sertools.datasets._report import CorpusReport
from sertools.datasets._synthetic import make_corpus
from sertools.datasets._table import COLUMNS
from sertools.datasets._write import write_corpus
from sertools.datasets.specs import CorpusSpec, find_spec

__all__ = [
    "ALIASES",
    "CANONICAL",
    "COLUMNS",
    "Corpus",
    "CorpusReport",
    "CorpusSpec",
    "canonical_label",
    "concat_corpora",
    "find_spec",
    "load_corpora",
    "load_corpus",
    "load_folder",
    "load_table",
    "make_corpus",
    "write_corpus",
]
