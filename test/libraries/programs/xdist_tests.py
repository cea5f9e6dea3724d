"""For pytest-xdist: tests that pass, fail and are skipped, in workers that pytest starts."""

import os
import time

import pytest


@pytest.mark.parametrize("n", range(12))
def test_passes(n):
    time.sleep(0.02)
    with open(os.environ["LIBRARIES_WORKERS"], "a") as file:
        file.write("worker %d\n" % os.getpid())


def test_fails():
    assert [1, 2] == [1, 3]


@pytest.mark.skip(reason="shown as skipped")
def test_is_skipped():
    pass
