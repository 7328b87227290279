"""Files are whole, or not there."""

from __future__ import annotations

import errno
import os

import pytest

from sertools._files import whole_file


def test_what_is_written_is_in_the_file_and_nothing_beside_it(tmp_path):
    with whole_file(str(tmp_path / "page.html")) as file:
        file.write(b"<p>")
        assert not (tmp_path / "page.html").exists()
    assert (tmp_path / "page.html").read_bytes() == b"<p>"
    assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("place", [None, "fsync", "replace"])
def test_an_older_file_outlives_a_failure(tmp_path, monkeypatch, error, place):
    def fails(*args):
        raise error

    path = tmp_path / "page.html"
    path.write_bytes(b"old")
    if place is not None:
        monkeypatch.setattr(os, place, fails)

    def write():
        with whole_file(path) as file:
            file.write(b"half a page")
            if place is None:
                raise error

    with pytest.raises(type(error)):
        write()
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "any").touch()
    with whole_file(tmp_path / "page.html"):
        pass
    assert (tmp_path / "page.html").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_folders_that_are_missing_or_in_its_place(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write page.html to"):
        whole_file(tmp_path / "nowhere" / "page.html").__enter__()
    with pytest.raises(IsADirectoryError, match="name a file within it"):
        whole_file(tmp_path).__enter__()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is a pipe or a device"), whole_file(tmp_path / "pipe"):
        pass
    assert (tmp_path / "pipe").is_fifo()


def test_an_older_file_keeps_its_permissions_and_links_to_it(tmp_path):
    path, link = tmp_path / "page.html", tmp_path / "link.html"
    path.write_bytes(b"old")
    path.chmod(0o600)
    link.symlink_to(path)
    with whole_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
