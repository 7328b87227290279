"""Every twin gives the numbers of its reference, whatever the shape, or the reference runs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sertools import kernels
from sertools.core.cepstral import delta
from sertools.core.padding import fit_length
from sertools.core.spectral import analysis_window, as_bank, filtered, spectrum
from sertools.core.temporal import mean_square, zero_crossing_rate
from sertools.kernels import fastest

LENGTHS = [1, 2, 7, 159, 160, 161, 512, 5003]
DTYPES = [np.float32, np.float64]
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-12}


def clip(rng, n_times, dtype):
    return (0.1 * rng.standard_normal(n_times)).astype(dtype)


def assert_twins(reference, x, **parameters):
    twin = fastest(reference)
    assert twin.__module__.startswith("sertools.kernels.cpu")
    ours, theirs = twin(x, **parameters), reference(x, **parameters)
    assert ours.dtype == x.dtype
    assert ours.shape == theirs.shape
    scale = np.abs(theirs).max(initial=0)
    assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[x.dtype] * scale)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_times", LENGTHS)
@pytest.mark.parametrize("center", [True, False])
class TestFrames:
    @pytest.mark.parametrize("hop_length", [1, 37, 160, 800])
    def test_mean_square(self, rng, dtype, n_times, center, hop_length):
        x = clip(rng, n_times, dtype)
        assert_twins(mean_square, x, frame_length=64, hop_length=hop_length, center=center)

    @pytest.mark.parametrize("hop_length", [1, 37, 160, 800])
    def test_zero_crossing_rate(self, rng, dtype, n_times, center, hop_length):
        x = clip(rng, n_times, dtype)
        x[rng.random(n_times) < 0.2] = 0
        assert_twins(zero_crossing_rate, x, frame_length=64, hop_length=hop_length, center=center)

    @pytest.mark.parametrize("pad_mode", ["constant", "edge", "reflect"])
    @pytest.mark.parametrize(("n_fft", "power"), [(256, 2.0), (90, 1.0), (512, 0.7)])
    def test_spectrum(self, rng, dtype, n_times, center, pad_mode, n_fft, power):
        assert_twins(
            spectrum,
            clip(rng, n_times, dtype),
            window=analysis_window("hann", n_fft - 10, n_fft),
            hop_length=33,
            power=power,
            center=center,
            pad_mode=pad_mode,
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_frames", [1, 3, 50])
def test_filtered(rng, dtype, n_frames):
    weights = np.zeros((5, 33), dtype=dtype)
    weights[0, 3:9] = rng.random(6)
    weights[1, 0] = 1  # a single bin, at the lower end
    weights[2, 30:] = rng.random(3)
    weights[4] = rng.random(33)  # the fourth filter is empty
    spectra = rng.random((n_frames, 33)).astype(dtype)
    assert_twins(filtered, spectra, bank=as_bank(weights))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_frames", [1, 2, 3, 8, 9, 10, 70])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("width", [3, 4, 9])
def test_delta(rng, dtype, n_frames, order, width):
    features = rng.standard_normal((n_frames, 3)).astype(dtype)
    assert_twins(delta, features, order=order, width=width)
    assert_twins(delta, features[:, ::2], order=order, width=width)


class TestFastest:
    def test_a_function_without_a_twin_is_its_own(self):
        x = np.array([1.0, 2.0])
        ours = fastest(fit_length)(x, 3, align="start", mode="wrap")
        assert ours.tolist() == [1.0, 2.0, 1.0]

    def test_another_module_than_numpy_gets_the_reference(self):
        assert fastest(mean_square, pytest).func is mean_square

    def test_without_numba_the_reference_runs(self, monkeypatch, caplog):
        home = mean_square.__module__.replace("core", "kernels.cpu")
        import_module = kernels.importlib.import_module

        def without_numba(name):
            if name == home:
                raise ModuleNotFoundError("No module named 'numba'", name="numba")
            return import_module(name)

        monkeypatch.setattr(kernels.importlib, "import_module", without_numba)
        kernels._twin.cache_clear()
        with caplog.at_level("INFO", logger="sertools"):
            assert fastest(mean_square).func is mean_square
        assert "No module named 'numba'" in caplog.text
        kernels._twin.cache_clear()

    def test_a_broken_twin_is_no_missing_one(self, monkeypatch):
        def broken(name):
            raise RuntimeError(name)

        monkeypatch.setattr(kernels.importlib, "import_module", broken)
        kernels._twin.cache_clear()
        with pytest.raises(RuntimeError, match="temporal"):
            fastest(mean_square)
        kernels._twin.cache_clear()
