"""The report: one page that needs nothing else, whose numbers are those of the evaluation."""

from __future__ import annotations

import base64
import datetime
import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

from sertools import audio, evaluate, evaluate_cross, make_corpus, make_emotion_pipeline
from sertools.evaluation import (
    Evaluation,
    _report,
    clustered_interval,
    find_protocol,
    uar_score,
)
from sertools.evaluation._intervals import interval_of
from sertools.evaluation._report import report_of
from sertools.evaluation._splits import Plan
from sertools.evaluation._sureness import Sureness
from sertools.preprocessing import Clips

VOID = {"meta"}


class Page(HTMLParser):
    """What a browser finds on a page: elements, text, tables by caption, cards and players."""

    def __init__(self, source):
        super().__init__()
        self.source, self.elements, self.open = source, [], []
        self.text, self.tables, self.cards = "", {}, []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "caption":
            self.caption = ""
        elif tag == "li":
            self.cards.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "table":
            self.tables.setdefault(self.caption, []).append(self.rows)

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if "li" in self.open:
            self.cards[-1] += data + "\n"
        elif "caption" in self.open:
            self.caption += data
        # What is drawn in a cell is no part of what is written in it.
        elif ("td" in self.open or "th" in self.open) and "svg" not in self.open:
            self.rows[-1][-1] += data + " "

    def table(self, beginning, place=0):
        """Rows by their heading of the table whose caption begins so, and the header."""
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(beginning)]
        header, *rows = [[cell.strip() for cell in row] for row in found[place]]
        return {row[0]: row[1:] for row in rows}, header[1:]

    def has_table(self, beginning):
        return any(caption.startswith(beginning) for caption in self.tables)

    def marks(self, kind):
        """The places of the marks of a kind, from 0 to 1."""
        pairs = zip(self.elements, self.elements[1:], strict=False)
        return [share(around["x"]) for (_, around), (_, at) in pairs if at.get("class") == kind]

    def lines(self, kind):
        """Where the lines of a kind begin and end, from 0 to 1."""
        found = [at for _, at in self.elements if at.get("class") == kind]
        return [(share(at["x1"]), share(at["x2"])) for at in found]

    def sounds(self):
        """Samples and rate of each player."""
        files = [at["src"] for tag, at in self.elements if tag == "audio"]
        assert all(file.startswith("data:audio/wav;base64,") for file in files)
        return [audio.read(base64.b64decode(file.partition(",")[2])) for file in files]


def share(per_cent):
    return float(per_cent.removesuffix("%")) / 100


def made(labels, predicted, sure=None, columns=(), independent=None, protocol=None, **told):
    """An evaluation of one fold: labels, predictions, and how sure of them the model is."""
    classes = np.unique(np.concatenate([labels, predicted]))
    table = pd.DataFrame({"clip": np.arange(len(labels)), "label": labels, "predicted": predicted})
    table = table.assign(fold=1, **dict(columns))
    if sure is not None:
        rest = (1 - np.asarray(sure)) / (len(classes) - 1)
        for label in classes:
            table[f"p_{label}"] = np.where(table["predicted"] == label, sure, rest)
    row = {"train_clips": 90, "test_clips": len(labels), "uar": uar_score(labels, predicted)}
    row |= {"fit_seconds": 1.5, "predict_seconds": 0.5}
    folds = pd.DataFrame(row, index=pd.RangeIndex(1, 2, name="fold"))
    plan = Plan([], "one fold", independent, protocol)
    told = {"model": "Model()", "versions": {"python": "3"}, "n_labels": len(classes)} | told
    return Evaluation(table, classes, folds, plan, sees="nothing", n_left_out=0, **told)


@pytest.fixture(scope="module")
def corpus():
    whole = make_corpus(n_speakers=6, n_per_speaker=9, emotions=("angry", "happy", "neutral"))
    # Not balanced, so that accuracy is not UAR; and with a word of its own.
    return whole.select(np.arange(54) % 7 > 0).map_labels({"angry": "Anger"})


