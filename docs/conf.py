"""Sphinx: the pages beside this file, and an API page made from the public names."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

from sphinx_gallery.sorting import ExplicitOrder

import sertools

project = "sertools"
author = "The sertools developers"
project_copyright = f"2026, {author}"
version = release = sertools.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "matplotlib.sphinxext.plot_directive",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
nitpicky = False  # array-like, {"a", "b"} and the like are no cross-references

autodoc_typehints = "none"  # the docstrings say the types, with shapes
autosummary_generate = True
numpydoc_show_class_members = False  # the class template lists them, with their pages

plot_formats = [("png", 144)]
plot_html_show_formats = False
plot_html_show_source_link = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "ignore_pattern": "^(?!plot_)",  # scripts that draw nothing
    "capture_repr": ("_repr_html_",),  # a display is its picture
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_signature": False,
    "within_subsection_order": ExplicitOrder(["plot_quickstart.py", "plot_custom_corpus.py", "*"]),
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"sertools {version}"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
# Pages on top have no others beside them.
html_sidebars = dict.fromkeys(("index", "getting_started", "contributing"), ())
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}

# The rooms that hold public names, in the order a newcomer meets them.
ROOMS = {
    "preprocessing": "Recordings, clips and speakers",
    "augmentation": "Augmentation",
    "features": "Features",
    "models": "Models",
    "pipelines": "Pipelines",
    "evaluation": "Evaluation",
    "persistence": "Models in files",
    "plotting": "Displays",
    "datasets": "Corpora",
    "audio": "Audio files",
    "": "Devices and versions",
}


def write_api_page(app: object, config: object) -> None:
    """Write ``api.rst``: every public name, by room."""
    # Pages of names that are gone would stay, and fail the build as orphans.
    shutil.rmtree(Path(__file__).with_name("api"), ignore_errors=True)
    listed: set[str] = set()
    lines = ["API", "===", ""]
    for room, title in ROOMS.items():
        names = room_names(room) - listed
        listed |= names
        lines += [title, "-" * len(title), "", ".. autosummary::", "   :toctree: api/generated", ""]
        callables = sorted(name for name in names if callable(value_of(name)))
        lines += [f"   {name}" for name in callables]
        lines += [""]
        for name in sorted(names - set(callables)):
            lines += [f"``{name}``", f"   {', '.join(map(str, ordered(value_of(name))))}", ""]
    Path(__file__).with_name("api.rst").write_text("\n".join(lines), encoding="utf-8")


def room_names(room: str) -> set[str]:
    """Dotted public names of a room: from the top where they are there, else from the room."""
    if not room:
        return {f"sertools.{name}" for name, home in sertools._HOME.items() if home[0] == "_"}
    module = importlib.import_module(f"sertools.{room}")
    return {
        f"sertools.{name}" if name in sertools._HOME else f"sertools.{room}.{name}"
        for name in module.__all__
    }


def value_of(name: str) -> object:
    """What a dotted public name stands for."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def ordered(constant: object) -> list[str]:
    """The entries of a constant in their order, or sorted if they have none."""
    if isinstance(constant, dict):
        return [f"{key} → {value}" for key, value in constant.items()]
    return sorted(constant) if isinstance(constant, frozenset) else list(constant)


def skip_scikit_learn(
    app: object, what: str, name: str, member: object, *rest: object
) -> bool | None:
    """Leave out what estimators have from scikit-learn, whose own pages tell of it."""
    return True if str(getattr(member, "__module__", "")).startswith("sklearn.") else None


def setup(app: object) -> None:
    """Write the API page before anything reads it, and describe what is our own."""
    app.connect("config-inited", write_api_page)  # type: ignore[attr-defined]
    app.connect("autodoc-skip-member", skip_scikit_learn)  # type: ignore[attr-defined]
