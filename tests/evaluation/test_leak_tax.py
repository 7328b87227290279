"""The tax is what random folds give beyond those by speaker."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from sertools import evaluate, leak_tax
from sertools.datasets import Corpus


@pytest.fixture
def voices(rng):
    """Rows that say who speaks, and labels that each speaker has a favourite of."""
    groups = np.repeat(np.arange(8), 24)
    favourite = (np.arange(8) % 2)[groups]
    y = np.where(rng.random(192) < 0.8, favourite, 1 - favourite)
    return rng.normal(size=(192, 4)) + rng.normal(0, 5, (8, 4))[groups], y, groups


def test_voices_that_are_known_pay(voices):
    X, y, groups = voices
    model = KNeighborsClassifier()
    found = leak_tax(model, X, y, groups=groups, cv="loso")
    assert found.index.tolist() == ["random", "published", "by speaker"]
    assert found["speaker_independent"].tolist() == [False, True, True]
    assert found["tax"]["random"] > 0.1
    assert found["tax"]["by speaker"] == 0
    at_random = StratifiedKFold(5, shuffle=True, random_state=0)
    expected = [evaluate(model, X, y, groups=groups, cv=cv).uar for cv in (at_random, "loso", 5)]
    assert found["uar"].tolist() == expected
    assert found["tax"].tolist() == [uar - expected[2] for uar in expected]


def test_two_speakers_are_two_folds(voices):
    X, y, groups = voices
    found = leak_tax(KNeighborsClassifier(), X, y, groups=groups % 2)
    assert found.index.tolist() == ["random", "by speaker"]


def test_it_needs_speakers(voices):
    X, y, _ = voices
    with pytest.raises(ValueError, match="pass groups"):
        leak_tax(KNeighborsClassifier(), X, y)
    nobody = Corpus(list(X), y, sr=16000)
    with pytest.raises(ValueError, match=r"as in Corpus\(clips, emotions, speakers\)"):
        leak_tax(KNeighborsClassifier(), nobody)
    with pytest.raises(ValueError, match="one speaker only"):
        leak_tax(KNeighborsClassifier(), X, y, groups=np.zeros(len(y)))
    with pytest.raises(ValueError, match="groups is missing"):
        leak_tax(KNeighborsClassifier(), X, y, groups=[None, *"ab" * 95, "a"])


def test_a_number_of_folds_is_nothing_published(voices):
    X, y, groups = voices
    with pytest.raises(ValueError, match="cv=3: leak_tax draws .* itself, and cv is for published"):
        leak_tax(KNeighborsClassifier(), X, y, groups=groups, cv=3)