@pytest.fixture(scope="module")
def evaluation(corpus):
    with pytest.warns(UserWarning, match="speakers show too little"):
        return evaluate(make_emotion_pipeline("kernel"), corpus, cv="loso", adapt=True)


@pytest.fixture(scope="module")
def page(evaluation, corpus):
    return Page(report_of(evaluation, corpus))


def three(*scores):
    return [f"{score:.3f}" for score in scores]


PREDICTED = ["label", "predicted", "speaker"]


class TestNumbers:
    def test_scores(self, evaluation, page):
        rows, _ = page.table("Unweighted average recall")
        adapted = evaluation.adapted
        runs = {"this model": evaluation, "adapted: sees unlabelled clips": adapted}
        for name, run in runs.items():
            low, high = three(*run.interval)
            assert rows[name] == ["", *three(run.uar), f"{low} to {high}"]
            assert page.text.count(f"UAR, 95 % interval {low} to {high}") == 1
        assert rows["chance"][1] == "0.333"
        further, names = page.table("Further scores")
        assert names == ["this model", "adapted"]
        assert further["accuracy"] == three(evaluation.accuracy, adapted.accuracy)
        assert further["F1 (macro)"] == three(evaluation.f1, adapted.f1)
        worst = evaluation.per_speaker.iloc[0]
        assert further["worst speaker"][0] == f"{worst['uar']:.3f} ({worst.name})"
        women, men = (float(further[people][0]) for people in ("women", "men"))
        assert women - men == pytest.approx(evaluation.gender_gap, abs=0.0011)
        signed = further["women less men"][0].replace("−", "-")
        assert float(signed) == pytest.approx(evaluation.gender_gap, abs=0.0005)
        assert further["sees of the speakers"] == ["nothing", "unlabelled clips"]

    def test_marks_and_lines_stand_where_the_scores_are(self, evaluation, page):
        assert page.marks("mark run1")[0] == pytest.approx(evaluation.adapted.uar, abs=1e-4)
        assert page.lines("whisker run0")[0] == pytest.approx(evaluation.interval, abs=1e-4)
        assert page.lines("chance")[0] == pytest.approx([1 / 3, 1 / 3], abs=1e-4)

    @pytest.mark.parametrize("place", [0, 1])
    def test_classes(self, evaluation, page, place):
        run = evaluation.runs[place]
        rows, header = page.table("What each label (row)", place)
        assert header == list(run.classes)
        for label, counts in run.confusion.iterrows():
            assert rows[label] == [f"{100 * n / counts.sum():.0f} {n}" for n in counts]
        rows, _ = page.table("Each class", place)
        whiskers = page.lines(f"whisker run{place}")[1:]  # behind that of the UAR
        for (label, scores), whisker in zip(run.per_class.iterrows(), whiskers, strict=False):
            numbers = three(scores["recall"], scores["precision"], scores["f1"])
            assert rows[label] == ["", *numbers, f"{scores['clips']:.0f}"]
            of_class = run.predictions[run.predictions["label"] == label]
            by_hand = clustered_interval(*(of_class[name] for name in PREDICTED))
            assert whisker == pytest.approx(by_hand, abs=1e-4)

    def test_speakers_the_worst_first(self, evaluation, page):
        rows, header = page.table("UAR of each speaker")
        assert header == ["gender", "UAR from 0 to 1", "this model", "adapted", "clips"]
        assert list(rows) == list(evaluation.per_speaker.index)
        for speaker, known in evaluation.per_speaker.iterrows():
            both = three(known["uar"], evaluation.adapted.per_speaker.loc[speaker, "uar"])
            assert rows[speaker] == [known["gender"], "", *both, str(known["clips"])]
        assert page.lines("overall")[0] == pytest.approx([evaluation.uar] * 2, abs=1e-4)

    def test_folds_models_and_versions(self, evaluation, page):
        rows, _ = page.table("A fold can lack classes")
        for fold, known in evaluation.folds.iterrows():
            clips = [f"{known[name]:.0f}" for name in ("train_clips", "test_clips")]
            uars = three(*(run.folds["uar"][fold] for run in evaluation.runs))
            assert rows[str(fold)] == [*clips, "1", *uars]
        for run in evaluation.runs:
            assert run.model in page.text
        assert f"scikit-learn {evaluation.versions['scikit-learn']}" in page.text

    def test_published_results(self):
        others = ["angry", "calm", "disgust", "fearful", "happy", "sad", "surprised"]
        labels = others * 192 + ["neutral"] * 96
        found = made(labels, labels, protocol=find_protocol("ravdess/emobox"))
        page = Page(report_of(found))
        rows, _ = page.table("Published under the same protocol")
        assert next(iter(rows)) == "Whisper large v3"
        best = "frozen recogniser, nothing, 0.753, 0.759, 0.752"
        assert ", ".join(rows["Whisper large v3"]) == best
        assert page.marks("mark published")[0] == pytest.approx(0.7532)
        assert "EmoBox (Ma et al., Interspeech 2024): slightly optimistic" in page.text

    def test_why_there_are_no_published_results(self, page):
        assert "No results are published under these folds." in page.text
        assert not page.has_table("Published")


