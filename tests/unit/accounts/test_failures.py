"""Guessing is slow for everybody, from wherever and at whatever account it is tried."""

from __future__ import annotations

import pytest

from parley.accounts.failures import KEYS, PER_ACCOUNT, PER_ADDRESS, PER_PAIR, WINDOW_S, Failures
from parley.kernel.errors import RateLimited
from tests.support.clock import ManualClock


def fail(failures: Failures, times: int, address: str, account: str) -> None:
    for _ in range(times):
        failures.attempt(address, account).begin()


def test_the_sixth_failure_of_a_pair_is_refused_until_15_minutes_are_over() -> None:
    clock = ManualClock()
    failures = Failures(clock)
    fail(failures, 3, "192.0.2.1", "bob")
    clock.advance(100)
    fail(failures, PER_PAIR - 3, "192.0.2.1", "bob")
    with pytest.raises(RateLimited) as refused:
        failures.attempt("192.0.2.1", "bob")
    assert refused.value.headers() == {"Retry-After": "800"}
    failures.attempt("192.0.2.1", "alice")
    failures.attempt("192.0.2.2", "bob")
    clock.advance(WINDOW_S - 100)
    failures.attempt("192.0.2.1", "bob")


def test_an_address_that_tries_many_accounts_is_refused() -> None:
    failures = Failures(ManualClock())
    for number in range(PER_ADDRESS):
        fail(failures, 1, "192.0.2.1", f"user{number}")
    with pytest.raises(RateLimited):
        failures.attempt("192.0.2.1", "another")
    failures.attempt("192.0.2.2", "another")


def test_an_account_that_many_addresses_try_is_closed_to_all() -> None:
    failures = Failures(ManualClock())
    for number in range(PER_ACCOUNT):
        fail(failures, 1, f"192.0.2.{number}", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("198.51.100.1", "bob")
    failures.attempt("198.51.100.1", "alice")


def test_a_success_costs_nothing() -> None:
    failures = Failures(ManualClock())
    fail(failures, PER_PAIR - 1, "192.0.2.1", "bob")
    for _ in range(100):
        right = failures.attempt("192.0.2.1", "bob")
        right.begin()
        right.forgive()
    fail(failures, 1, "192.0.2.1", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("192.0.2.1", "bob")


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_after_the_other() -> None:
    failures = Failures(ManualClock())
    waiting = [failures.attempt("192.0.2.1", "bob") for _ in range(100)]
    for guess in waiting[:PER_PAIR]:
        guess.begin()
    for guess in waiting[PER_PAIR:]:
        with pytest.raises(RateLimited):
            guess.begin()
    waiting[0].forgive()
    waiting[-1].begin()


def test_all_addresses_of_a_network_that_one_visitor_has_count_together() -> None:
    failures = Failures(ManualClock())
    for number in range(PER_PAIR):
        fail(failures, 1, f"2001:db8:0:7::{number:x}", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("2001:db8:0:7:ffff::1", "bob")
    failures.attempt("2001:db8:0:8::1", "bob")


def test_what_is_remembered_has_a_bound() -> None:
    failures = Failures(ManualClock())
    for number in range(KEYS):
        fail(failures, 1, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", f"user{number}")
    assert len(failures._counts) == KEYS
