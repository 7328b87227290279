"""The vocabulary of emotions."""

from __future__ import annotations

import pytest

from sertools.datasets import ALIASES, CANONICAL, canonical_label


@pytest.mark.parametrize("label", CANONICAL)
def test_a_canonical_label_stays(label: str) -> None:
    assert canonical_label(label) == label
    assert canonical_label(f" {label.upper()} ") == label


@pytest.mark.parametrize(
    ("alias", "label"),
    [
        ("anger", "angry"),
        ("ang", "angry"),
        ("happiness", "happy"),
        ("joy", "happy"),
        ("hap", "happy"),
        ("sadness", "sad"),
        ("fear", "fearful"),
        ("fea", "fearful"),
        ("surprise", "surprised"),
        ("sur", "surprised"),
        ("ps", "surprised"),
        ("pleasant_surprise", "surprised"),
        ("pleasant_surprised", "surprised"),
        ("disgusted", "disgust"),
        ("dis", "disgust"),
        ("neu", "neutral"),
        ("fru", "frustrated"),
        ("frustration", "frustrated"),
        ("exc", "excited"),
    ],
)
def test_aliases_in_common_use(alias: str, label: str) -> None:
    assert canonical_label(alias) == label


def test_case_blanks_and_hyphens_do_not_matter() -> None:
    spellings = ["Pleasant surprise", "PLEASANT-SURPRISE", " pleasant_Surprise\n"]
    assert {canonical_label(word) for word in spellings} == {"surprised"}


def test_an_unknown_label_is_kept_stripped_and_in_lower_case() -> None:
    assert canonical_label(" Quiet Awe ") == "quiet awe"


def test_no_alias_is_a_label_of_its_own() -> None:
    assert not set(ALIASES) & set(CANONICAL)
    assert set(ALIASES.values()) <= set(CANONICAL)
    assert len(set(CANONICAL)) == len(CANONICAL)