@pytest.mark.parametrize(
    ("independent", "kind", "words"),
    [
        (True, "verdict good", "Speaker-independent"),
        (False, "verdict bad", "NOT speaker-independent"),
        (None, "verdict unsure", "not all of them are known"),
    ],
)
def test_it_says_whether_speakers_were_known(independent, kind, words):
    page = Page(report_of(made(["sad", "shy"], ["sad", "shy"], independent=independent)))
    assert kind in [attributes.get("class") for _, attributes in page.elements]
    assert words in page.text


def test_clips_of_nobody_known_are_drawn_one_by_one(evaluation):
    speakers = evaluation.predictions["speaker"].mask(evaluation.predictions["fold"] == 2, "")
    alone = speakers.where(speakers != "", [f"clip {i}" for i in range(len(speakers))])
    labels, said = (evaluation.predictions[name] for name in ("label", "predicted"))
    found = interval_of(evaluation.predictions.assign(speaker=speakers))
    assert found == clustered_interval(labels, said, alone)
    of_all = clustered_interval(labels, said)
    for nearly_nobody in ("", speakers.where(evaluation.predictions["fold"] == 1, "")):
        known = evaluation.predictions.assign(speaker=nearly_nobody)
        assert interval_of(known) == of_all
    assert interval_of(evaluation.predictions.drop(columns="speaker")) == of_all


class TestSureness:
    def test_mean_distance_by_hand(self):
        """Of 40 clips the surer half is right by 0.1 less than it says, the other by 0.3 more."""
        right = np.arange(40) % 20 < np.repeat([10, 16], 20)
        sure = Sureness(np.repeat([0.2, 0.9], 20), right)
        assert [len(places) for places in sure.bins()] == [20, 20]
        assert sure.calibration_error() == pytest.approx((0.3 + 0.1) / 2)

    def test_the_surest_are_answered_first_and_equals_together(self):
        sure = Sureness(np.array([0.5, 0.9, 0.7, 0.7]), np.array([False, True, True, False]))
        answered, right = sure.if_unsure_ones_are_left_out()
        np.testing.assert_allclose(answered, [0.25, 0.75, 1])
        np.testing.assert_allclose(right, [1, 2 / 3, 0.5])
        assert sure.accuracy_of_surest(0.25) == 1
        assert sure.accuracy_of_surest(0.5) == pytest.approx(2 / 3)

    def test_it_is_of_what_is_predicted(self):
        """And not of the likeliest, which some models do not predict."""
        found = made(["a", "b", "a"], ["a", "b", "b"], [0.8, 0.3, 0.4])
        np.testing.assert_allclose(Sureness.of(found).probability, [0.8, 0.3, 0.4])
        assert Sureness.of(found).right.tolist() == [True, True, False]

    def test_curves(self, evaluation, page):
        rows, names = page.table("The curves in numbers")
        assert names == ["this model", "adapted"]
        assert rows["share that is right"] == three(
            evaluation.accuracy, evaluation.adapted.accuracy
        )
        sure = Sureness.of(evaluation)
        for place, places in enumerate(sure.bins()):
            n, x, y = len(places), sure.probability[places].mean(), sure.right[places].mean()
            title = f"{n} clips: probability {x:.3f}, right {y:.3f}"
            assert page.text.count(title) == 1, place
        lines = [at["points"] for tag, at in page.elements if tag == "polyline"]
        assert len(lines) == 2
        # All clips are answered at the right edge.
        assert lines[0].split()[-1] == f"290.0,{240 * (1 - evaluation.accuracy):.1f}"

    def test_a_model_without_probabilities_has_none(self):
        page = Page(report_of(made(["a", "b"], ["a", "b"])))
        assert "How sure it is" not in page.text
        assert "polyline" not in [tag for tag, _ in page.elements]


