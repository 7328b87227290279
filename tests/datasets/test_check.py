"""Checking a corpus: a zoo with one specimen of every defect, and healthy clips between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sertools import audio
from sertools.datasets import Corpus, CorpusReport, find_spec, load_corpora, load_corpus

SR = 16000
RNG = np.random.default_rng(0)


def _voice(n: int = 1600, peak: float = 0.3) -> np.ndarray:
    """Noise that never repeats, in the steps of 16 bits."""
    noise = RNG.uniform(-1, 1, n)
    steps = np.round(peak * noise / np.abs(noise).max() * 2**15)
    return (steps / 2**15).astype(np.float32)


def _write(file: Path, samples: np.ndarray, sr: int = SR, subtype: str = "PCM_16") -> Path:
    """A recording in a file whose folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    audio.write(file, samples, sr, subtype=subtype)
    return file


def _found(report: CorpusReport) -> dict[str, list[str]]:
    """The stems of the files with each defect."""
    found: dict[str, list[str]] = {}
    for defect, path in zip(report.findings["defect"], report.findings["path"], strict=True):
        found.setdefault(defect, []).append(Path(path).stem)
    return found


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """EMO-DB files, each named after what is wrong with it in `test_every_defect`."""
    wav = tmp_path / "wav"
    _write(wav / "03a01Fa.wav", _voice())
    same = _voice()
    _write(wav / "03a01Wa.wav", same)
    _write(wav / "03a01Wb.flac", same)
    twin = _voice()
    _write(wav / "03a02Wa.wav", twin)
    _write(wav / "03a02La.wav", twin)
    other = _voice()
    _write(wav / "08a02Wa.wav", other)
    _write(wav / "09a02Wa.wav", other)
    _write(wav / "08a01Na.wav", np.stack([_voice(), _voice()]))
    both = _voice()
    _write(wav / "08a01Nb.wav", np.stack([both, both]))
    _write(wav / "08a01Ta.wav", np.zeros(1600))
    _write(wav / "08a01Tb.wav", np.zeros(1600))
    _write(wav / "08a01Tc.wav", 0.5 + _voice(peak=5e-4), subtype="FLOAT")
    _write(wav / "09a01Aa.wav", np.clip(_voice(peak=1.5), -1, 1))
    peaks = _voice()
    peaks[[100, 101, 300]] = 1.0
    _write(wav / "09a01Ab.wav", peaks)
    holes = _voice()
    holes[7] = np.nan
    _write(wav / "09a04Aa.wav", holes, subtype="FLOAT")
    _write(wav / "08a04Aa.wav", _voice(), sr=22050)
    (wav / "10a01Na.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    (wav / "10a01Nb.wav").touch()
    whole = _write(wav / "10a01Nc.wav", _voice()).read_bytes()
    (wav / "10a01Nc.wav").write_bytes(whole[:1000])
    (wav / "10a01Nd.wav").write_text("<html>not found</html>")
    _write(tmp_path / "again" / "wav" / "03a01Fa.wav", _voice())
    return tmp_path


def test_every_defect_is_found_by_its_name(zoo: Path) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(n_jobs=2)
    assert _found(report) == {
        "count": [""],
        "nested-copy": ["03a01Fa"],
        "identical": ["03a01Wb"],
        "contradiction": ["03a02La", "03a02Wa", "08a02Wa", "09a02Wa"],
        "stereo": ["08a01Na", "08a01Nb"],
        "silent": ["08a01Ta", "08a01Tb", "08a01Tc"],
        "sample-rate": ["08a04Aa"],
        "clipped": ["09a01Aa"],
        "not-finite": ["09a04Aa"],
        "lfs-stub": ["10a01Na"],
        "unreadable": ["10a01Nb", "10a01Nc", "10a01Nd"],
    }
    assert not report.ok
    kept = {"count", "stereo", "sample-rate", "clipped"}
    actions = dict(zip(report.findings["defect"], report.findings["action"], strict=True))
    assert actions == {defect: "keep" if defect in kept else "drop" for defect in actions}


def test_the_report_is_a_plan_that_select_carries_out(zoo: Path) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check()
    repaired = corpus.select(report)
    assert len(repaired) == len(corpus) - len(report.drops)
    assert set(report.findings["row"][report.findings["action"] == "drop"]) == set(report.drops)
    stems = [Path(path).stem for path in repaired.paths]
    assert stems == [
        *("03a01Fa", "03a01Wa"),  # the first of equals, and the copy that lies higher
        *("08a01Na", "08a01Nb", "08a04Aa", "09a01Aa", "09a01Ab"),
    ]
    assert str(zoo / "wav" / "03a01Fa.wav") in repaired.paths
    assert (repaired.frame["recording_id"] != "").all()
    again = repaired.check()
    assert _found(again).keys() == {"stereo", "sample-rate", "clipped"}
    assert (
        corpus.select(report, gender="female").groups.tolist()
        == ["emo-db:08"] * 3 + ["emo-db:09"] * 2
    )


def test_the_details_say_what_was_found(zoo: Path) -> None:
    findings = load_corpus("emo-db", zoo).check().findings
    details = {
        Path(path).stem: text
        for path, text in zip(findings["path"], findings["detail"], strict=True)
    }
    assert "angry 5 of 127" in details[""]
    assert "4 of 10 speakers" in details[""]
    assert details["08a01Na"] == "2 channels, that differ"
    assert details["08a01Nb"] == "2 channels, all the same"
    assert details["08a04Aa"] == "22050 Hz; most clips of its speaker: 16000 Hz"
    assert "03a01Wa.wav' (angry, emo-db:03)" in details["03a01Wb"]
    assert "09a02Wa.wav' (angry, emo-db:09)" in details["08a02Wa"]
    assert "truncated" in details["10a01Nc"]
    assert "git lfs pull" in details["10a01Na"]


def test_without_listening_the_table_alone_is_checked(zoo: Path) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(audio=False)
    assert _found(report).keys() == {"count", "nested-copy"}
    assert (corpus.frame["recording_id"] == "").all()


def test_a_healthy_corpus_has_no_findings(tmp_path: Path) -> None:
    paths = [str(_write(tmp_path / f"{i}.wav", _voice())) for i in range(3)]
    report = Corpus(paths, ["sad", "sad", "angry"]).check()
    assert report.ok
    assert report.findings.empty
    assert report.findings.columns.tolist() == ["defect", "row", "path", "detail", "action"]
    assert report.drops.tolist() == []
    assert len(Corpus(paths, ["sad", "sad", "angry"]).select(report)) == 3
    assert str(report) == "'corpus', clips checked: 3, findings: 0, clips to leave out: 0"
    assert repr(report) == f"CorpusReport({report})"


def test_the_summary_has_a_line_for_each_defect(zoo: Path) -> None:
    report = load_corpus("emo-db", zoo).check()
    lines = str(report).splitlines()
    assert lines[0].startswith("'emo-db', clips checked: 21, findings: 19,")
    assert len(lines) == 2 + report.findings["defect"].nunique()
    assert any(line.startswith("  silent (drop) ") and "and 2 more" in line for line in lines)
    assert "corpus.select(report)" in lines[-1]


def test_waveforms_are_checked_like_files() -> None:
    twin = _voice()
    waves = [_voice(), np.zeros(160, np.float32), twin, twin.copy(), np.ones(160, np.float32)]
    report = Corpus(waves, ["sad", "sad", "sad", "angry", "sad"], sr=SR).check()
    assert report.findings["defect"].tolist() == [
        *("silent", "contradiction", "contradiction", "silent", "clipped")
    ]
    assert report.findings["row"].tolist() == [1, 2, 3, 4, 4]
    assert "clip 3 (angry, speaker unknown)" in report.findings["detail"][1]


def test_the_softest_real_recordings_are_not_silent() -> None:
    # The quietest file of RAVDESS reaches 201 of 32768 steps.
    assert Corpus([_voice(peak=201 / 2**15)], ["calm"], sr=SR).check().ok


@pytest.mark.parametrize(("in_a_row", "clipped"), [(1, False), (2, False), (3, True), (9, True)])
@pytest.mark.parametrize("sign", [1, -1])
def test_three_samples_at_full_scale_are_clipping(in_a_row: int, sign: int, clipped: bool) -> None:
    clip = _voice()
    clip[500 : 500 + in_a_row] = sign * (1 - 2.0**-15)
    clip[[0, 1, -2, -1]] = 1.0  # at both ends, and not in a row
    report = Corpus([clip], ["angry"], sr=SR).check()
    assert _found(report) == ({"clipped": [""]} if clipped else {})


def test_a_run_at_full_scale_ends_with_its_channel(tmp_path: Path) -> None:
    left, right = _voice(), _voice()
    left[-2:] = right[:2] = 1.0
    path = str(_write(tmp_path / "a.wav", np.stack([left, right])))
    assert _found(Corpus([path], ["sad"]).check()).keys() == {"stereo"}


def test_a_copy_that_can_be_read_is_preferred(tmp_path: Path) -> None:
    top = tmp_path / "03a01Fa.wav"
    top.touch()
    deep = _write(tmp_path / "a" / "b" / "03a01Fa.wav", _voice())
    corpus = load_corpus("emo-db", tmp_path)
    assert corpus.select(corpus.check()).paths == [str(deep)]
    assert corpus.select(corpus.check(audio=False)).paths == [str(top)]


def test_equal_names_are_no_copies_between_speakers_or_in_a_corpus_of_ones_own(
    tmp_path: Path,
) -> None:
    for folder in ("DC", "JE"):
        _write(tmp_path / folder / "a01.wav", _voice())
    found = _found(load_corpus("savee", tmp_path).check())
    assert "nested-copy" not in found
    paths = [str(tmp_path / folder / "a01.wav") for folder in ("DC", "JE")]
    assert Corpus(paths, ["sad", "sad"], ["x", "x"]).check().ok


def test_a_file_in_the_folder_of_another_emotion_is_misnamed(tmp_path: Path) -> None:
    _write(tmp_path / "0011" / "Angry" / "0011_000351.wav", _voice())
    wrong = _write(tmp_path / "0011" / "Angry" / "0011_000001.wav", _voice())
    corpus = load_corpus("esd", tmp_path)
    report = corpus.check()
    misnamed = report.findings[report.findings["defect"] == "misnamed"]
    assert misnamed["path"].tolist() == [str(wrong)]
    assert misnamed["detail"].tolist() == ["its name says neutral, its folder Angry"]
    assert corpus.select(report).y.tolist() == ["angry"]


def test_the_usual_rate_is_that_of_each_speaker(tmp_path: Path) -> None:
    for number in range(3):
        _write(tmp_path / "bea_Angry" / f"anger_1-28_000{number}.wav", _voice(), sr=44100)
        _write(tmp_path / "sam_Angry" / f"anger_1-28_000{number}.wav", _voice(), sr=16000)
    _write(tmp_path / "sam_Angry" / "anger_1-28_0009.wav", _voice(), sr=44100)
    found = _found(load_corpus("emov-db", tmp_path).check())
    assert found["sample-rate"] == ["anger_1-28_0009"]


def test_a_corpus_that_was_resampled_as_a_whole_gets_one_note(tmp_path: Path) -> None:
    for name in ("03a01Fa", "03a02Fa", "08a01Fa"):
        _write(tmp_path / f"{name}.wav", _voice(), sr=22050)
    findings = load_corpus("emo-db", tmp_path).check().findings
    notes = findings[findings["defect"] == "sample-rate"]
    assert notes["row"].tolist() == [-1]
    assert notes["detail"].tolist() == ["emo-db: all clips are at 22050 Hz, published at 16000 Hz"]


def test_a_complete_corpus_is_not_held_to_the_channels_it_lacks() -> None:
    # 1440 clips of speech without the 1012 songs.
    spec = find_spec("ravdess")
    frame = _ravdess_frame()
    whole = Corpus(frame["path"], frame=frame, name="ravdess", spec=spec)
    assert whole.check(audio=False).ok
    short = Corpus(frame["path"][1:], frame=frame[1:], name="ravdess", spec=spec)
    findings = short.check(audio=False).findings
    assert findings["detail"].tolist() == [
        "ravdess has not the clips that were published: speech neutral 95 of 96"
    ]
    # A part that was chosen is no whole.
    assert whole.select(emotion="angry").check(audio=False).ok
    assert whole.map_labels({"calm": "neutral"}).check(audio=False).ok


def _ravdess_frame() -> pd.DataFrame:
    """The table of the speech of RAVDESS."""
    spec = find_spec("ravdess")
    rows = []
    for actor in range(1, 25):
        for emotion in range(1, 9):
            for intensity in (1, 2)[: 1 if emotion == 1 else 2]:
                for text in (1, 2):
                    for take in (1, 2):
                        name = (
                            f"03-01-{emotion:02}-{intensity:02}-{text:02}-{take:02}-{actor:02}.wav"
                        )
                        rows.append({**spec.parse(name), "path": name})
    return pd.DataFrame(rows)


def test_counts_of_joined_corpora_are_checked_one_by_one(tmp_path: Path) -> None:
    _write(tmp_path / "DC_a01.wav", _voice())
    _write(tmp_path / "03a01Fa.wav", _voice())
    findings = load_corpora(tmp_path).check(audio=False).findings
    assert findings["defect"].tolist() == ["count", "count"]
    assert [detail.partition(" ")[0] for detail in findings["detail"]] == ["emo-db", "savee"]


def test_known_shortfalls_are_no_finding() -> None:
    # Good copies of EmoV-DB hold 6887 clips, its README counts 7000.
    spec = find_spec("emov-db")

    def report(n_clips: int) -> CorpusReport:
        paths = [f"bea_Amused/amused_{i}-1_0001.wav" for i in range(n_clips)]
        frame = pd.DataFrame([spec.parse(path) for path in paths])
        return Corpus(paths, frame=frame, name="emov-db", spec=spec).check(audio=False)

    assert report(6887).ok
    assert _found(report(6886)).keys() == {"count"}
    assert _found(report(7001)).keys() == {"count"}


def test_a_report_on_another_corpus_is_refused(zoo: Path) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(audio=False)
    for other in (corpus.select([0, 1]), corpus.select(np.arange(len(corpus))[::-1])):
        with pytest.raises(ValueError, match="The report is about another corpus"):
            other.select(report)
