"""The documentation: every block of Python runs as a reader would run it, and every example."""

from __future__ import annotations

import re
import runpy
import shutil
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sertools
from sertools import (
    AcousticExtractor,
    Augmenter,
    Corpus,
    audio,
    gpu_status,
    make_corpus,
    make_emotion_pipeline,
    pipelines,
    write_corpus,
)

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
HOW_TOS = sorted((ROOT / "docs" / "howto").glob("*.rst"))
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))

FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A directive, the comment above it that says what it needs, and its indented lines.
DIRECTIVE = re.compile(
    r"(?:^\.\. needs (?P<need>.+)\n\n)?^\.\. code-block:: python\n(?P<code>(?:\n|[ ]+.*\n)+)",
    re.MULTILINE,
)
MARK = re.compile(r"^\.\. needs (.+)$", re.MULTILINE)

# What a block may need, and whether it is there.
NEEDS = {"a GPU": lambda: gpu_status().usable}

# Pages of the guide show lines of something that was begun elsewhere. They find the names of
# sertools and these; what newcomers read, README, index and how-tos, imports all that it uses.
PRESUMED = """
import sklearn, torch, xgboost
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sertools import *
"""
NEWCOMERS = re.compile("README|index|getting_started|howto")

EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]


def blocks_of(page):
    """Pairs of what a block needs, None for nothing, and its code."""
    text = page.read_text("utf-8")
    if page.suffix == ".md":
        return [(None, code) for code in FENCED.findall(text)]
    return [
        (found["need"], textwrap.dedent(found["code"]).strip() + "\n")
        for found in DIRECTIVE.finditer(text)
    ]


PAGES = {
    str(page.relative_to(ROOT)): blocks
    for page in (README, *sorted((ROOT / "docs").glob("[!_]*.rst")), *HOW_TOS)
    if (blocks := blocks_of(page))
}


def cut(corpus):
    """The corpus with a third of a second of each clip, from where its silence ends."""
    clips = [clip[np.flatnonzero(clip)[0] :][:6000] for clip in corpus.X]
    return Corpus(clips, frame=corpus.frame, name=corpus.name, sr=corpus.sr)


# Six clips of a speaker are enough for the words of a page, and the library says that they are few.
few_clips = pytest.mark.filterwarnings("ignore:.*speakers show too little of themselves")


@pytest.fixture(scope="module")
def voices():
    """Few synthetic voices, which stand for all that a page makes or presumes."""
    return cut(make_corpus(n_speakers=6, n_per_speaker=6, random_state=1))


@pytest.fixture(scope="module")
def recordings(voices, tmp_path_factory):
    """A folder with the recordings and the table that the pages read."""
    home = tmp_path_factory.mktemp("recordings")
    actors = make_corpus(n_speakers=24, n_per_speaker=8, emotions=EMOTIONS)
    write_corpus(cut(actors), home / "recordings" / "ravdess", layout="ravdess")
    names = [speaker[-2:] for speaker in voices.groups]
    for row, clip in enumerate(voices.X):
        folder = home / "recordings" / "mine" / voices.y[row]
        folder.mkdir(parents=True, exist_ok=True)
        audio.write(folder / f"anna{names[row]}_{row}.wav", clip, voices.sr)
    for name in ("voice.wav", "my_voice.wav"):
        audio.write(home / name, voices.X[0], voices.sr)
    table = {"file": ["voice.wav"], "mood": ["sad"], "who": ["ann"], "room": ["kitchen"]}
    pd.DataFrame(table).to_csv(home / "clips.csv", index=False)
    return home


@pytest.fixture
def quickly(voices, monkeypatch):
    """Have pages make few voices and describe them by few columns, which change no line."""

    def cheaper(features, **options):
        return AcousticExtractor("compact" if features == "speech" else features, **options)

    monkeypatch.setattr(pipelines, "AcousticExtractor", cheaper)
    monkeypatch.setattr(sertools, "make_corpus", lambda: voices)


@pytest.fixture
def undrawn(monkeypatch):
    """matplotlib's pyplot, which shows nothing."""
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    yield plt
    plt.close("all")


@pytest.fixture
def scratch(page, recordings, tmp_path, monkeypatch):
    """A folder to work in: an empty one for the page that promises to need no more."""
    if page != "docs/getting_started.rst":
        shutil.copytree(recordings, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@few_clips
@pytest.mark.usefixtures("quickly", "scratch", "undrawn")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_from_top_to_bottom(page, voices):
    names = {"__name__": "__main__"}
    if not NEWCOMERS.search(page):
        exec(PRESUMED, names)
        some, others = voices.X[:18], voices.X[18:]
        names |= {"corpus": voices, "clips": some, "names": voices.groups[:18], "y": voices.y[:18]}
        names |= {"clips_of_one": some, "more_of_that_one": others}
        names |= {"model": make_emotion_pipeline("svm"), "augmenter": Augmenter(random_state=0)}
    for number, (need, code) in enumerate(PAGES[page], start=1):
        compiled = compile(code, f"{page}, block {number}", "exec")
        if need is None or NEEDS[need]():
            exec(compiled, names)


@pytest.mark.parametrize("page", PAGES)
def test_no_block_escapes(page):
    text = (ROOT / page).read_text("utf-8")
    assert len(PAGES[page]) == len(re.findall(r"(?:```|:: )python$", text, re.MULTILINE))
    needs = [need for need, _ in PAGES[page] if need]
    assert needs == MARK.findall(text)
    assert set(needs) <= set(NEEDS)


def test_most_pages_have_blocks():
    assert len(PAGES) >= 14
    assert {"README.md", "docs/getting_started.rst", "docs/howto/save_and_load.rst"} <= set(PAGES)


@few_clips
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_draws_or_prints(name, undrawn, monkeypatch, capsys):
    def fewer(n_speakers=8, **options):
        return make_corpus(max(5, n_speakers // 2), n_per_speaker=6)

    monkeypatch.setattr(sertools, "make_corpus", fewer)
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    assert undrawn.get_fignums() if name.startswith("plot_") else capsys.readouterr().out