class TestWrong:
    def test_the_surest_come_first(self):
        found = made(
            ["a", "a", "b", "b", "b"], ["b", "a", "a", "b", "a"], [0.6, 0.99, 0.9, 0.8, 0.7]
        )
        cards = Page(report_of(found, n_clips=2)).cards
        assert [card.split("\n")[1] for card in cards] == ["clip 2", "clip 4"]
        assert cards[0].startswith("b taken for a\n")
        assert "a 0.900, b 0.100" in cards[0]

    def test_without_probabilities_one_of_each_confusion(self):
        labels, predicted = ["a", "b", "b", "c", "c"], ["b", "a", "a", "c", "b"]
        cards = Page(report_of(made(labels, predicted))).cards
        assert [card.split("\n")[1] for card in cards] == ["clip 1", "clip 0", "clip 4"]

    def test_nothing_is_wrong(self):
        assert "What it gets wrong" not in Page(report_of(made(["a", "b"], ["a", "b"]))).text

    def test_sounds_are_those_of_the_clips(self, evaluation, corpus, page):
        sounds = page.sounds()
        assert len(sounds) == len(page.cards) == 8
        for card, (samples, sr) in zip(page.cards, sounds, strict=True):
            clip = int(re.search(r"clip (\d+)", card)[1])
            row = evaluation.predictions.set_index("clip").loc[clip]
            assert card.startswith(f"{row['label']} taken for {row['predicted']}\n")
            assert row["speaker"] in card
            assert sr == corpus.sr
            np.testing.assert_allclose(samples, corpus.X[clip], atol=2**-15)

    def test_recordings_are_cut_and_brought_to_16_khz(self, tmp_path):
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(7 * 48000) / 48000)
        audio.write(tmp_path / "low & slow.wav", [tone, np.zeros_like(tone)], 48000)
        paths = [tmp_path / "low & slow.wav", tmp_path / "missing.wav"]
        found = made(["a", "b"], ["b", "b"])
        page = Page(report_of(found, paths))
        assert "low & slow.wav" in page.cards[0]
        ((samples, sr),) = page.sounds()
        assert (sr, len(samples)) == (16000, 6 * 16000)
        expected = audio.resample(tone[: 6 * 48000] / 2, 48000, 16000)
        np.testing.assert_allclose(samples, expected, atol=1e-4)

    def test_waveforms_are_cut_and_made_softer_if_beyond_full_scale(self):
        clip = np.sin(np.arange(7 * 8000.0))
        found = made(["a", "b"], ["b", "b"])
        ((samples, _),) = Page(report_of(found, Clips([4 * clip, clip], sr=8000))).sounds()
        np.testing.assert_allclose(samples, clip[: 6 * 8000], atol=2**-14)

    def test_no_other_clips_are_taken_for_those_that_were_evaluated(self, evaluation, corpus):
        with pytest.raises(ValueError, match="X holds 45 clips, and 46 were evaluated"):
            report_of(evaluation, corpus.select(np.arange(45)))
        with pytest.raises(ValueError, match="other labels than were evaluated"):
            report_of(evaluation, corpus.select(np.arange(46)[::-1]))
        with pytest.raises(ValueError, match="nothing says its sample rate"):
            report_of(evaluation, list(corpus.X))

    @pytest.mark.parametrize("n_clips", [-1, 2.5, True, None])
    def test_a_number_of_clips_that_is_none(self, evaluation, n_clips):
        with pytest.raises(ValueError, match="give a number of clips, 0 or more"):
            report_of(evaluation, n_clips=n_clips)


