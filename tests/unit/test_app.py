"""The composition root: what no client of the running server can see."""

from __future__ import annotations

import gc

from parley import app


def test_a_server_that_is_ready_collects_garbage_though_its_start_did_not() -> None:
    before = gc.get_threshold()
    gc.disable()
    try:
        app.spare_the_collector()
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()
