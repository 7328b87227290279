"""The known corpora: one declaration each, and the way from a name to one of them.

Counts are those of the corpora's papers and of their complete file lists. The licences are notes
to the reader; the terms at the source decide.
"""

from __future__ import annotations

import re

from sertools._validation import did_you_mean
from sertools.datasets.specs._asvp_esd import ASVP_ESD
from sertools.datasets.specs._crema_d import CREMA_D
from sertools.datasets.specs._emo_db import EMO_DB
from sertools.datasets.specs._emov_db import EMOV_DB
from sertools.datasets.specs._esd import ESD
from sertools.datasets.specs._jl import JL
from sertools.datasets.specs._ravdess import RAVDESS
from sertools.datasets.specs._savee import SAVEE
from sertools.datasets.specs._spec import CorpusSpec
from sertools.datasets.specs._tess import TESS

__all__ = ["SPECS", "CorpusSpec", "find_spec"]

SPECS = {
    spec.name: spec for spec in (RAVDESS, CREMA_D, TESS, SAVEE, JL, EMOV_DB, ASVP_ESD, ESD, EMO_DB)
}


def find_spec(name: str) -> CorpusSpec:
    """The declaration of a known corpus, by its name in any of the usual spellings.

    Known are ravdess, crema-d, tess, savee, jl, emov-db, asvp-esd, esd and emo-db.

    Parameters
    ----------
    name : str
        Such as ``"crema-d"``, ``"CREMA_D"`` or ``"Crema"``.

    Returns
    -------
    CorpusSpec
        The declaration.

    Raises
    ------
    ValueError
        If no known corpus has that name; the message lists the known ones.

    Examples
    --------
    >>> from sertools.datasets import find_spec
    >>> find_spec("EmoDB").title
    'EMO-DB'
    """
    names = {
        _letters(known): spec
        for spec in SPECS.values()
        for known in (spec.name, spec.title, *spec.aliases)
    }
    spec = names.get(_letters(str(name)))
    if spec is None:
        raise ValueError(
            f"{name!r} is no known corpus.{did_you_mean(name, SPECS)} Known are "
            f"{', '.join(SPECS)}. For another one take load_folder (a folder per class) or "
            "load_table (a table of paths and labels)."
        )
    return spec


def _letters(name: str) -> str:
    """A name without the marks in which its spellings differ."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
