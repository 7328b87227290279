"""load: a model from its file, once it has proved itself; and what the file says."""

from __future__ import annotations

import json
import logging
import os
import warnings
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from sertools._backend import gpu_status, resolve
from sertools._parts import being_loaded
from sertools._validation import name_some
from sertools._versions import versions
from sertools.persistence._file import ModelFileError, read_parts
from sertools.persistence._folders import estimators_in, forget_folders
from sertools.persistence._golden import first_difference, restored, stages
from sertools.persistence._tampered import refuse_tampered
from sertools.persistence._trusted import trusted_types, unknown_types

__all__ = ["load", "model_card"]

_logger = logging.getLogger("sertools")


def load(path: str | os.PathLike[str], *, verify: bool = True, device: str | None = None) -> Any:
    """Load a model that :func:`save` has saved: ``load("voices.ser").predict(["call.wav"])``.

    No code of the file is run. The model first shows that it gives here, step by step, what it gave
    where it was saved. One that asked for a GPU works on the CPU where there is none, and says so
    in the log.

    Parameters
    ----------
    path : str or path-like
        The file.
    verify : bool, default=True
        Whether it has to. Without, a model of other versions may give other answers.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where its parts work from now on; None is where they did.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    ModelFileError
        If the file is no model, is damaged, comes from a newer version, holds types that are not
        known, or a model that gives something else here; the first step that does is named.

    See Also
    --------
    save : Makes such files, and has an example.
    """
    if device is not None:
        resolve(device)  # which refuses one that is not there
    parts = read_parts(path)
    card = _card_of(path, parts)
    import skops.io

    name = os.fspath(path)
    try:
        body = parts["model.skops"]
        unknown = unknown_types(body)
    except Exception as error:  # of a file that somebody made by hand anything may be wrong
        raise ModelFileError(f"{name} holds no model that can be read ({error}).") from error
    if unknown:
        raise ModelFileError(
            f"{name} holds {name_some(unknown)}, which sertools {versions()['sertools']} does not "
            f"trust a file with: it is not built. It was saved by {_origin(card)}."
        )
    try:
        with being_loaded(parts), warnings.catch_warnings():
            # The golden clips say if it matters.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            estimator = skops.io.loads(body, trusted=sorted(trusted_types()))
        examples, expected = restored(parts["golden.npz"])
        refuse_tampered(estimator)
        forget_folders(estimator)  # a file does not say where to write
        _bring_home(estimator, device)
    except ImportError:
        raise
    except Exception as error:
        raise ModelFileError(
            f"{name} holds a model that cannot be built here ({error}). It was saved by "
            f"{_origin(card)}."
        ) from error
    if verify:
        difference = _difference(estimator, examples, expected)
        if difference is not None:
            raise ModelFileError(
                f"{name} gives something else here than where it was saved. First at "
                f"{difference}. It was saved by {_origin(card)}, and here are "
                f"{_listed(versions())}: install those versions, or train it again. "
                "verify=False loads it all the same."
            )
    return estimator


def model_card(path: str | os.PathLike[str]) -> str:
    """What a file of a model says of itself, without making the model.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    str
        Some lines of text, to print: the model, its labels, what it was trained on and what it is
        worth, versions and stages.
    """
    return "\n".join(_lines(_card_of(path, read_parts(path, only=["card.json"]))))


def _card_of(path: str | os.PathLike[str], parts: dict[str, bytes]) -> dict[str, Any]:
    """The card of a file."""
    try:
        card = json.loads(parts["card.json"])
        card["versions"]["sertools"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{os.fspath(path)} has no card ({error!r}).") from error
    return card


def _bring_home(estimator: Any, device: str | None) -> None:
    """Have a model work on a device, or on the CPU where it was to work on a GPU and none is."""
    placed = [part for part in estimators_in(estimator) if "device" in vars(part)]
    if device is not None:
        for part in placed:
            part.device = device
        return
    moved = []
    for part in placed:
        asks = isinstance(part.device, str) and part.device.startswith("cuda")
        if asks and not gpu_status().usable:
            part.device = "cpu"
            moved.append(type(part).__name__)
    if moved:
        _logger.warning(
            "no GPU can be used: %s will work on the CPU", name_some(sorted(set(moved)))
        )


def _difference(estimator: Any, examples: Any, expected: Any) -> str | None:
    """The first stage at which the model differs from what it was, an error of it included."""
    reached = []

    def noted() -> Any:
        for stage in stages(estimator, examples):
            reached.append(stage.name)
            yield stage

    try:
        return first_difference(expected, noted())
    except Exception as error:  # a step may fail as it likes
        place = expected[min(len(reached), len(expected) - 1)].name
        return f"{place}, which fails ({error!r})"


def _origin(card: dict[str, Any]) -> str:
    """What saved a model."""
    return _listed(card["versions"])


def _listed(found: dict[str, str]) -> str:
    """Versions in a line."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _lines(card: dict[str, Any]) -> list[str]:
    """The lines of a card."""
    lines = [card["model"], ""]
    if card["labels"] is not None:
        lines.append(f"says        {', '.join(map(str, card['labels']))}")
    lines += [f"saved       {card['saved']}, by {_origin(card)}"]
    training = card["training"]
    if training is None:
        lines.append("trained on  not told")
    else:
        speakers = "" if training["speakers"] is None else f", {training['speakers']} speakers"
        lines.append(f"trained on  {training['corpus']}: {training['clips']} clips{speakers}")
        counts = ", ".join(f"{label} {n}" for label, n in training["labels"].items())
        lines.append(f"            {counts}")
        lines += [f"            {one}: {text}" for one, text in training["licences"].items()]
        lines.append(f"            fingerprint {training['fingerprint'][:16]}")
    if card["evaluation"] is None:
        lines.append("worth       not told")
    elif not card["evaluation"]["of_this_model"]:
        lines.append("worth       of ANOTHER model, with other steps or parameters:")
    for run in (card["evaluation"] or {"runs": []})["runs"]:
        scores = run["scores"]
        where = run["protocol"] or run["splits"]
        independent = {True: "new speakers", False: "SPEAKERS IT KNOWS", None: "unknown speakers"}
        lines.append(
            f"worth       UAR {scores['uar']:.3f} ({scores['low']:.3f} to {scores['high']:.3f}), "
            f"accuracy {scores['accuracy']:.3f}, chance {run['chance']:.3f}; {where}, "
            f"{independent[run['speaker_independent']]}, of whom it sees {run['sees']}"
        )
        if scores["gender_gap"] is not None:
            lines.append(f"            UAR of women less that of men {scores['gender_gap']:+.3f}")
        recalls = ", ".join(f"{one['label']} {one['recall']:.2f}" for one in run["per_class"])
        lines.append(f"            recall: {recalls}")
    lines.append("stages      " + card["stages"][0])
    lines += [f"            {stage}" for stage in card["stages"][1:]]
    return lines
