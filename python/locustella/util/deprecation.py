"""What Locust 1.0 removed, under the names that Locust keeps here: legacy/names.py."""

from typing import TYPE_CHECKING

from ..legacy.names import (
    DeprecatedHttpLocustClass,
    DeprecatedLocustClass,
    check_for_deprecated_task_set_attribute,
    deprecated_locust_meta_class,
)
from ..process.names_on_demand import names_on_demand

__all__ = (
    "DeprecatedHttpLocustClass",
    "DeprecatedLocustClass",
    "check_for_deprecated_task_set_attribute",
    "deprecated_locust_meta_class",
)

if not TYPE_CHECKING:
    __getattr__ = names_on_demand(
        __name__, {"DeprecatedFastHttpLocustClass": ".contrib.fasthttp:FastHttpLocust"}
    )
