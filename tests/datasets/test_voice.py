"""The synthetic voice does what its speaker, prosody and text ask for."""

import librosa
import numpy as np
import pytest
from scipy.signal import find_peaks, resample_poly

from sertools.datasets._voice import (
    PHONES,
    Prosody,
    Speaker,
    _add_up,
    _delay,
    _glottal_spectrum,
    _noise_band,
    _noise_spectra,
    _tract_response,
    amplitude,
    rms,
    speak,
)

SR = 16000
SPEAKER = Speaker("male", f0=120.0, tract=1.0, tilt=-7.5, level=-30.0, tempo=1.0)
# Neither melody nor noise: what is left is the periodic voice alone.
PLAIN = Prosody(
    f0=0.0,
    accent=0.0,
    slope=0.0,
    rate=60.0,
    level=0.0,
    tilt=0.0,
    jitter=0.0,
    shimmer=0.0,
    breath=-100.0,
)


def say(text="aaaaaa", sr=SR, speaker=SPEAKER, seed=0, **prosody):
    return speak(speaker, PLAIN._replace(**prosody), text, sr, np.random.default_rng(seed))


def f0_curve(speech):
    """Return F0 in Hz over the middle of an utterance, where the voice is steady."""
    f0 = librosa.yin(speech, fmin=60, fmax=400, sr=SR, frame_length=1024, hop_length=160)
    return f0[len(f0) // 6 : -len(f0) // 6]


def aperiodicity(speech):
    """Return the RMS of what changes from one period to the next, relative to the speech."""
    period = round(SR / SPEAKER.f0)
    middle = speech[len(speech) // 4 : -len(speech) // 4]
    return rms(middle[period:] - middle[:-period]) / rms(middle)


def test_speech_has_unit_rms_and_fades_in_and_out():
    speech = say("samIto lenUka")
    assert rms(speech) == pytest.approx(1.0)
    edge = SR // 100
    assert rms(speech[:edge]) < 0.01
    assert rms(speech[-edge:]) < 0.01


@pytest.mark.parametrize("semitones", [-3.0, 0.0, 9.0])
@pytest.mark.parametrize("f0", [100.0, 220.0])
def test_f0_is_the_one_asked_for(f0, semitones):
    speech = say(speaker=SPEAKER._replace(f0=f0), f0=semitones)
    assert np.median(f0_curve(speech)) == pytest.approx(f0 * 2 ** (semitones / 12), rel=0.01)


def test_slope_and_accent_bend_f0():
    rising = 12 * np.log2(f0_curve(say(slope=6.0)))
    # Four of the six semitones, for the curve leaves out a sixth at either end.
    assert rising[-1] - rising[0] == pytest.approx(4.0, abs=0.5)
    accented = f0_curve(say("uuuUuuu", accent=6.0))
    peak = np.argmax(accented) / len(accented)
    assert 0.35 < peak < 0.65
    assert 12 * np.log2(accented.max() / accented.min()) == pytest.approx(6.0, abs=1.0)
    # An accent leaves the mean where it is: the other syllables make room.
    assert accented.min() < 0.98 * SPEAKER.f0


def test_rate_and_tempo_shorten_speech():
    slow = len(say(rate=60.0))
    assert len(say(rate=90.0)) == pytest.approx(slow * 60 / 90, rel=0.01)
    assert len(say(speaker=SPEAKER._replace(tempo=1.5))) == pytest.approx(slow / 1.5, rel=0.01)


@pytest.mark.parametrize("unsteady", [{"jitter": 2.0}, {"shimmer": 2.0}, {"breath": -12.0}])
def test_jitter_shimmer_and_breath_make_the_voice_less_periodic(unsteady):
    assert aperiodicity(say(**unsteady)) > 2 * aperiodicity(say())


def test_tilt_raises_every_octave_by_as_many_db():
    def band_level(speech, low, high):
        power = np.abs(np.fft.rfft(speech)) ** 2
        frequencies = np.fft.rfftfreq(len(speech), 1 / SR)
        return 10 * np.log10(power[(frequencies > low) & (frequencies < high)].sum())

    plain, bright = say(), say(tilt=3.0)
    raised = [
        band_level(bright, *band) - band_level(plain, *band) for band in [(450, 500), (3600, 4000)]
    ]
    assert raised[1] - raised[0] == pytest.approx(3 * 3.0, abs=0.5)


def test_pulse_rises_by_6_db_below_f0_and_falls_by_its_tilt_above():
    octaves = np.array([1.0, 2.0, 12800.0, 25600.0])
    low, low_up, high, high_up = 20 * np.log10(_glottal_spectrum(octaves, 150.0, -9.0))
    assert low_up - low == pytest.approx(6.02, abs=0.01)
    assert high_up - high == pytest.approx(-9.0, abs=0.01)


@pytest.mark.parametrize("vowel", "aeiou")
def test_tract_resonates_at_the_formants(vowel):
    frequencies = np.arange(0.0, 4000.0, 5.0, dtype=np.float32)
    response = np.abs(_tract_response(frequencies, np.array([PHONES[vowel].formants])))[0]
    peaks, _ = find_peaks(response)
    np.testing.assert_allclose(frequencies[peaks], PHONES[vowel].formants, rtol=0.05)
    assert response[0] == pytest.approx(1.0)


def test_longer_tract_lowers_the_spectrum():
    def centroid(tract):
        speech = say(speaker=SPEAKER._replace(tract=tract), tilt=3.0).astype(np.float32)
        return librosa.feature.spectral_centroid(y=speech, sr=SR).mean()

    assert centroid(1.2) > 1.1 * centroid(1.0)


def test_fricatives_hiss_around_their_centre():
    speech = say("asa")
    middle = speech[2 * len(speech) // 5 : -2 * len(speech) // 5]
    power = np.abs(np.fft.rfft(middle)) ** 2
    frequencies = np.fft.rfftfreq(len(middle), 1 / SR)
    assert np.average(frequencies, weights=power) == pytest.approx(6000, rel=0.1)


def test_stops_are_silent_before_a_sudden_release():
    level = librosa.feature.rms(y=say("ata"), frame_length=160, hop_length=80)[0]
    middle = level[len(level) // 4 : -len(level) // 4]
    assert middle.min() < 0.01 * middle.max()
    # From closure to burst in 10 ms, where the vowel before took 40 ms and more to fade.
    assert np.max(middle[2:] / (middle[:-2] + 1e-9)) > 10


@pytest.mark.parametrize("rate", [8000, 4000])
def test_a_lower_rate_leaves_out_what_it_cannot_hold_and_adds_nothing(rate):
    text = "malonEmi"
    high = resample_poly(say(text, tilt=3.0), 1, SR // rate)
    low = say(text, sr=rate, tilt=3.0)
    assert len(high) == len(low)
    # The filter of the resampler takes a little away below the new limit as well.
    assert np.corrcoef(high, low)[0, 1] > 0.99


@pytest.mark.parametrize("sr", [8000, 48000])
def test_noise_through_a_filter_of_energy_1_has_rms_1_at_any_rate(sr):
    n_fft = 4096
    frequencies = np.fft.rfftfreq(n_fft, 1 / sr)
    noise = _noise_spectra(400, sr, n_fft, np.random.default_rng(0))
    band = _noise_band(frequencies, np.array([[2000.0, 300.0]]))
    hop = round(0.005 * sr)
    speech = _add_up(noise * band, np.arange(400) * hop, 400 * hop)
    assert rms(speech[hop * 4 :]) == pytest.approx(1.0, rel=0.05)


def test_delay_by_whole_samples_moves_a_pulse():
    frequencies = np.fft.rfftfreq(64, 1 / SR)
    spectra = _delay(frequencies, np.array([0.0, 3 / SR]))
    summed = _add_up(spectra, np.array([10, 20]), 40)
    expected = np.zeros(40)
    expected[[10, 23]] = 1.0
    np.testing.assert_allclose(summed, expected, atol=1e-5)


def test_amplitude_of_20_db_is_10():
    np.testing.assert_allclose(amplitude([0.0, 20.0, -6.0206]), [1.0, 10.0, 0.5], rtol=1e-5)
