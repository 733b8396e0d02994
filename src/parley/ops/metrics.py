"""Prometheus metrics, read from what the parts count anyway: nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .schemas import Stats


class _StatsCollector(Collector):
    def __init__(self, read: Callable[[], Stats]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        stats = self._read()
        yield GaugeMetricFamily(
            "parley_connections", "Connections that joined a namespace.", stats.connections
        )
        yield GaugeMetricFamily("parley_sockets", "Open transports.", stats.sockets)
        waiting = GaugeMetricFamily("parley_waiting", "Who waits for a stranger.", labels=["type"])
        for kind, count in stats.waiting.items():
            waiting.add_metric([kind], count)
        yield waiting
        yield GaugeMetricFamily("parley_pairs", "Pairs of strangers.", stats.rooms)
        yield CounterMetricFamily("parley_matched", "Pairs made.", stats.matched)
        yield CounterMetricFamily(
            "parley_relayed", "Messages and signals passed on.", stats.relayed
        )
        yield CounterMetricFamily("parley_events", "Events received.", stats.events_received)
        refused = CounterMetricFamily(
            "parley_refused", "What was refused, by its error code.", labels=["reason"]
        )
        for code, count in stats.refused.items():
            refused.add_metric([code], count)
        yield refused
        yield CounterMetricFamily(
            "parley_malformed", "Frames and packets that broke a protocol.", stats.malformed
        )
        yield CounterMetricFamily(
            "parley_history_dropped", "Meetings that were not recorded.", stats.history_dropped
        )
        yield GaugeMetricFamily(
            "parley_event_loop_lag_seconds",
            "How late the loop ran.",
            stats.event_loop_lag_ms / 1000,
        )
        yield GaugeMetricFamily(
            "parley_outbound_packets", "Packets that wait for slow readers.", stats.outbound_packets
        )


class Metrics:
    """The text behind `/metrics`."""

    media_type = "text/plain; version=0.0.4"

    def __init__(self, read: Callable[[], Stats]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_StatsCollector(read))

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
