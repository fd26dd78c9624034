"""Spans, metrics and log lines of a test for OpenTelemetry, as `--otel` asks for them.

    OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none \\
        locustella --headless --otel -t 10s

Where they go say OpenTelemetry's own variables: per signal a list of exporters, `otlp` (the
default), `console` or `none`.

- spans: one for each request of HttpUser, by the package that instruments `requests`. Whatever else
  goes through requests or urllib3 has spans, too. The server gets `traceparent`.
- metrics: the histogram locust.client.duration, from every request event, in seconds, and the
  gauge locust.users.count, by user class.
- log lines: what the log gets, but not the tables.

Needs `pip install 'locustella[otel]'`.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from . import events
from ._version import __version__
from .http import patches
from .runners import MasterRunner, WorkerRunner

if TYPE_CHECKING:
    from requests import PreparedRequest

logger = logging.getLogger("locust.opentelemetry")

MAX_REQUEST_NAMES = 20
"""The histogram has a row for so many names; further ones share one."""
request_names: set[str] = set()
"""Those that have a row."""


class _Signal(NamedTuple):
    """One of the things that are exported, and what exports it by OTLP."""

    name: str
    otlp_module: str
    otlp_class: str


_TRACES = _Signal("traces", "trace_exporter", "OTLPSpanExporter")
_METRICS = _Signal("metrics", "metric_exporter", "OTLPMetricExporter")
_LOGS = _Signal("logs", "_log_exporter", "OTLPLogExporter")

# Protocols of OTLP -> the part of the package's name.
_PROTOCOLS = {"grpc": "grpc", "http/protobuf": "http", "http": "http"}


def setup_opentelemetry(locustfile: str, profile: str | None) -> bool:
    """Sets everything up; False, with a line in the log, if there is nothing to set up."""
    try:
        from opentelemetry import _logs, metrics, trace
        from opentelemetry.sdk.resources import Resource
    except ImportError as error:
        logger.error(
            "OpenTelemetry is not enabled, as its SDK is not installed (%s). It comes with: "
            "pip install 'locustella[otel]'",
            error,
        )
        return False
    wanted = {signal.name: _wanted_exporters(signal) for signal in (_TRACES, _METRICS, _LOGS)}
    if all(exporters == ["none"] for exporters in wanted.values()):
        logger.info("OpenTelemetry is not enabled: its variables name no exporter")
        return False
    resource = Resource.create(
        {
            "service.name": os.getenv("OTEL_SERVICE_NAME", "locust"),
            "service.version": __version__,
            "host.name": socket.gethostname(),
            "filename": locustfile,
            "profile": profile or "",
        }
    )
    if exporters := wanted["traces"]:
        trace.set_tracer_provider(_tracer_provider(resource, exporters))
    if exporters := wanted["metrics"]:
        metrics.set_meter_provider(_meter_provider(resource, exporters))
        _measure(metrics.get_meter("locust"))
    if exporters := wanted["logs"]:
        provider = _logger_provider(resource, exporters)
        _logs.set_logger_provider(provider)
        _hand_on_log_lines(provider)
    _instrument()
    return True


# -- exporters -------------------------------------------------------------------------------------


def _wanted_exporters(signal: _Signal) -> list[str]:
    listed = os.getenv(f"OTEL_{signal.name.upper()}_EXPORTER", "otlp").lower().split(",")
    return list(dict.fromkeys(name.strip() for name in listed if name.strip()))


def _exporters(
    signal: _Signal, wanted: Iterable[str], console: type[Any]
) -> Iterator[tuple[Any, bool]]:
    """Each exporter that can be had, and whether it is the console's. Others are told of."""
    for name in wanted:
        if name == "console":
            yield console(), True
        elif name == "otlp":
            exporter = _otlp_exporter(signal)
            if exporter is not None:
                yield exporter, False
        elif name != "none":
            logger.warning(
                "There is no exporter %r for OpenTelemetry's %s: otlp, console or none",
                name,
                signal.name,
            )


def _otlp_exporter(signal: _Signal) -> Any:
    usual = os.getenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    said = os.getenv(f"OTEL_EXPORTER_OTLP_{signal.name.upper()}_PROTOCOL", usual)
    protocol = _PROTOCOLS.get(said.lower().strip())
    if protocol is None:
        logger.warning(
            "OTLP knows no protocol %r, so there are no %s: grpc or http/protobuf",
            said,
            signal.name,
        )
        return None
    package = f"opentelemetry.exporter.otlp.proto.{protocol}"
    try:
        exporter = getattr(import_module(f"{package}.{signal.otlp_module}"), signal.otlp_class)
        if protocol == "grpc":  # or all users would stand still while the collector is waited for
            import_module("grpc.experimental.gevent").init_gevent()
        return exporter()
    except ImportError:
        logger.warning(
            "OpenTelemetry's %s have no exporter: pip install opentelemetry-exporter-otlp-proto-%s",
            signal.name,
            protocol,
        )
        return None


