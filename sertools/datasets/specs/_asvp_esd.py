"""ASVP-ESD: speech and other vocal sounds, gathered from the web and from films."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, Fields, numbers


def _complete(codes: Fields) -> None:
    """Read the trailing fields, of which a name has none to four, and the actor as a number."""
    trailing = codes["flags"].split("-")[1:]
    marks = {"66": "mixed", "77": "noisy"}
    codes["flags"] = " ".join(marks[code] for code in trailing if code in marks)
    if trailing and trailing[0] not in marks:
        codes["language"] = {"01": "zh", "02": "en", "04": "fr"}.get(trailing[0], "other")
    codes["speaker"] = str(int(codes["speaker"]))


ASVP_ESD = CorpusSpec(
    name="asvp-esd",
    title="ASVP-ESD",
    aliases=("asvp",),
    source="https://zenodo.org/records/7132783",
    licence="see the source",
    example="Audio/actor_2/03-01-05-02-01-2-02-03-02-01.wav",
    # modality, vocal channel, emotion, intensity, statement, actor, age, source; then language,
    # similarity and marks as far as there are any
    pattern=re.compile(
        r"\d{2}-(?P<channel>0[12])-(?P<emotion>\d{2})-(?P<intensity>0[12])-(?P<text>\d{2,3})"
        r"-(?P<speaker>\d{1,3})-\d{2}-\d{2}(?P<flags>(?:-\d{2,3})*)"
    ),
    tables={
        "channel": {"01": "speech", "02": "nonspeech"},
        "emotion": {
            "01": "boredom",
            "02": "neutral",
            "03": "happy",
            "04": "sad",
            "05": "angry",
            "06": "fearful",
            "07": "disgust",
            "08": "surprised",
            "09": "excited",
            "10": "pleasure",
            "11": "pain",
            "12": "disappointment",
            "13": "breath",
        },
        "intensity": {"01": "normal", "02": "high"},
    },
    derive=_complete,
    # Even is male here, the opposite of RAVDESS.
    gender={str(actor): "female" if actor % 2 else "male" for actor in range(1, 1000)},
    sr=16000,
    n_speakers=None,  # an actor number gathers web sources, so it is a speaker only roughly
    counts={"speech": {"": 5140}, "nonspeech": {"": 8824}},
    slack=33 + 354,  # names that are malformed, clips of mixed voices
    unwanted={"mixed": "several voices at once"},
    unique_names=False,  # different recordings of one name lie in different folders
    layout="Audio/actor_{speaker}/03-01-{emotion}-{intensity}-{text}-{speaker}-02-03-02.wav",
    free={"intensity": ("01", "02"), "text": numbers(1, 99, 2)},
)