def test_a_corpus_of_another_making(corpus):
    """Labels in other words are the same labels, and what was left out is told."""
    voices = make_corpus(
        n_speakers=2, n_per_speaker=9, emotions=("angry", "sad", "happy"), random_state=1
    )
    found = evaluate_cross(make_emotion_pipeline("kernel"), corpus, voices)
    page = Page(report_of(found, voices))
    assert "Clips left out of train: neutral 16." in page.text
    assert "Clips left out of test: sad 6." in page.text
    assert len(page.sounds()) == len(page.cards) > 0


def test_labels_that_are_numbers_and_nobody_known(rng):
    y = np.tile([0, 1], 30)
    X, half = y[:, None] + rng.normal(size=(60, 2)), np.arange(60) < 30
    found = evaluate(GaussianNB(), X, y, cv=[(half, ~half)])
    page = Page(report_of(found))
    assert page.table("What each label (row)")[1] == ["0", "1"]
    assert page.table("The curves in numbers")[0]["share that is right"] == three(found.accuracy)
    assert not page.has_table("UAR of each speaker")
    assert "worst speaker" not in page.table("Further scores")[0]
    assert "30 clips are in no test part." in page.text


def test_speakers_that_are_numbers_and_genders_that_are_not_known():
    labels, said = ["a", "b"] * 4, ["a", "b", "b", "b"] * 2
    found = made(labels, said, columns={"speaker": [0, 0, 1, 1] * 2, "gender": ""})
    page = Page(report_of(found))
    rows, header = page.table("UAR of each speaker")
    assert header == ["UAR from 0 to 1", "UAR", "clips"]
    assert rows == {"1": ["", "0.500", "4"], "0": ["", "1.000", "4"]}
    assert "clip 2, speaker 1" in page.cards[0]


HOSTILE = [
    '<script>parent.ran = "script"</script>',
    '"><img src=x onerror="parent.ran=1">',
    "</style><b>&amp;",
]
SILENCE = Clips([np.zeros(80)] * 60, sr=8000)


@pytest.fixture(scope="module")
def hostile():
    return report_of(whose(HOSTILE), SILENCE)


def whose(words):
    """An evaluation whose labels, speakers, model and versions are these words."""
    labels, said = np.repeat(words, 20), np.tile(words, 20)
    versions = dict(zip(words, words, strict=True))
    told = {"model": " ".join(words), "versions": versions}
    return made(labels, said, np.linspace(0.4, 0.9, 60), {"speaker": said}, **told)


def test_no_word_becomes_markup(hostile):
    page, harmless = Page(hostile), Page(report_of(whose(["a", "b", "c"]), SILENCE))
    shape = [(tag, sorted(attributes)) for tag, attributes in page.elements]
    assert shape == [(tag, sorted(attributes)) for tag, attributes in harmless.elements]
    for word in HOSTILE:
        assert page.table("Each class")[0].keys() == set(HOSTILE)
        assert word in page.text
        assert word not in hostile


FETCHES_OR_RUNS = {
    "a", "base", "embed", "form", "iframe", "image", "img", "link", "object", "script", "use",
}  # fmt: skip


def test_it_needs_nothing_else(page):
    for tag, attributes in page.elements:
        assert tag not in FETCHES_OR_RUNS
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "data", "action", "poster"}:
                assert value.startswith("data:audio/wav;base64,")
    style = page.source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "http:" not in page.source
    assert "https:" not in page.source


def test_drawings_have_titles_and_tables_captions(page):
    assert all(page.tables)
    for (tag, attributes), (after, _) in zip(page.elements, page.elements[1:], strict=False):
        if attributes.get("role") == "img":
            assert (tag, after) == ("svg", "title")
        if tag == "audio":
            assert re.fullmatch(r"clip \d+: \w+", attributes["aria-label"])


def test_only_the_date_changes(evaluation, page, corpus, monkeypatch):
    class Day(datetime.date):
        @classmethod
        def today(cls):
            return cls(1999, 12, 31)

    today = datetime.date.today().isoformat()
    monkeypatch.setattr(_report.datetime, "date", Day)
    assert report_of(evaluation, corpus).replace("1999-12-31", today) == page.source


