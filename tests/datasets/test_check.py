"""Checking a corpus: a zoo with one specimen of every defect, and healthy clips between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sertools.datasets import Corpus, CorpusReport, find_spec, load_corpora, load_corpus

# The loader tells of copies; what becomes of them is looked at here.
pytestmark = pytest.mark.filterwarnings("ignore:.* are copies of others:UserWarning")

SR = 16000
RNG = np.random.default_rng(0)


@pytest.fixture
def zoo(tmp_path: Path, voice, write) -> Path:
    """EMO-DB files, each named after what is wrong with it in `test_every_defect`."""
    wav = tmp_path / "wav"
    write(wav / "03a01Fa.wav", voice())
    same = voice()
    write(wav / "03a01Wa.wav", same)
    write(wav / "03a01Wb.flac", same)
    twin = voice()
    write(wav / "03a02Wa.wav", twin)
    write(wav / "03a02La.wav", twin)
    other = voice()
    write(wav / "08a02Wa.wav", other)
    write(wav / "09a02Wa.wav", other)
    write(wav / "08a01Na.wav", np.stack([voice(), voice()]))
    both = voice()
    write(wav / "08a01Nb.wav", np.stack([both, both]))
    write(wav / "08a01Ta.wav", np.zeros(1600))
    write(wav / "08a01Tb.wav", np.zeros(1600))
    write(wav / "08a01Tc.wav", 0.5 + voice(peak=5e-4), subtype="FLOAT")
    write(wav / "09a01Aa.wav", np.clip(voice(peak=1.5), -1, 1))
    peaks = voice()
    peaks[[100, 101, 300]] = 1.0
    write(wav / "09a01Ab.wav", peaks)
    holes = voice()
    holes[7] = np.nan
    write(wav / "09a04Aa.wav", holes, subtype="FLOAT")
    write(wav / "08a04Aa.wav", voice(), sr=22050)
    (wav / "10a01Na.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    (wav / "10a01Nb.wav").touch()
    whole = write(wav / "10a01Nc.wav", voice()).read_bytes()
    (wav / "10a01Nc.wav").write_bytes(whole[:1000])
    (wav / "10a01Nd.wav").write_text("<html>not found</html>")
    write(tmp_path / "again" / "wav" / "03a01Fa.wav", voice())
    return tmp_path


def test_every_defect_is_found_by_its_name(zoo: Path, found_in) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(n_jobs=2)
    assert found_in(report) == {
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


def test_the_report_is_a_plan_that_select_carries_out(zoo: Path, found_in) -> None:
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
    assert found_in(again).keys() == {"count", "stereo", "sample-rate", "clipped"}
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
    assert details["08a04Aa"] == "22050 Hz, where 16000 Hz is usual"
    assert "03a01Wa.wav' (angry, emo-db:03)" in details["03a01Wb"]
    assert "one of 2 clips with the same samples under different labels" in details["08a02Wa"]
    assert "09a02Wa.wav' (angry, emo-db:09)" in details["08a02Wa"]
    assert "truncated" in details["10a01Nc"]
    assert "git lfs pull" in details["10a01Na"]


def test_without_listening_the_table_alone_is_checked(zoo: Path, found_in) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(audio=False)
    assert found_in(report).keys() == {"count", "nested-copy"}
    assert (corpus.frame["recording_id"] == "").all()


def test_a_healthy_corpus_has_no_findings(tmp_path: Path, voice, write) -> None:
    paths = [str(write(tmp_path / f"{i}.wav", voice())) for i in range(3)]
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


def test_waveforms_are_checked_like_files(voice) -> None:
    twin = voice()
    waves = [voice(), np.zeros(160, np.float32), twin, twin.copy(), np.ones(160, np.float32)]
    report = Corpus(waves, ["sad", "sad", "sad", "angry", "sad"], sr=SR).check()
    assert report.findings["defect"].tolist() == [
        *("silent", "contradiction", "contradiction", "silent", "clipped")
    ]
    assert report.findings["row"].tolist() == [1, 2, 3, 4, 4]
    assert "clip 3 (angry, speaker unknown)" in report.findings["detail"][1]


def test_the_softest_real_recordings_are_not_silent(voice) -> None:
    # The quietest file of RAVDESS reaches 201 of 32768 steps.
    assert Corpus([voice(peak=201 / 2**15)], ["calm"], sr=SR).check().ok


@pytest.mark.parametrize(("swing", "silent"), [(0.99e-3, True), (1.01e-3, False)])
def test_silence_ends_60_db_below_full_scale(swing: float, silent: bool, found_in) -> None:
    report = Corpus([0.25 + np.array([-swing, 0.0, swing])], ["calm"], sr=SR).check()
    assert found_in(report) == ({"silent": [""]} if silent else {})


def test_what_readers_hear_as_silence_is_silent(tmp_path: Path, voice, write, found_in) -> None:
    paths = []
    for name in ("a", "b"):
        clip = voice()
        paths.append(str(write(tmp_path / f"{name}.wav", np.stack([clip, -clip]))))
    report = Corpus(paths, ["sad", "angry"]).check()
    assert found_in(report) == {"silent": ["a", "b"], "stereo": ["a", "b"]}


def test_samples_far_beyond_full_scale_are_told_as_such(
    tmp_path: Path, voice, write, found_in
) -> None:
    loud = write(tmp_path / "loud.wav", voice() * 2**15, subtype="FLOAT")
    huge = write(tmp_path / "huge.wav", voice().astype(float) * 1e300, subtype="DOUBLE")
    report = Corpus([str(loud), str(huge)], ["sad", "sad"]).check()
    assert found_in(report) == {"clipped": ["loud"], "not-finite": ["huge"]}
    assert "times full scale" in report.findings["detail"][0]


@pytest.mark.parametrize(("in_a_row", "clipped"), [(1, False), (2, False), (3, True), (9, True)])
@pytest.mark.parametrize("sign", [1, -1])
def test_three_samples_at_full_scale_are_clipping(
    in_a_row: int, sign: int, clipped: bool, voice, found_in
) -> None:
    clip = voice()
    clip[500 : 500 + in_a_row] = sign * (1 - 2.0**-15)
    clip[[0, 1, -2, -1]] = 1.0  # at both ends, and not in a row
    report = Corpus([clip], ["angry"], sr=SR).check()
    assert found_in(report) == ({"clipped": [""]} if clipped else {})


def test_a_run_at_full_scale_ends_with_its_channel(tmp_path: Path, voice, write, found_in) -> None:
    left, right = voice(), voice()
    left[-2:] = right[:2] = 1.0
    path = str(write(tmp_path / "a.wav", np.stack([left, right])))
    assert found_in(Corpus([path], ["sad"]).check()).keys() == {"stereo"}


def test_a_file_in_the_folder_of_another_emotion_is_misnamed(tmp_path: Path, voice, write) -> None:
    write(tmp_path / "0011" / "Angry" / "0011_000351.wav", voice())
    wrong = write(tmp_path / "0011" / "Angry" / "0011_000001.wav", voice())
    corpus = load_corpus("esd", tmp_path)
    report = corpus.check()
    misnamed = report.findings[report.findings["defect"] == "misnamed"]
    assert misnamed["path"].tolist() == [str(wrong)]
    assert misnamed["detail"].tolist() == ["its name says neutral, its folder Angry"]
    assert corpus.select(report).y.tolist() == ["angry"]


def test_a_complete_corpus_is_not_held_to_the_channels_it_lacks(ravdess_speech) -> None:
    # 1440 clips of speech without the 1012 songs.
    spec = find_spec("ravdess")
    frame = ravdess_speech
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


def test_copies_do_not_make_up_for_clips_that_are_missing(ravdess_speech) -> None:
    spec = find_spec("ravdess")
    frame = ravdess_speech[1:]
    twice = pd.concat([frame, frame.assign(path="copy/" + frame["path"])])
    corpus = Corpus(twice["path"], frame=twice, name="ravdess", spec=spec)
    report = corpus.check(audio=False)
    complaint = "ravdess has not the clips that were published: speech neutral 95 of 96"
    assert report.findings["detail"][0] == complaint
    repaired = corpus.select(report)
    assert len(repaired) == 1439
    assert repaired.check(audio=False).findings["detail"].tolist() == [complaint]
    # What was chosen besides is no whole.
    assert corpus.select(report, emotion="sad").check(audio=False).ok


def test_counts_of_joined_corpora_are_checked_one_by_one(tmp_path: Path, voice, write) -> None:
    write(tmp_path / "DC_a01.wav", voice())
    write(tmp_path / "03a01Fa.wav", voice())
    findings = load_corpora(tmp_path).check(audio=False).findings
    assert findings["defect"].tolist() == ["count", "count"]
    assert [detail.partition(" ")[0] for detail in findings["detail"]] == ["emo-db", "savee"]


def test_known_shortfalls_are_no_finding(found_in) -> None:
    # Good copies of EmoV-DB hold 6887 clips, its README counts 7000.
    spec = find_spec("emov-db")

    def report(n_clips: int) -> CorpusReport:
        paths = [f"bea_Amused/amused_{i}-1_0001.wav" for i in range(n_clips)]
        frame = pd.DataFrame([spec.parse(path) for path in paths])
        return Corpus(paths, frame=frame, name="emov-db", spec=spec).check(audio=False)

    assert report(6887).ok
    assert found_in(report(6886)).keys() == {"count"}
    assert found_in(report(7001)).keys() == {"count"}


def test_a_report_on_another_corpus_is_refused(zoo: Path) -> None:
    corpus = load_corpus("emo-db", zoo)
    report = corpus.check(audio=False)
    for other in (corpus.select([0, 1]), corpus.select(np.arange(len(corpus))[::-1])):
        with pytest.raises(ValueError, match="The report is about another corpus"):
            other.select(report)


def test_a_report_on_waveforms_in_another_order_is_refused(voice) -> None:
    waves = [voice(), voice(), voice(), np.zeros(1600, np.float32)]
    corpus = Corpus(waves, ["sad"] * 4, sr=SR)
    report = corpus.check()
    assert corpus.select(report).select([0, 1]).X[1] is corpus.X[1]
    again = Corpus([wave.copy() for wave in waves], ["sad"] * 4, sr=SR)
    assert len(again.select(report)) == 3
    with pytest.raises(ValueError, match="The report is about another corpus"):
        corpus.select([3, 2, 1, 0]).select(report)


def test_a_report_that_leaves_nothing_says_why(tmp_path: Path, write) -> None:
    for name in ("03a01Fa", "03a02Fa"):
        (tmp_path / f"{name}.wav").write_text("version https://git-lfs.github.com/spec/v1\n")
    write(tmp_path / "03a04Fa.wav", np.zeros(1600))
    corpus = load_corpus("emo-db", tmp_path)
    with pytest.raises(ValueError, match=r"No clip .* is left.*\(lfs-stub 2, silent 1\)"):
        corpus.select(corpus.check())


def test_many_clips_of_the_same_samples_take_linear_time(voice) -> None:
    # Rendering every clip for every other took minutes.
    clip = voice(16)
    n_clips = 3000
    corpus = Corpus([clip.copy() for _ in range(n_clips)], ["sad", "angry"] * (n_clips // 2), sr=SR)
    findings = corpus.check().findings
    assert findings["defect"].tolist() == ["contradiction"] * n_clips
    assert findings["detail"].nunique() == 1
    assert findings["detail"][0].endswith(
        "clip 0 (sad, speaker unknown), clip 1 (angry, speaker unknown), clip 2 (sad, speaker "
        "unknown) and 2997 more"
    )
