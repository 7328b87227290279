"""AcousticExtractor: the numbers of its extractors, their names, their parameters, shared work."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sertools import (
    AcousticExtractor,
    MelExtractor,
    MFCCExtractor,
    RMSExtractor,
    RowCache,
    ZCRExtractor,
)
from sertools.features import _acoustic, _analysis


@pytest.fixture
def clips(rng):
    return [0.1 * rng.standard_normal(n).astype(np.float32) for n in (4000, 9000, 6000, 7000)]


def test_the_numbers_of_the_single_extractors(clips):
    parts = [ZCRExtractor(), RMSExtractor(kind="db"), MFCCExtractor(deltas=2), MelExtractor()]
    together = AcousticExtractor(parts).fit_transform(clips)
    single = np.hstack([part.fit_transform(clips) for part in parts])
    assert_array_equal(together, single)


def test_frames_stack_along_the_channels(clips):
    parts = [ZCRExtractor(stats=None), MFCCExtractor(stats=None, n_fft=1024)]
    together = AcousticExtractor(parts).fit_transform(clips)
    for clip, frames in zip(clips, together, strict=True):
        single = [part.fit_transform([clip])[0] for part in parts]
        assert_array_equal(frames, np.vstack(single))


def test_frames_that_do_not_stack(clips):
    parts = [ZCRExtractor(stats=None), MFCCExtractor(stats=None, hop_length=200)]
    with pytest.raises(ValueError, match=r"numbers of frames \({'zcr': 26, 'mfcc': 21}\)"):
        AcousticExtractor(parts).fit_transform(clips)


def test_one_spectrum_for_all(clips, monkeypatch):
    calls = []
    fastest = _analysis.fastest

    def counting(reference, xp):
        calls.append(reference.__name__)
        return fastest(reference, xp)

    monkeypatch.setattr(_analysis, "fastest", counting)
    features = [
        "mfcc",
        "mel",
        ("plain", MelExtractor(log=False)),
        ("fewer", MFCCExtractor(n_mfcc=5)),
    ]
    AcousticExtractor(features).fit_transform(clips[:1])
    assert calls == ["spectrum", "filtered"]


class TestNames:
    def test_columns_called_alike_get_the_name_of_their_extractor(self, clips):
        features = ["zcr", ("narrow", MFCCExtractor(n_mfcc=1, n_fft=256)), MFCCExtractor(n_mfcc=1)]
        extractor = AcousticExtractor(features, stats=["mean"]).fit(clips)
        names = ["zcr_mean", "narrow__mfcc00_mean", "mfcc__mfcc00_mean"]
        assert list(extractor.get_feature_names_out()) == names

    def test_the_compact_set(self, clips):
        names = AcousticExtractor("compact").fit(clips).get_feature_names_out()
        assert len(names) == 2 * (1 + 1 + 2 * 20 + 64)
        assert {"zcr_mean", "rms_std", "mfcc19_delta_std", "mel63_mean"} <= set(names)


class TestParameters:
    def test_all_are_reachable(self):
        extractor = AcousticExtractor(["zcr", ("wide", MFCCExtractor(n_fft=2048))])
        params = extractor.get_params()
        assert (params["zcr__frame_length"], params["wide__n_fft"]) == (512, 2048)
        assert "wide__n_fft" not in extractor.get_params(deep=False)

    def test_setting_one_leaves_the_callers_list_and_clones_alone(self):
        given = ["zcr", MFCCExtractor()]
        extractor = AcousticExtractor(given)
        copy = clone(extractor)
        extractor.set_params(mfcc__n_mfcc=13, zcr__frame_length=400, deltas=1)
        assert extractor.get_params()["mfcc__n_mfcc"] == 13
        assert extractor.get_params()["zcr__frame_length"] == 400
        assert given[0] == "zcr"
        assert given[1].n_mfcc == 20
        assert copy.get_params()["mfcc__n_mfcc"] == 20

    def test_an_extractor_as_a_whole(self):
        extractor = AcousticExtractor(["zcr", "mfcc"])
        assert isinstance(extractor.get_params()["mfcc"], MFCCExtractor)
        extractor.set_params(mfcc=MFCCExtractor(n_fft=1024), mfcc__n_mfcc=5)
        assert extractor.get_params()["mfcc__n_fft"] == 1024
        assert extractor.get_params()["mfcc__n_mfcc"] == 5
        extractor.set_params(features=["mfcc"], mfcc__n_mfcc=7)
        assert extractor.get_params()["mfcc__n_mfcc"] == 7

    def test_one_that_is_not_there(self):
        with pytest.raises(ValueError, match="Invalid parameter 'mfc'.*'mfcc'"):
            AcousticExtractor(["mfcc"]).set_params(mfc__n_mfcc=3)
        with pytest.raises(ValueError, match="Invalid parameter 'n_mfc'"):
            AcousticExtractor(["mfcc"]).set_params(mfcc__n_mfc=3)
        with pytest.raises(ValueError, match="Invalid parameter 'mfcc'"):
            AcousticExtractor("compact").set_params(mfcc__n_mfcc=3)

    def test_those_of_the_whole_go_to_all(self, clips):
        extractor = AcousticExtractor(
            ["zcr", MFCCExtractor(n_mfcc=3, stats=None)], deltas=1, stats=["max"], hop_length=320
        )
        parts = [
            ZCRExtractor(deltas=1, stats=["max"], hop_length=320),
            MFCCExtractor(n_mfcc=3, deltas=1, stats=["max"], hop_length=320),
        ]
        single = np.hstack([part.fit_transform(clips) for part in parts])
        assert_array_equal(extractor.fit_transform(clips), single)

    def test_another_sample_rate_goes_to_all(self, clips):
        ours = AcousticExtractor([MelExtractor()], sr=8000).fit_transform(clips)
        assert_array_equal(ours, MelExtractor(sr=8000).fit_transform(clips))

    def test_searched(self, rng):
        clips = [0.1 * rng.standard_normal(3000) for _ in range(12)]
        pipeline = make_pipeline(AcousticExtractor(["mfcc"]), GaussianNB())
        search = GridSearchCV(pipeline, {"acousticextractor__mfcc__n_mfcc": [2, 3]}, cv=2)
        search.fit(clips, ["a", "b"] * 6)
        assert search.best_params_["acousticextractor__mfcc__n_mfcc"] in (2, 3)


class TestRowCache:
    def test_recalls_its_rows(self, clips, tmp_path):
        cache = RowCache(AcousticExtractor(["zcr", MFCCExtractor()]), location=tmp_path)
        computed = cache.fit_transform(clips)
        recalled = cache.transform(clips)
        assert cache.hits_ == len(clips)
        assert_array_equal(recalled, computed)
        cache.set_params(transformer__mfcc__n_mfcc=13).fit(clips)
        assert "n_mfcc" in cache.explain(clips[0])

    def test_a_name_that_has_moved_on_is_another_set(self, clips, tmp_path, monkeypatch):
        cache = RowCache(AcousticExtractor("compact"), location=tmp_path).fit(clips)
        cache.transform(clips)
        monkeypatch.setitem(_acoustic.LATEST, "compact", "compact-v2")
        monkeypatch.setitem(_acoustic.SETS, "compact-v2", _acoustic.SETS["compact-v1"])
        assert "compact-v2" in cache.explain(clips[0])

    def test_an_extractor_whose_numbers_changed_is_asked_again(self, clips, tmp_path, monkeypatch):
        cache = RowCache(AcousticExtractor(["zcr"]), location=tmp_path).fit(clips)
        cache.transform(clips)
        monkeypatch.setattr(ZCRExtractor, "_row_version", 2)
        cache.transform(clips)
        assert cache.misses_ == len(clips)
