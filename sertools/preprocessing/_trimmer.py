"""Trimmer: silence at both ends, gone."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

from sertools._backend import array_namespace, at_home
from sertools._clip_step import ClipStep
from sertools._sklearn import EvenInterval, Interval, keeps_row_labels
from sertools._validation import Clips, check_clips
from sertools.core.temporal import sounding_span


class Trimmer(ClipStep):
    """Cut the silence at both ends of every clip, and never a clip to nothing.

    A frame is silent if its level lies more than `top_db` below that of the clip's loudest frame.
    This is the rule of ``librosa.effects.trim`` without its floor at -100 dB of full scale: the
    same clip at another level is cut at the same places. Silence within a clip stays: a
    pause is part of how something is said. A clip that is silent throughout comes back whole.

    Parameters
    ----------
    top_db : float, default=40
        Decibels below the loudest frame at which silence begins. Speech has about 40 dB between
        its loudest vowel and its softest consonant.
    frame_length : int, default=512
        Samples in a frame; even.
    hop_length : int, default=160
        Samples from one frame to the next, and so the grain of the cut.
    margin : int, default=0
        Samples of the silence that are kept at either end, as far as there are any: what begins
        softly, or dies away, is heard then.

    Attributes
    ----------
    container_ : {"list", "array"}
        What `fit` was given.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    Padder : Brings clips to one length.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Trimmer
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(8000) / 16000)
    >>> clip = np.concatenate([np.zeros(4000), tone, np.zeros(2000)])
    >>> trimmed = Trimmer().fit_transform([clip])
    >>> len(clip), len(trimmed[0])
    (14000, 8480)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "top_db": [Interval(Real, 0, None, closed="neither")],
        "frame_length": [EvenInterval(2)],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "margin": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        top_db: float = 40,
        frame_length: int = 512,
        hop_length: int = 160,
        margin: int = 0,
    ) -> None:
        self.top_db = top_db
        self.frame_length = frame_length
        self.hop_length = hop_length
        self.margin = margin

    @keeps_row_labels
    def transform(self, X: Any) -> Clips:
        """Cut the silence at both ends.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.

        Returns
        -------
        Clips
            A list of the clips without their silent ends, views of the input where it needed no
            conversion; it keeps the sample rate that `X` carries.
        """
        self._validate_params()
        clips = check_clips(self, X, reset=False)
        with at_home(clips):
            return Clips([self._trim(clip) for clip in clips], sr=getattr(X, "sr", None))

    def _trim(self, clip: Any) -> Any:
        """One clip between its silences."""
        start, stop = sounding_span(
            clip,
            top_db=self.top_db,
            frame_length=self.frame_length,
            hop_length=self.hop_length,
            margin=self.margin,
            xp=array_namespace(clip),
        )
        return clip[start:stop]
