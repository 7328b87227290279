from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from sklearn.naive_bayes import GaussianNB

from sertools import evaluate
from sertools.plotting import PerSpeakerDisplay


def table(n_speakers, genders=("female", "male")):
    """Speakers and their UAR, the worst first."""
    return pd.DataFrame(
        {
            "uar": np.linspace(0.2, 0.9, n_speakers),
            "gender": [genders[i % len(genders)] for i in range(n_speakers)],
        },
        index=[f"corpus:{i:02d}" for i in range(n_speakers)],
    )


def names_of(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def legend_of(display):
    legend = display.ax_.get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    return dict(zip(texts, legend.legend_handles, strict=True))


def test_bars_are_the_speakers_of_the_evaluation(evaluation):
    display = PerSpeakerDisplay.from_evaluation(evaluation)
    assert [bar.get_width() for bar in display.bars_] == evaluation.per_speaker["uar"].tolist()
    assert names_of(display) == evaluation.per_speaker.index.tolist()
    centers = [bar.get_y() + bar.get_height() / 2 for bar in display.bars_]
    assert_array_equal(centers, display.ax_.get_yticks())
    bottom, top = display.ax_.get_ylim()
    assert top < 0 < centers[-1] < bottom  # the first, and worst, on top


def test_lines_are_all_clips_and_chance(evaluation):
    display = PerSpeakerDisplay.from_evaluation(evaluation)
    places = {name: line.get_xdata()[0] for name, line in display.lines_.items()}
    assert places == {"all clips": evaluation.uar, "chance": 0.25}
    assert {f"all clips: {evaluation.uar:.3f}", "chance: 0.250"} <= set(legend_of(display))


def test_names_are_words_and_no_mathematics():
    rows = table(2).set_axis(["$a$", r"$\fra$"])
    display = PerSpeakerDisplay(rows, uar=0.5, chance=0.2).plot()
    display.figure_.canvas.draw()
    assert names_of(display) == ["$a$", r"$\fra$"]
    assert not any(label.get_parse_math() for label in display.ax_.get_yticklabels())


def test_colours_are_genders():
    rows = table(6, ["male", None, "female"])
    display = PerSpeakerDisplay(rows, uar=0.5, chance=0.2).plot()
    colors = [to_hex(bar.get_facecolor()) for bar in display.bars_]
    assert colors[:3] == colors[3:]
    assert len(set(colors)) == 3
    legend = legend_of(display)
    assert list(legend)[:3] == ["female", "male", "gender unknown"]
    patches = [
        to_hex(legend[name].get_facecolor()) for name in ("male", "gender unknown", "female")
    ]
    assert patches == colors[:3]


@pytest.mark.parametrize("rows", [table(4, [None]), table(4)[["uar"]]], ids=["missing", "unknown"])
def test_without_genders_nothing_is_said_of_them(rows):
    display = PerSpeakerDisplay(rows, uar=0.5, chance=0.2).plot()
    assert list(legend_of(display)) == ["all clips: 0.500", "chance: 0.200"]
    assert len({bar.get_facecolor() for bar in display.bars_}) == 1


@pytest.mark.parametrize("is_given", [False, True], ids=["new", "given"])
@pytest.mark.parametrize("n_speakers", [1, 2, 24, 91])
def test_names_do_not_touch(n_speakers, is_given):
    ax = Figure(figsize=(4, 3)).subplots() if is_given else None
    display = PerSpeakerDisplay(table(n_speakers), uar=0.5, chance=0.2).plot(ax)
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    assert len(boxes) == n_speakers if n_speakers < 91 or not is_given else 12 < len(boxes) < 91
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
    assert names_of(display)[0] == "corpus:00"
    assert display.ax_.get_yticklabels()[0].get_fontsize() >= (5 if is_given else 9)


def test_bars_look_as_they_are_told_to(evaluation):
    display = PerSpeakerDisplay.from_evaluation(evaluation, color="black", height=0.5)
    assert {to_hex(bar.get_facecolor()) for bar in display.bars_} == {"#000000"}
    assert {round(bar.get_height(), 6) for bar in display.bars_} == {0.5}


def test_speakers_that_are_not_known(rng):
    result = evaluate(GaussianNB(), rng.normal(size=(20, 2)), np.arange(20) % 2, cv=2)
    with pytest.raises(ValueError, match="speakers of this evaluation are not known: evaluate a"):
        PerSpeakerDisplay.from_evaluation(result)


def test_what_is_no_evaluation(corpus):
    with pytest.raises(TypeError, match="evaluation is a Corpus: give what evaluate returns"):
        PerSpeakerDisplay.from_evaluation(corpus)