def luminance(rgb):
    """Relative luminance of a colour, as the Web Content Accessibility Guidelines define it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def contrast(one, other):
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_all_can_be_read(page, place):
    """By contrast: 4.5 for text, 3 for what is drawn."""
    scheme = page.source.split(":root {")[1 + place].partition("}")[0]
    hexes = dict(re.findall(r"--([\w-]+): #(\w{6});", scheme))
    colour = {name: np.array([*bytes.fromhex(value)]) / 255 for name, value in hexes.items()}
    for name in ("ink", "muted", "good", "bad", "unsure"):
        assert contrast(colour[name], colour["ground"]) >= 4.5, name
    for name in ("run0", "run1", "run2"):
        assert contrast(colour[name], colour["ground"]) >= 3, name
    fullest = 0.75 * np.array([0, 114, 178]) / 255 + 0.25 * colour["ground"]
    assert contrast(colour["ink"], fullest) >= 4.5


# A page that shows the report as wide as a screen and a phone, and writes what it measures there.
MEASURES = """<!DOCTYPE html><iframe width="1200" height="900" srcdoc="{page}"></iframe>
<iframe width="360" height="900" srcdoc="{page}"></iframe><pre></pre>
<script>
window.onload = () => {{  // which waits for what the frames load, and is waited for
  const pages = [...document.querySelectorAll("iframe")].map(frame => frame.contentDocument);
  const found = pages.map(page => {{
    const width = page.documentElement.clientWidth;
    const boxes = [...page.querySelectorAll(".card, svg.chart, .track .mark.run0")];
    return {{
      overflow: page.documentElement.scrollWidth - width,
      height: page.documentElement.scrollHeight,
      row: Math.max(...[...page.querySelectorAll("tr:has(.track)")].map(row => row.clientHeight)),
      outside: boxes.map(box => box.getBoundingClientRect())
        .filter(box => box.width < 4 || box.left < 0 || box.right > width).length,
      boxes: boxes.length,
      seconds: [...page.querySelectorAll("audio")].map(audio => audio.duration),
      ink: getComputedStyle(page.querySelector(".confusion .right")).backgroundColor,
    }};
  }});
  document.querySelector("pre").textContent = JSON.stringify({{found, ran: window.ran ?? ""}});
}};
</script>"""


@pytest.fixture(scope="module")
def browser():
    """What a headless Chromium makes of a page."""
    program = next(
        filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
    )
    if program is None:
        pytest.skip("there is no Chromium")

    def measured(page, folder):
        file = folder / "frames.html"
        file.write_text(MEASURES.format(page=html.escape(page)), encoding="utf-8")
        options = [
            "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
            "disable-background-networking", "disable-component-update", "disable-sync",
            f"user-data-dir={folder}/profile", "dump-dom",
        ]  # fmt: skip
        command = [program, *(f"--{option}" for option in options), file.as_uri()]
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return json.loads(html.unescape(re.search("<pre>(.*?)</pre>", run.stdout)[1]))

    return measured


def test_a_browser_shows_it_on_a_screen_and_on_a_phone(browser, page, corpus, tmp_path):
    screen, phone = browser(page.source, tmp_path)["found"]
    clips = [int(re.search(r"clip (\d+)", card)[1]) for card in page.cards]
    for found in (screen, phone):
        assert found["overflow"] == 0
        assert found["outside"] == 0
        assert found["boxes"] > 10
        assert found["row"] < 100  # pixels, four lines of text
        # The style is there, and the sounds can be played.
        assert "0, 114, 178" in found["ink"]
        assert found["seconds"] == pytest.approx(
            [len(corpus.X[clip]) / 16000 for clip in clips], abs=0.01
        )
    assert phone["height"] > screen["height"] > 2000


def test_a_browser_would_run_nothing_even_if_it_were_there(browser, hostile, tmp_path):
    page = hostile.replace("</body>", "<script>parent.ran = 'script'</script></body>")
    assert browser(page, tmp_path)["ran"] == ""
