"""What the speech set measures: contours of its own, and what becomes of all contours of a clip.

Functionals take the contours of one clip as ``(n_channels, n_frames)`` in double precision, one
channel in a row, and are finite for any number of frames from one on.
"""
