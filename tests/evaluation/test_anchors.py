"""Anchors: the published numbers, and never of another task."""

from __future__ import annotations

import pytest

from sertools.datasets import find_spec
from sertools.evaluation import anchors
from sertools.evaluation._protocols import PROTOCOLS


def published(protocol, system, speakers="nothing"):
    (found,) = (
        anchor
        for anchor in anchors(protocol)
        if (anchor.system, anchor.speakers) == (system, speakers)
    )
    return found


@pytest.mark.parametrize(
    ("protocol", "system", "scores"),
    [
        ("ravdess/emobox", "wav2vec 2.0 base", (0.5433, 0.5540, 0.5399)),
        ("ravdess/emobox", "Whisper large v3", (0.7532, 0.7587, 0.7519)),
        ("emo-db/emobox", "WavLM large", (0.9258, 0.9267, 0.9257)),
        ("emo-db/emobox", "data2vec base", (0.5812, 0.6001, 0.5832)),
        ("savee/loso", "HuBERT base", (0.5890, 0.5985, 0.6405)),
        ("savee/loso", "data2vec 2.0 large", (0.7575, 0.7859, 0.7824)),
        ("jl/loso", "Whisper large v3", (0.6671, None, None)),
        ("jl/loso", "data2vec large", (0.4887, None, None)),
        ("esd/emobox", "Whisper large v3", (0.8462, None, None)),
        ("esd/emobox", "WavLM base", (0.7290, None, None)),
    ],
)
def test_numbers_of_emobox(protocol, system, scores):
    anchor = published(protocol, system)
    assert (anchor.uar, anchor.accuracy, anchor.f1) == scores
    assert "EmoBox" in anchor.source
    assert "epoch was chosen on the test fold" in anchor.note


@pytest.mark.parametrize(
    ("protocol", "features", "blind", "adapted"),
    [
        ("emo-db/loso", "ComParE", 0.75, 0.87),
        ("emo-db/loso", "wav2vec", 0.87, 0.93),
        ("tess/loso", "eGeMAPS", 0.33, 0.54),
        ("savee/loso", "wav2vec", 0.53, 0.78),
        ("jl/loso", "eGeMAPS", 0.60, 0.75),
    ],
)
def test_numbers_of_keesing(protocol, features, blind, adapted):
    assert published(protocol, features).uar == blind
    seeing = published(protocol, features, "unlabelled clips")
    assert seeing.uar == adapted
    assert "Keesing" in seeing.source


def test_what_is_published_under_each_protocol():
    assert {name: len(anchors(name)) for name in PROTOCOLS} == {
        "ravdess/emobox": 10,
        "emo-db/loso": 14,
        "emo-db/emobox": 10,
        "savee/loso": 20,
        "jl/loso": 16,
        "tess/loso": 10,
        "esd/emobox": 10,
        "crema-d/speakers6": 0,
        "loso": 0,
        "random5": 0,
    }


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_result_is_beyond_chance_and_seeing_the_speaker_helps(name):
    for anchor in anchors(name):
        assert anchor.protocol == name
        assert 1 / anchor.n_classes < anchor.uar < 1
        if anchor.speakers == "unlabelled clips":
            assert anchor.uar > published(name, anchor.system).uar
        else:
            assert anchor.speakers == "nothing"


def test_only_results_on_the_same_emotions_and_clips():
    whole = find_spec("jl").counts["speech"]
    primary = {emotion: whole[emotion] for emotion in ("angry", "sad", "neutral", "happy")}
    primary["excited"] = whole["excited"]
    assert {anchor.source[:6] for anchor in anchors("jl/loso", whole)} == {"EmoBox"}
    assert {anchor.source[:7] for anchor in anchors("jl/loso", primary)} == {"Keesing"}
    others = dict(zip(list(whole)[5:], whole.values(), strict=False))
    assert anchors("jl/loso", others) == ()
    ravdess = find_spec("ravdess").counts["speech"]
    assert anchors("ravdess/emobox", ravdess) == anchors("ravdess/emobox")
    repaired = ravdess | {"sad": 190}
    assert anchors("ravdess/emobox", repaired) == anchors("ravdess/emobox")
    assert anchors("ravdess/emobox", ravdess | {"sad": 96}) == ()


def test_kinds_of_systems():
    assert published("ravdess/emobox", "HuBERT large").kind == "frozen self-supervised"
    assert published("ravdess/emobox", "Whisper large v3").kind == "frozen recogniser"
    assert published("emo-db/loso", "wav2vec 2.0").kind == "frozen self-supervised"
    assert published("emo-db/loso", "GeMAPS").kind == "classical features"


def test_an_unknown_protocol():
    with pytest.raises(ValueError, match="Did you mean 'ravdess/emobox'"):
        anchors("ravdess/emo")
