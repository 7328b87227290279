"""The package as a whole: import rules, lazy names, versions, docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from numpydoc.validate import validate

import sertools
from sertools.augmentation import Effect

PACKAGE = Path(sertools.__file__).parent
REPOSITORY = PACKAGE.parent

# What each room may import from the house. `core` and `kernels` know nothing but arrays.
ALLOWED = {
    "__init__": set(),
    "_backend": set(),
    "_clip_step": {"_sklearn", "_validation"},
    "_files": set(),
    "_folds": set(),
    "_growing_classifier": {"_sklearn", "_validation"},
    "_parts": set(),
    "_pipelines": set(),
    "_sklearn": set(),
    "_threads": set(),
    "_validation": {"_backend"},
    "_versions": {"_backend"},
    "audio": {"audio", "_validation"},  # for the scaling of PCM
    "augmentation": {
        "core", "kernels", "_backend", "_clip_step", "_growing_classifier", "_sklearn", "_threads",
        "_validation", "audio", "augmentation", "preprocessing",
    },
    "cli": {"cli"},
    "core": {"core"},
    "features": {
        "core", "kernels", "_backend", "_pipelines", "_sklearn", "_threads", "_validation",
        "features",
    },
    "kernels": {"core", "kernels"},
    "preprocessing": {
        "core", "_backend", "_clip_step", "_growing_classifier", "_parts", "_pipelines", "_sklearn",
        "_threads", "_validation", "audio", "preprocessing",
    },
    "datasets": {"core", "_threads", "_validation", "audio", "datasets"},
    "evaluation": {
        "core", "_backend", "_files", "_folds", "_growing_classifier", "_sklearn", "_threads",
        "_validation", "_versions", "audio", "augmentation", "datasets", "evaluation",
        "preprocessing",
    },
    "models": {"_backend", "_files", "_folds", "_parts", "_sklearn", "_validation", "models"},
    "persistence": {
        "_backend", "_files", "_parts", "_sklearn", "_validation", "_versions", "audio",
        "augmentation", "datasets", "evaluation", "persistence", "preprocessing",
    },
    "plotting": {
        "_backend", "_validation", "audio", "augmentation", "evaluation", "features", "plotting",
    },
    "pipelines": {"_validation", "augmentation", "features", "models", "preprocessing"},
}  # fmt: skip

# Loaded inside the functions that need them, never by an import of a module.
DEFERRED = {
    "click", "cupy", "dask", "librosa", "matplotlib", "numba", "safetensors", "skops", "skorch",
    "torch", "xgboost",
}  # fmt: skip

# But for these, which import their engine at once, and are themselves loaded inside functions.
ENGINES = {
    "sertools.cli": {"click"},
    "sertools.kernels.cpu": {"numba"},
    "sertools.models._batches": {"torch"},
    "sertools.models._training": {"skorch", "torch"},
    "sertools.models.networks": {"torch"},
}
ARRAYS_ONLY = {"core": {"numpy", "scipy"}}

PRIVATE_SKLEARN_DOOR = "_sklearn"


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def engines_of(module):
    """What a module, by its dotted name, may import of DEFERRED while it is loaded."""
    homes = [home for home in ENGINES if f"{module}.".startswith(f"{home}.")]
    return set().union(*(ENGINES[home] for home in homes))


def dotted(path):
    return ".".join(["sertools", *path.relative_to(PACKAGE).with_suffix("").parts])


def imports(tree):
    """(module, names, is it at module level) of every import in a syntax tree."""
    deferred = set()
    for node in ast.walk(tree):
        is_type_checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_type_checking:
            deferred.update(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, [], node not in deferred
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports within the package are absolute"
            yield node.module, [alias.name for alias in node.names], node not in deferred


def house_imports(tree):
    """The rooms of the house that a syntax tree imports while it is loaded."""
    for module, names, at_load in imports(tree):
        if module == "sertools" and at_load:
            yield from (name for name in names if not name.startswith("__"))
        elif module.startswith("sertools.") and at_load:
            yield module.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
class TestImportRules:
    def tree(self, path):
        return ast.parse(path.read_text(encoding="utf-8"))

    def test_rooms_import_only_what_they_may(self, path):
        room = room_of(path)
        assert room in ALLOWED, f"{room} is new: say in ALLOWED what it may import"
        forbidden = set(house_imports(self.tree(path))) - ALLOWED[room]
        assert not forbidden

    def test_heavy_modules_are_imported_in_functions(self, path):
        loaded = {
            module.split(".")[0] for module, _, at_load in imports(self.tree(path)) if at_load
        }
        assert not loaded & DEFERRED - engines_of(dotted(path))

    def test_modules_that_import_an_engine_are_loaded_in_functions(self, path):
        for module, names, at_load in imports(self.tree(path)):
            named = [module, *(f"{module}.{name}" for name in names)]
            engines = set().union(*map(engines_of, named))
            assert not at_load or engines <= engines_of(dotted(path))

    def test_core_knows_arrays_only_in_its_functions_too(self, path):
        allowed = ARRAYS_ONLY.get(room_of(path))
        if allowed is None:
            return
        for module, _, _ in imports(self.tree(path)):
            top = module.split(".")[0]
            if top == "sertools":
                assert module.startswith("sertools.core")
            elif top not in sys.stdlib_module_names:
                assert top in allowed

    def test_private_names_of_scikit_learn_have_one_door(self, path):
        if path.stem == PRIVATE_SKLEARN_DOOR:
            return
        for module, names, _ in imports(self.tree(path)):
            if module.split(".")[0] == "sklearn":
                parts = [*module.split("."), *names]
                assert not [part for part in parts if part.startswith("_")]

    def test_soundfile_has_one_door(self, path):
        used = {module.split(".")[0] for module, _, _ in imports(self.tree(path))}
        if room_of(path) not in ("audio", "_versions"):
            assert not used & {"soundfile", "soxr", "wave", "audioread"}


def test_the_rules_are_about_rooms_that_exist():
    assert {room_of(path) for path in modules()} == set(ALLOWED)
    assert set(ENGINES) <= {dotted(path).removesuffix(".__init__") for path in modules()}


def packages_after(code):
    """The packages that a fresh interpreter has loaded when it has run some code."""
    code += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_import_is_light():
    heavy = DEFERRED | {"numpy", "scipy", "sklearn", "pandas", "soundfile", "soxr", "joblib"}
    assert not packages_after("import sertools") & heavy


def test_no_public_name_loads_an_engine():
    code = "import sertools\nfor name in sertools.__all__:\n    getattr(sertools, name)"
    assert not packages_after(code) & DEFERRED


def test_features_need_neither_files_nor_tables_nor_models():
    code = """