def _tracer_provider(resource: Any, wanted: Iterable[str]) -> Any:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        ConsoleSpanExporter,
        SimpleSpanProcessor,
    )

    provider = TracerProvider(resource=resource)
    for exporter, at_once in _exporters(_TRACES, wanted, ConsoleSpanExporter):
        process = SimpleSpanProcessor if at_once else BatchSpanProcessor
        provider.add_span_processor(process(exporter))
    return provider


def _meter_provider(resource: Any, wanted: Iterable[str]) -> Any:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import (
        ConsoleMetricExporter,
        PeriodicExportingMetricReader,
    )

    exporters = _exporters(_METRICS, wanted, ConsoleMetricExporter)
    readers = [PeriodicExportingMetricReader(exporter) for exporter, _ in exporters]
    return MeterProvider(resource=resource, metric_readers=readers)


def _logger_provider(resource: Any, wanted: Iterable[str]) -> Any:
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import (
        BatchLogRecordProcessor,
        ConsoleLogRecordExporter,
        SimpleLogRecordProcessor,
    )

    provider = LoggerProvider(resource=resource)
    for exporter, at_once in _exporters(_LOGS, wanted, ConsoleLogRecordExporter):
        process = SimpleLogRecordProcessor if at_once else BatchLogRecordProcessor
        provider.add_log_record_processor(process(exporter))
    return provider


# -- what is exported ------------------------------------------------------------------------------


def _measure(meter: Any) -> None:
    durations = meter.create_histogram(
        "locust.client.duration", unit="s", description="Time to last byte for requests"
    )

    @events.request.add_listener
    def record_duration(
        name: str, response_time: float | None, exception: object, **_: object
    ) -> None:
        attributes = {"name": _row_of(name)}
        if exception:
            attributes["error.type"] = type(exception).__name__
        if response_time is not None:
            durations.record(response_time / 1000, attributes=attributes)

    @events.init.add_listener
    def observe_users(runner: Any, **_: object) -> None:
        # A worker knows its own users only; its master tells of all.
        if runner is None or isinstance(runner, WorkerRunner):
            return
        meter.create_observable_gauge(
            "locust.users.count",
            callbacks=[lambda _options: _user_counts(runner)],
            unit="{user}",
            description="Number of currently running Locust users",
        )


def _row_of(name: str) -> str:
    if name not in request_names:
        if len(request_names) >= MAX_REQUEST_NAMES:
            return "Too many unique request names"
        request_names.add(name)
    return name


def _user_counts(runner: Any) -> Iterator[Any]:
    from opentelemetry.metrics import Observation

    whose = "reported_" if isinstance(runner, MasterRunner) else ""
    for user_class, count in getattr(runner, f"{whose}user_classes_count").items():
        yield Observation(count, {"user_class": user_class})


def _hand_on_log_lines(provider: Any) -> None:
    from opentelemetry.sdk._logs import LoggingHandler

    handler = LoggingHandler(logger_provider=provider)
    handler.name = "opentelemetry"
    for name in (None, "locust", "locustella"):  # those of ours end at their own handlers
        logging.getLogger(name).addHandler(handler)


# -- what makes spans ------------------------------------------------------------------------------


def _instrument() -> None:
    requests_are = _instrument_requests()
    try:
        from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
    except ImportError:
        _tell_of_missing("urllib3")
        return
    URLLib3Instrumentor().instrument()
    # Within a request of `requests` it stays silent, so sessions need not go by urllib3 for it;
    # but where URLs are to be passed over by the one, they are the other's.
    if requests_are and not os.getenv("OTEL_PYTHON_REQUESTS_EXCLUDED_URLS"):
        from urllib3.connectionpool import HTTPConnectionPool

        patches.pass_over(HTTPConnectionPool, "urlopen")


def _instrument_requests() -> bool:
    try:
        from opentelemetry.instrumentation.requests import RequestsInstrumentor
    except ImportError:
        _tell_of_missing("requests")
        return False
    RequestsInstrumentor().instrument(request_hook=_name_span)
    return True


def _name_span(span: Any, request: PreparedRequest) -> None:
    """By the name that the call gave, or else by the URL's path."""
    name = getattr(request, "_explicit_name", None)
    span.update_name(f"{request.method} {name or urlsplit(str(request.url)).path or '/'}")


def _tell_of_missing(library: str) -> None:
    logger.info(
        "There are no spans of %s: pip install opentelemetry-instrumentation-%s", library, library
    )
