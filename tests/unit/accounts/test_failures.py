"""Guessing is slow for everybody, from wherever and at whatever account it is tried."""

from __future__ import annotations

import pytest

from parley.accounts.failures import KEYS, PER_ACCOUNT, PER_ADDRESS, PER_PAIR, WINDOW_S, Failures
from parley.kernel.errors import RateLimited
from tests.support.clock import ManualClock


def fail(failures: Failures, times: int, address: str, account: str) -> None:
    for _ in range(times):
        failures.attempt(address, account)


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
        failures.attempt("192.0.2.1", f"user{number}")
    with pytest.raises(RateLimited):
        failures.attempt("192.0.2.1", "another")
    failures.attempt("192.0.2.2", "another")


def test_an_account_that_many_addresses_try_is_closed_to_all() -> None:
    failures = Failures(ManualClock())
    for number in range(PER_ACCOUNT):
        failures.attempt(f"192.0.2.{number}", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("198.51.100.1", "bob")
    failures.attempt("198.51.100.1", "alice")


def test_a_success_costs_nothing() -> None:
    failures = Failures(ManualClock())
    fail(failures, PER_PAIR - 1, "192.0.2.1", "bob")
    for _ in range(100):
        failures.attempt("192.0.2.1", "bob").forgive()
    failures.attempt("192.0.2.1", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("192.0.2.1", "bob")


def test_attempts_at_once_are_counted_before_any_of_them_is_over() -> None:
    failures = Failures(ManualClock())
    going = [failures.attempt("192.0.2.1", "bob") for _ in range(PER_PAIR)]
    with pytest.raises(RateLimited):
        failures.attempt("192.0.2.1", "bob")
    going[0].forgive()
    failures.attempt("192.0.2.1", "bob")


def test_all_addresses_of_a_network_that_one_visitor_has_count_together() -> None:
    failures = Failures(ManualClock())
    for number in range(PER_PAIR):
        failures.attempt(f"2001:db8:0:7::{number:x}", "bob")
    with pytest.raises(RateLimited):
        failures.attempt("2001:db8:0:7:ffff::1", "bob")
    failures.attempt("2001:db8:0:8::1", "bob")


def test_what_is_remembered_has_a_bound() -> None:
    failures = Failures(ManualClock())
    for number in range(KEYS):
        failures.attempt(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", f"user{number}")
    assert len(failures._counts) == KEYS
