"""What a bug report needs: versions, devices, and why a GPU is not used."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from functools import cache

from sertools import __version__
from sertools._backend import gpu_status

__all__ = ["installed", "show_versions", "versions"]

_MISSING = "not installed"

# Not requirements of ours, but their version explains many a report.
_ENVIRONMENT = ("pip", "setuptools", "numba", "llvmlite")


def show_versions() -> None:
    """Print the versions of Python, sertools and what it builds on, and the state of the devices.

    Examples
    --------
    >>> import sertools
    >>> sertools.show_versions()  # doctest: +ELLIPSIS
    sertools ...
    """
    system = {
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
    }
    usable, reason = gpu_status()
    packages = installed() | {"libsndfile": _libsndfile()}
    devices = {"cpu": "usable", "cuda": f"{'usable' if usable else 'not usable'}: {reason}"}
    print(f"sertools {__version__}")
    for title, facts in (("System", system), ("Packages", packages), ("Devices", devices)):
        print(f"\n{title}")
        for name, fact in facts.items():
            print(f"  {name:>14}: {fact}")


def versions() -> dict[str, str]:
    """The versions of what a result may depend on: of packages, those that are loaded."""
    packages = [name for name in _packages() if name not in _ENVIRONMENT]
    found = {name: _version(name) for name in packages if _module(name) in sys.modules}
    # Of two packages that bring the same module one is there.
    loaded = {name: version for name, version in found.items() if version != _MISSING}
    return {"python": platform.python_version(), "sertools": __version__, **loaded}


def installed() -> dict[str, str]:
    """The versions of the packages that sertools may run on, loaded or not."""
    return {name: _version(name) for name in _packages()}


@cache
def _packages() -> list[str]:
    """The packages sertools runs on, required and optional, in the order it declares them."""
    try:
        requirements = importlib.metadata.requires("sertools") or []
    except importlib.metadata.PackageNotFoundError:  # run from a source tree, not installed
        requirements = []
    running = [one for one in requirements if not re.search(r'extra == "(test|docs|all)"', one)]
    names = [re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in running]
    return [*_ENVIRONMENT, *names]


def _module(package: str) -> str:
    """The module that a package brings."""
    return {"scikit-learn": "sklearn"}.get(package, package.partition("-")[0])


def _libsndfile() -> str:
    """The version of the library that soundfile brings along."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        return f"not usable: {error}"
    return soundfile.__libsndfile_version__


@cache  # hundreds of folds ask for them, and each is a file on disk
def _version(package: str) -> str:
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return _MISSING
