"""Locust's name for the command line's parser: command/parser.py, its options: command/options.py.
"""

from typing import TYPE_CHECKING

import configargparse

from .command.config_files import (
    DEFAULT_CONFIG_FILES,
    LocustConfigParser,
    LocustTomlConfigParser,
)
from .command.locustfile_paths import (
    download_locustfile_from_url,
    exit_handler,
    get_abspaths_in,
    is_url,
    parse_locustfile_paths,
)
from .command.options import (
    gt_zero,
    json_user_config,
    positive_integer,
    raise_argument_type_error,
    setup_parser_arguments,
    timespan,
)
from .command.parser import (
    LocustArgumentParser,
    UIExtraArgOptions,
    default_args_dict,
    get_empty_argument_parser,
    get_locustfiles_locally,
    get_parser,
    parse_locustfile_option,
    parse_options,
    ui_extra_args_dict,
)
from .process.names_on_demand import names_on_demand
from .util.timespan import parse_timespan

__all__ = (
    "DEFAULT_CONFIG_FILES",
    "LocustArgumentParser",
    "LocustConfigParser",
    "LocustTomlConfigParser",
    "UIExtraArgOptions",
    "configargparse",
    "default_args_dict",
    "download_locustfile_from_url",
    "exit_handler",
    "get_abspaths_in",
    "get_empty_argument_parser",
    "get_locustfiles_locally",
    "get_parser",
    "gt_zero",
    "is_url",
    "json_user_config",
    "parse_locustfile_option",
    "parse_locustfile_paths",
    "parse_options",
    "parse_timespan",
    "positive_integer",
    "raise_argument_type_error",
    "setup_parser_arguments",
    "timespan",
    "ui_extra_args_dict",
)

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(
        __name__,
        {
            "Message": ".rpc",
            "_parse_locustfile_path": ".command.locustfile_paths:_files_of",
            "locust": ".:",
            "os": "os:",
            "requests": "requests:",
            "runners": ".runners:",
            "sys": "sys:",
            "tempfile": "tempfile:",
            "version": "._version",
        },
    )

for _shown in (LocustArgumentParser, LocustConfigParser, LocustTomlConfigParser, UIExtraArgOptions):
    _shown.__module__ = __name__
