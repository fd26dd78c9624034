"""Why names of Locust are not the same here: what docs/compat.md says beside them.

`NOT_YET`: a name, or a module or class with all that is in it, which is missing. It says nothing
any more once it is there. `DIFFERS`: a name whose signature or meaning is another one on purpose.
"""

from __future__ import annotations

_PAGE = "it belongs to the web page"
_CLUSTER = "it belongs to the cluster"

NOT_YET = {
    "locust.argument_parser.download_locustfile_from_master": _CLUSTER,
    "locust.argument_parser.parse_locustfiles_from_master": _CLUSTER,
    "locust.argument_parser.retrieve_locustfiles_from_master": _CLUSTER,
    "locust.argument_parser.zmqrpc": _CLUSTER,
    "locust.env.WebUI": _PAGE,
    "locust.rpc.rpc": _CLUSTER,
    "locust.rpc.zmqrpc": _CLUSTER,
    "locust.runners.MasterRunner": _CLUSTER,
    "locust.runners.WorkerRunner": _CLUSTER,
    "locust.runners.rpc": _CLUSTER,
    "locust.web": _PAGE,
}

# Options that are taken, and do not do what they are for.
OPTIONS_NOT_YET = {
    **dict.fromkeys(
        (
            "--web-host", "--web-host-display-name", "--web-port", "--autostart", "--autoquit",
            "--headful", "--web-auth", "--web-login", "--tls-cert", "--tls-key", "--class-picker",
            "--build-path", "--legacy-ui", "--web-base-path",
        ),
        _PAGE,
    ),
    **dict.fromkeys(
        (
            "--master", "--master-bind-host", "--master-bind-port", "--expect-workers",
            "--expect-workers-max-wait", "--enable-rebalancing", "--expect-slaves", "--worker",
            "--processes", "--slave", "--master-host", "--master-port",
        ),
        _CLUSTER,
    ),
}  # fmt: skip

_CORE_MAKES = "the core makes it; nothing else has to"
_WINDOWS = "there is no Locustella for Windows"

DIFFERS = {
    "locust.contrib.fasthttp.FastResponse": _CORE_MAKES,
    "locust.contrib.fasthttp.LocustUserAgent": "it shows the settings of a session, which makes it",
    "locust.contrib.fasthttp.ResponseContextManager": _CORE_MAKES,
    "locust.contrib.fasthttp.RestResponseContextManager": _CORE_MAKES,
    "locust.html.DEFAULT_BUILD_PATH": "the report has no templates",
    "locust.html.render_template_from": "the report has no templates",
    "locust.input_events.WindowsKeyPoller": _WINDOWS,
    "locust.runners.MasterRunner.stop": "not there yet: it belongs to the cluster",
    "locust.stats.CSVWriter.writerow": "for type checkers alone: what `csv.writer()` makes",
}
