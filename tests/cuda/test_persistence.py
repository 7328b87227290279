"""Models that were fitted on a GPU load where there is none."""

from __future__ import annotations

import numpy as np

from sertools import KernelRidgeClassifier, SpeakerAdaptedClassifier, load, save


def test_what_was_fitted_there_loads_here(on_gpu, rng, tmp_path, caplog):
    y, groups = np.arange(160) % 2, np.repeat(["ann", "bob"], 80)
    X = rng.normal(3 * y[:, None] + np.repeat([4, -4], 80)[:, None], size=(160, 5))
    with on_gpu() as cupy:
        model = SpeakerAdaptedClassifier(KernelRidgeClassifier(device="cuda"))
        model.fit(cupy.asarray(X), y, groups=groups)
        said = model.predict_proba(cupy.asarray(X), groups)
        save(model, tmp_path / "model.ser")
    with caplog.at_level("WARNING", logger="sertools"):
        again = load(tmp_path / "model.ser")
    if again.estimator_.device == "cpu":  # where there is no GPU
        assert "KernelRidgeClassifier will work on the CPU" in caplog.text
    np.testing.assert_allclose(again.predict_proba(X, groups), said, atol=1e-5)
