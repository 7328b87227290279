"""Many small tasks in threads: order, errors, how many, and the bar."""

from __future__ import annotations

import threading
import time

import pytest
from joblib import parallel_config

from sertools._threads import map_in_threads


@pytest.mark.parametrize("n_jobs", [None, 1, 2, 3, -1])
@pytest.mark.parametrize("n_items", [0, 1, 8, 100])
def test_results_come_in_the_order_of_the_items(n_jobs, n_items):
    def slow_first(i):
        time.sleep(0.001 if i < 5 else 0)
        return i * i

    expected = [i * i for i in range(n_items)]
    assert list(map_in_threads(slow_first, range(n_items), n_jobs=n_jobs)) == expected


def threads_used(n_jobs, patience):
    """The names of the threads that meet, or "alone" if none came within `patience` seconds."""
    barrier = threading.Barrier(2, timeout=patience)

    def meet(i):
        if i % 8 == 0 and i < 16:  # the first item of the first two chunks
            try:
                barrier.wait()
            except threading.BrokenBarrierError:
                return "alone"
        return threading.current_thread().name

    return set(map_in_threads(meet, range(16), n_jobs=n_jobs))


def test_two_jobs_are_two_threads_at_once():
    used = threads_used(2, patience=30)
    assert len(used) == 2
    assert "alone" not in used


def test_the_surroundings_say_what_none_means():
    assert "alone" in threads_used(None, patience=0.05)
    with parallel_config("threading", n_jobs=2):
        assert "alone" not in threads_used(None, patience=30)


def test_an_error_stops_the_rest():
    done = []

    def fail_early(i):
        if i == 0:
            raise KeyError("first")
        time.sleep(0.002)
        done.append(i)

    with pytest.raises(KeyError, match="first"):
        list(map_in_threads(fail_early, range(1000), n_jobs=2))
    assert len(done) < 100


def test_n_jobs_of_zero_is_refused():
    with pytest.raises(ValueError, match="n_jobs == 0"):
        list(map_in_threads(str, [1], n_jobs=0))


def test_the_bar_shows_the_way_and_the_end(capsys, monkeypatch):
    monkeypatch.setattr("sertools._threads._REDRAW_SECONDS", 0.0)
    assert list(map_in_threads(str, range(10), n_jobs=1, label="Reading")) == list("0123456789")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Reading ███············" in err
    assert "1/10" in err
    assert err.rstrip(" \n").endswith(" s")
    assert "10/10, 0.0 s" in err
