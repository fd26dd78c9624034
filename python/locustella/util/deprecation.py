"""The user classes that Locust 1.0 removed, under the names that Locust keeps here."""

from ..legacy.names import DeprecatedHttpLocustClass, DeprecatedLocustClass

__all__ = ("DeprecatedHttpLocustClass", "DeprecatedLocustClass")
