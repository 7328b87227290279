"""Audio files in and out: every format, every way a file can be broken."""

from __future__ import annotations

import io
import os
import pathlib
import struct

import librosa
import numpy as np
import pytest
import soundfile as sf

from sertools import audio
from sertools.audio import _read, _write

SR = 16000
LFS_STUB = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 82260\n"
)


@pytest.fixture
def tone():
    """Half a second of a soft tone that changes over time, so that places can be told apart."""
    t = np.arange(SR // 2) / SR
    return 0.5 * np.sin(2 * np.pi * (200 + 300 * t) * t)


def encode(samples, sr=SR, **options):
    file = io.BytesIO()
    sf.write(file, samples, sr, **options)
    return file.getvalue()


def with_extra_chunks(wav):
    """The same WAV with a LIST chunk before the samples and junk after them."""
    extra = (
        b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf58.29.100\0"
    )
    tail = b"junk" + struct.pack("<I", 6) + b"abcdef"
    body = wav[12:36] + extra + wav[36:] + tail
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


class TestRead:
    @pytest.mark.parametrize(
        ("container", "subtype", "tolerance"),
        [
            ("WAV", "PCM_U8", 2**-7),
            ("WAV", "PCM_16", 2**-15),
            ("WAV", "PCM_24", 2**-23),
            ("WAV", "PCM_32", 2**-23),  # float32 samples hold 24 bits
            ("WAV", "FLOAT", 1e-7),
            ("WAV", "DOUBLE", 1e-7),
            ("WAV", "ULAW", 0.02),
            ("WAVEX", "PCM_16", 2**-15),
            ("WAVEX", "FLOAT", 1e-7),
            ("RF64", "PCM_16", 2**-15),
            ("FLAC", "PCM_16", 2**-15),
            ("FLAC", "PCM_24", 2**-23),
            ("AIFF", "PCM_16", 2**-15),
            ("OGG", "VORBIS", 0.05),
            ("MP3", "MPEG_LAYER_III", 0.05),
        ],
    )
    def test_every_format(self, tone, container, subtype, tolerance):
        data = encode(tone, format=container, subtype=subtype)
        samples, sr = audio.read(data)
        assert sr == SR
        assert samples.dtype == np.float32
        assert samples.flags.c_contiguous
        assert samples.shape == tone.shape
        np.testing.assert_allclose(samples, tone, atol=tolerance)

    def test_opus(self, tone):
        samples, sr = audio.read(encode(tone, format="OGG", subtype="OPUS"))
        assert sr == SR
        assert samples.shape == tone.shape
        assert np.corrcoef(samples, tone)[0, 1] > 0.99  # it blurs the ends

    def test_extra_riff_chunks(self, tone):
        plain = encode(tone, format="WAV")
        np.testing.assert_array_equal(audio.read(with_extra_chunks(plain))[0], audio.read(plain)[0])

    def test_wav_from_a_pipe_promises_no_size(self, tone):
        wav = bytearray(encode(tone, format="WAV"))
        wav[4:8] = wav[40:44] = struct.pack("<I", 0xFFFFFFFF)
        assert len(audio.read(wav)[0]) == len(tone)

    def test_a_path_a_file_object_and_bytes_give_the_same(self, tone, tmp_path):
        path = tmp_path / "tone.wav"
        audio.write(path, tone, SR)
        expected = audio.read(str(path))[0]
        data = path.read_bytes()
        np.testing.assert_array_equal(audio.read(path)[0], expected)
        np.testing.assert_array_equal(audio.read(data)[0], expected)
        np.testing.assert_array_equal(audio.read(memoryview(data))[0], expected)
        file = io.BytesIO(data)
        for _ in range(2):  # a second reading starts over
            np.testing.assert_array_equal(audio.read(file)[0], expected)
        assert not file.closed

    def test_float64(self, tone):
        samples, _ = audio.read(encode(tone, format="WAV", subtype="DOUBLE"), dtype="float64")
        np.testing.assert_array_equal(samples, tone)

    def test_mono_is_the_mean_of_the_channels(self, tone):
        stereo = np.stack([tone, -0.5 * tone], axis=1)
        data = encode(stereo, format="WAV", subtype="FLOAT")
        np.testing.assert_allclose(audio.read(data)[0], 0.25 * tone, atol=1e-7)
        both, _ = audio.read(data, mono=False)
        assert both.shape == (2, len(tone))
        np.testing.assert_allclose(both, stereo.T, atol=1e-7)

    @pytest.mark.parametrize("container", ["WAV", "FLAC"])
    @pytest.mark.parametrize(
        ("offset", "duration"), [(0.1, None), (0.0, 0.2), (0.123, 0.1), (0.4, 9)]
    )
    def test_offset_and_duration_are_a_slice(self, tone, container, offset, duration):
        data = encode(tone, format=container)
        whole, _ = audio.read(data)
        start = round(offset * SR)
        stop = None if duration is None else start + round(duration * SR)
        part, _ = audio.read(data, offset=offset, duration=duration)
        np.testing.assert_array_equal(part, whole[start:stop])

    @pytest.mark.parametrize(
        ("container", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)]
    )
    @pytest.mark.parametrize("sr", [16000, 24000])
    @pytest.mark.parametrize("offset", [0.01, 1.3, 2.75, 2.95])
    def test_offset_in_lossy_files_too(self, rng, container, subtype, sr, offset):
        data = encode(rng.uniform(-0.5, 0.5, 3 * sr), sr, format=container, subtype=subtype)
        whole, _ = audio.read(data)
        part, _ = audio.read(data, offset=offset, duration=0.2)
        start = round(offset * sr)
        np.testing.assert_array_equal(part, whole[start : start + round(0.2 * sr)])

    def test_what_cannot_be_sought_is_read_from_the_start(self, tone):
        data = encode(tone, format="WAV", subtype="GSM610")
        part, _ = audio.read(data, offset=0.1, duration=0.1)
        np.testing.assert_array_equal(part, audio.read(data)[0][1600:3200])

    def test_long_files_are_decoded_in_blocks(self, tone, monkeypatch):
        monkeypatch.setattr(_read, "_BLOCK", 1000)
        data = encode(tone, format="FLAC")
        blocks, _ = audio.read(data, offset=0.1)
        monkeypatch.undo()
        np.testing.assert_array_equal(blocks, audio.read(data, offset=0.1)[0])

    def test_offset_seeks(self, tone, monkeypatch):
        asked = []
        read = sf.SoundFile.read
        monkeypatch.setattr(
            sf.SoundFile, "read", lambda self, n, **kw: asked.append(n) or read(self, n, **kw)
        )
        audio.read(encode(tone, format="WAV"), offset=0.3, duration=0.1)
        assert asked == [1600]

    @pytest.mark.parametrize(("sr", "target"), [(48000, 16000), (44100, 16000), (8000, 16000)])
    def test_resampling_agrees_with_librosa(self, rng, sr, target, tmp_path):
        path = tmp_path / "noise.wav"
        audio.write(path, rng.uniform(-0.5, 0.5, 12345), sr)
        ours, rate = audio.read(path, target)
        theirs, _ = librosa.load(path, sr=target, res_type="soxr_hq")
        assert rate == target
        assert ours.flags.c_contiguous
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, atol=1e-6)

    def test_channels_are_resampled_each(self, tone):
        stereo = np.stack([tone, np.zeros_like(tone)])
        halved = audio.resample(stereo, SR, SR // 2)
        assert halved.shape == (2, len(tone) // 2)
        np.testing.assert_allclose(halved[0], audio.resample(tone, SR, SR // 2), atol=1e-12)
        assert not halved[1].any()


class TestBrokenFiles:
    def refused(self, source, *words, error=audio.AudioFileError):
        for call in (audio.read, audio.probe):
            with pytest.raises(error) as caught:
                call(source)
            for word in words:
                assert word in str(caught.value)

    def test_missing(self, tmp_path):
        self.refused(tmp_path / "no.wav", "no.wav", "does not exist", error=FileNotFoundError)

    def test_folder(self, tmp_path):
        self.refused(tmp_path, "is a folder", error=IsADirectoryError)

    def test_zero_bytes(self, tmp_path):
        (tmp_path / "a.wav").touch()
        self.refused(tmp_path / "a.wav", "a.wav", "empty (0 bytes)")
        self.refused(b"", "empty (0 bytes)")

    def test_lfs_stub(self, tmp_path):
        (tmp_path / "a.wav").write_bytes(LFS_STUB)
        self.refused(tmp_path / "a.wav", "Git LFS stub", "git lfs pull")
        self.refused(io.BytesIO(LFS_STUB), "Git LFS stub")

    def test_a_stub_has_an_error_of_its_own(self):
        with pytest.raises(audio.LFSStubError):
            audio.read(LFS_STUB)

    @pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
    @pytest.mark.parametrize("bad", [np.nan, np.inf, -1e12])
    def test_samples_that_are_no_numbers(self, tone, subtype, bad):
        tone[1000] = bad
        data = encode(tone, format="WAV", subtype=subtype)
        with pytest.raises(audio.NotFiniteError, match="contains NaN, inf or"):
            audio.read(data, 8000)
        assert len(audio.read(data, duration=0.05)[0]) == 800  # what is not read is not judged

    def test_text(self, tmp_path):
        (tmp_path / "a.wav").write_text("<html>404 not found</html>" * 9)
        self.refused(tmp_path / "a.wav", "holds text", "<html>")

    def test_a_name_that_promises_no_header(self, tmp_path):
        (tmp_path / "a.raw").write_bytes(bytes(range(256)))
        self.refused(tmp_path / "a.raw", "cannot be opened as audio", "WAV, FLAC")

    def test_another_format(self, tmp_path):
        (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(range(256)))
        self.refused(tmp_path / "a.m4a", "WAV, FLAC", "MP3", "ffmpeg -i")

    @pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "AU"])
    @pytest.mark.parametrize("kept", [0.95, 0.5, 0.05])
    def test_truncated_by_its_header(self, tone, container, kept):
        data = encode(tone, format=container, subtype="PCM_16")
        self.refused(data[: int(kept * len(data))], "truncated", "are there")

    @pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
    def test_truncated_without_a_last_page(self, rng, subtype, tmp_path):
        data = encode(rng.uniform(-0.5, 0.5, 6 * SR), format="OGG", subtype=subtype)
        half = data[: len(data) // 2]
        self.refused(half, "truncated", "last page is missing")
        (tmp_path / "half.ogg").write_bytes(half)
        self.refused(tmp_path / "half.ogg", "half.ogg' is truncated")

    def test_a_stream_that_does_not_say_its_length(self, tone):
        flac = bytearray(encode(tone, format="FLAC"))
        flac[21] &= 0xF0  # the 36 bits of STREAMINFO that count the samples
        flac[22:26] = bytes(4)
        self.refused(flac, "does not say how long it is", "ffmpeg -i")

    def test_a_count_beyond_all_memory(self, tone):
        flac = bytearray(encode(tone, format="FLAC"))
        flac[21] |= 0x0F
        flac[22:26] = b"\xff" * 4
        with pytest.raises(audio.AudioFileError, match="truncated|damaged"):
            audio.read(flac)

    @pytest.mark.parametrize("container", ["FLAC", "MP3"])
    def test_truncated_while_decoding(self, container, rng):
        data = encode(rng.uniform(-0.5, 0.5, 3 * SR), format=container)
        with pytest.raises(audio.AudioFileError, match="truncated|damaged"):
            audio.read(data[: len(data) // 2])

    def test_a_miscounted_sample_is_no_truncation(self, tone):
        assert len(audio.read(encode(tone, format="WAV")[:-2])[0]) == len(tone) - 1

    def test_no_samples(self):
        data = encode(np.zeros(0), format="WAV")
        assert audio.probe(data).n_samples == 0
        with pytest.raises(audio.AudioFileError, match="holds no samples"):
            audio.read(data)

    def test_offset_beyond_the_end(self, tone):
        with pytest.raises(audio.AudioFileError, match="lasts 0.500 s, so nothing follows"):
            audio.read(encode(tone, format="WAV"), offset=1.0)

    @pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may read every file")
    def test_forbidden(self, tone, tmp_path):
        path = tmp_path / "a.wav"
        audio.write(path, tone, SR)
        path.chmod(0)
        self.refused(path, "may not be read", error=PermissionError)

    def test_a_size_of_zero_in_the_header(self, tone):
        wav = bytearray(encode(tone, format="WAV"))
        wav[40:44] = bytes(4)
        with pytest.raises(audio.AudioFileError, match="header lacks the length"):
            audio.read(wav)

    def test_file_objects_that_cannot_be_read_from(self, tmp_path):
        self.refused(io.StringIO("a.wav"), 'open it with mode "rb"')
        closed = io.BytesIO(b"abc")
        closed.close()
        self.refused(closed, "is closed")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.wav")
        self.refused(tmp_path / "pipe.wav", "is a pipe or a device")

    def test_an_empty_path(self):
        self.refused("", "does not exist", error=FileNotFoundError)

    @pytest.mark.parametrize("thing", [7, None, [1.0], object()])
    def test_not_a_file(self, thing):
        with pytest.raises(TypeError, match="give a path"):
            audio.read(thing)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sr": 0}, "sr=0"),
        ({"sr": -1}, "sr=-1"),
        ({"sr": 16000.5}, "sr=16000.5"),
        ({"sr": "16000"}, "sr='16000'"),
        ({"sr": float("nan")}, "sr=nan"),
        ({"sr": float("inf")}, "sr=inf"),
        ({"sr": True}, "sr=True"),
        ({"offset": "1"}, "offset='1'"),
        ({"duration": "1"}, "duration='1'"),
        ({"offset": -0.1}, "offset=-0.1"),
        ({"offset": float("nan")}, "offset=nan"),
        ({"duration": 0}, "duration=0"),
        ({"duration": -1}, "duration=-1"),
        ({"dtype": "int16"}, "dtype='int16'"),
    ],
)
def test_options_that_make_no_sense(tone, options, message):
    with pytest.raises(ValueError, match=message):
        audio.read(encode(tone, format="WAV"), **options)


@pytest.mark.parametrize("rates", [(0, SR), (SR, -1), (float("nan"), SR), (SR, None)])
def test_resample_refuses_what_is_no_rate(tone, rates):
    with pytest.raises(ValueError, match="is a whole number of Hz above 0"):
        audio.resample(tone, *rates)


class TestSampleTypes:
    """What `resample` and `write` take for samples."""

    @pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f8"])
    def test_floats_are_kept(self, tone, dtype):
        halved = audio.resample(tone.astype(dtype), SR, float(SR / 2))
        assert halved.dtype == np.dtype(dtype).newbyteorder("=")

    def test_pcm_is_scaled(self, tone):
        pcm = np.rint(tone * 2**15).astype(np.int16)
        expected = audio.resample((pcm / 2**15).astype(np.float32), SR, 8000)
        np.testing.assert_allclose(audio.resample(pcm, SR, 8000), expected, atol=1e-6)

    @pytest.mark.parametrize(
        ("samples", "message"),
        [
            (np.zeros(9, complex), "Complex"),
            (np.array(["a"]), "type <U1"),
            (np.float64(0.5), r"shape \(\)"),
            (np.zeros((2, 2, 9)), r"shape \(2, 2, 9\)"),
            (np.zeros((16000, 2)), "16000 channels.*samples.T"),
            (np.arange(9), "int64"),
            ([1, 2, 3], "int64"),
        ],
    )
    def test_refusals_leave_the_old_file_alone(self, tone, samples, message, tmp_path):
        with pytest.raises(ValueError, match=message):
            audio.resample(samples, SR, 8000)
        audio.write(tmp_path / "a.wav", tone, SR)
        before = (tmp_path / "a.wav").read_bytes()
        with pytest.raises(ValueError, match=message):
            audio.write(tmp_path / "a.wav", samples, SR)
        assert (tmp_path / "a.wav").read_bytes() == before


def test_probe_decodes_nothing(tone, monkeypatch):
    data = encode(np.stack([tone, tone], axis=1), sr=44100, format="FLAC", subtype="PCM_24")
    monkeypatch.setattr(sf.SoundFile, "read", None)
    info = audio.probe(data)
    assert info == audio.AudioInfo(44100, 2, len(tone), "FLAC", "PCM_24")
    assert info.duration == len(tone) / 44100


def test_a_file_name_that_is_not_utf8(tone, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system wants valid UTF-8")
    audio.write(path, tone, SR)
    assert audio.find(tmp_path) == [str(path)]
    assert audio.probe(path).n_samples == len(audio.read(path)[0]) == len(tone)


class TestFind:
    def test_sorted_and_without_litter(self, tmp_path):
        names = ["b/x.WAV", "a/y.flac", "a/z.mp3", "top.ogg"]
        litter = ["a/._y.flac", ".hidden/h.wav", "__MACOSX/a/y.flac", "a/notes.txt", "a/.DS_Store"]
        for name in names + litter:
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / name).touch()
        assert audio.find(tmp_path) == sorted(str(tmp_path / name) for name in names)

    def test_a_loop_of_links_is_walked_once(self, tmp_path):
        (tmp_path / "speaker").mkdir()
        (tmp_path / "speaker/a.wav").touch()
        (tmp_path / "speaker/again").symlink_to(tmp_path)
        assert audio.find(tmp_path) == [str(tmp_path / "speaker/a.wav")]

    def test_other_suffixes(self, tmp_path):
        for name in ("a.wav", "b.M4A", "c.txt"):
            (tmp_path / name).touch()
        assert audio.find(tmp_path, audio.FOREIGN_SUFFIXES) == [str(tmp_path / "b.M4A")]
        assert not audio.FOREIGN_SUFFIXES & audio.AUDIO_SUFFIXES

    def test_a_folder_that_cannot_be_listed(self, tmp_path, monkeypatch):
        (tmp_path / "closed").mkdir()
        scandir = os.scandir

        def refuse(path):
            if str(path).endswith("closed"):
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(PermissionError, match="closed' cannot be listed"):
            audio.find(tmp_path)

    def test_a_folder_is_known_by_its_own_place(self, tmp_path):
        (tmp_path / "zzz/deep").mkdir(parents=True)
        (tmp_path / "zzz/deep/a.wav").touch()
        (tmp_path / "aaa").symlink_to(tmp_path / "zzz")
        (tmp_path / "bbb").mkdir()
        (tmp_path / "bbb/link").symlink_to(tmp_path / "zzz/deep")
        assert audio.find(tmp_path) == [str(tmp_path / "zzz/deep/a.wav")]

    def test_a_link_out_of_the_root_is_followed(self, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere/a.wav").touch()
        (tmp_path / "root").mkdir()
        (tmp_path / "root/link").symlink_to(tmp_path / "elsewhere")
        assert audio.find(tmp_path / "root") == [str(tmp_path / "root/link/a.wav")]

    def test_a_missing_root_and_a_file(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="does not exist"):
            audio.find(tmp_path / "nowhere")
        (tmp_path / "a.wav").touch()
        with pytest.raises(NotADirectoryError, match="is a file"):
            audio.find(tmp_path / "a.wav")


class TestWrite:
    @pytest.mark.parametrize("suffix", sorted(_write._CONTAINERS))
    def test_every_suffix(self, tone, tmp_path, suffix):
        path = tmp_path / f"a{suffix.upper()}"
        audio.write(path, tone, SR)
        samples, sr = audio.read(path)
        assert sr == SR
        assert np.corrcoef(samples, tone)[0, 1] > 0.99

    @pytest.mark.parametrize(
        ("name", "sr"), [("a.opus", 22050), ("a.mp3", 12345), ("a.wav", 2**31)]
    )
    def test_a_rate_that_the_format_does_not_hold(self, tone, tmp_path, name, sr):
        with pytest.raises(ValueError, match=rf"{name}' cannot be written as .* at sr={sr}"):
            audio.write(tmp_path / name, tone, sr)
        assert not (tmp_path / name).exists()

    @pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
    def test_what_was_read_is_written_unchanged(self, rng, tmp_path, subtype):
        full = np.array([-1.0, 1.0, 0.0, 1 - 2.0**-15])
        audio.write(tmp_path / "a.wav", np.r_[full, rng.uniform(-1, 1, 999)], SR, subtype=subtype)
        first, _ = audio.read(tmp_path / "a.wav", dtype="float64")
        audio.write(tmp_path / "b.wav", first, SR, subtype=subtype)
        assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
        step = 2.0 ** (1 - {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}[subtype])
        np.testing.assert_array_equal(first[:3], [-1.0, 1.0 - step, 0.0])

    @pytest.mark.parametrize(
        ("name", "options", "message"),
        [
            ("a.m4a", {}, "suffix says no format"),
            ("a", {}, "suffix says no format"),
            ("a.wav", {"subtype": "VORBIS"}, "no encoding of .wav files, which may be PCM_16"),
            ("a.wav", {"sr": 0}, "sr=0"),
        ],
    )
    def test_what_cannot_be_written(self, tone, tmp_path, name, options, message):
        with pytest.raises(ValueError, match=message):
            audio.write(tmp_path / name, tone, **{"sr": SR, **options})
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("suffix", [".wav", ".flac"])
    def test_round_trip(self, tone, tmp_path, suffix):
        path = tmp_path / f"a{suffix}"
        audio.write(path, tone, SR)
        assert audio.probe(path).subtype == "PCM_16"
        np.testing.assert_allclose(audio.read(path)[0], tone, atol=2**-15)

    def test_channels_come_first(self, tone, tmp_path):
        audio.write(tmp_path / "a.wav", np.stack([tone, tone]), SR, subtype="FLOAT")
        assert audio.probe(tmp_path / "a.wav").n_channels == 2

    def test_would_clip(self, tone, tmp_path):
        path = tmp_path / "a.wav"
        with pytest.raises(ValueError, match="reach 1.5"):
            audio.write(path, 3 * tone, SR)
        assert not path.exists()
        audio.write(path, 3 * tone, SR, subtype="FLOAT")
        np.testing.assert_allclose(audio.read(path)[0], 3 * tone, atol=1e-6)

    def test_nan(self, tmp_path):
        with pytest.raises(ValueError, match="NaN, inf or"):
            audio.write(tmp_path / "a.wav", np.array([0.0, np.nan]), SR)

    def test_makes_no_folder(self, tone, tmp_path):
        with pytest.raises(FileNotFoundError, match="its folder is missing"):
            audio.write(tmp_path / "nowhere" / "a.wav", tone, SR)


class TestRecordingId:
    def test_equal_for_what_sounds_equal(self, tone):
        pcm = np.round(tone * 2**15).astype(np.int16)
        wav, flac = encode(pcm, format="WAV"), encode(pcm, format="FLAC")
        stereo = encode(np.stack([pcm, pcm], axis=1), format="WAV")
        ids = {audio.recording_id(*audio.read(data)) for data in (wav, flac, stereo)}
        assert len(ids) == 1

    def test_differs_for_another_sample_or_rate(self, tone):
        samples = tone.astype(np.float32)
        changed = samples.copy()
        changed[7] += 2**-15
        first = audio.recording_id(samples, SR)
        assert first != audio.recording_id(changed, SR)
        assert first != audio.recording_id(samples, SR // 2)
        assert first == audio.recording_id(np.asfortranarray(samples), SR)


def test_reading_writes_nothing(tone, tmp_path):
    audio.write(tmp_path / "a.wav", tone, SR)
    before = {p: p.stat().st_mtime_ns for p in pathlib.Path(tmp_path).rglob("*")}
    audio.read(tmp_path / "a.wav", 8000, offset=0.1)
    audio.probe(tmp_path / "a.wav")
    assert {p: p.stat().st_mtime_ns for p in pathlib.Path(tmp_path).rglob("*")} == before