import sys

class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("soundfile", "pandas", "xgboost", "torch"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refuses())
import numpy as np
from sertools import AcousticExtractor
print(AcousticExtractor().fit_transform([np.ones(3000)]).shape)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "(1, 212)\n"


class TestPublicNames:
    def test_all_is_what_is_there(self):
        assert sertools.__all__ == sorted(sertools.__all__, key=lambda name: (name.islower(), name))
        assert set(sertools.__all__) <= set(dir(sertools))
        assert set(sertools._HOME) | set(sertools._SUBMODULES) == set(sertools.__all__)

    @pytest.mark.parametrize("name", sertools.__all__)
    def test_every_name_loads(self, name):
        assert getattr(sertools, name) is not None

    def test_an_unknown_name(self):
        with pytest.raises(AttributeError, match="no attribute 'Paddr'"):
            sertools.Paddr  # noqa: B018 - the access is the test


# Effects say what theirs is in one line; what goes in and out is told by their base.
OF_EFFECTS = {"apply", "draw", "keeps_length", "plan", "prepare"}


def public_objects():
    """Every public function and class, the public methods of the classes, by dotted name."""
    homes = ["sertools", *(f"sertools.{name}" for name in sertools._SUBMODULES)]
    seen = {}
    for home in homes:
        module = importlib.import_module(home)
        for name in module.__all__:
            thing = getattr(module, name)
            target = inspect.unwrap(thing)
            if inspect.ismodule(target) or not hasattr(target, "__qualname__"):
                continue
            seen.setdefault(f"{target.__module__}.{target.__qualname__}", target)
            if inspect.isclass(target):
                for attribute, member in vars(target).items():
                    is_effect = issubclass(target, Effect) and target is not Effect
                    if is_effect and attribute in OF_EFFECTS:
                        continue
                    is_own = callable(member) or isinstance(member, property)
                    if is_own and not attribute.startswith("_"):
                        seen.setdefault(
                            f"{target.__module__}.{target.__qualname__}.{attribute}", member
                        )
    return sorted(seen)


# What numpydoc would have and we do not ask for: an extended summary, See Also and Examples
# sections everywhere, named and capitalised returns, a summary on the second line, and verbs
# only (it takes "Samples of a file" for one).
NOT_ASKED = {"ES01", "EX01", "SA01", "SA04", "RT02", "RT03", "GL01", "PR09", "YD01", "SS05"}


@pytest.mark.parametrize("name", public_objects())
def test_docstrings(name):
    found = [f"{code}: {text}" for code, text in validate(name)["errors"] if code not in NOT_ASKED]
    assert not found


def test_show_versions(capsys):
    sertools.show_versions()
    printed = capsys.readouterr().out
    assert "libsndfile" in printed
    for word in (f"sertools {sertools.__version__}", "numpy", "scikit-learn", "cuda: "):
        assert word in printed
    assert sertools.gpu_status().reason in printed
