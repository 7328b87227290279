"""Models in files: saved with all that they need, and proved when they are loaded."""

from sertools.persistence._file import ModelFileError
from sertools.persistence._load import load, model_card
from sertools.persistence._save import save

__all__ = ["ModelFileError", "load", "model_card", "save"]
