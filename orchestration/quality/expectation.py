"""The expectation that judges a one-row frame. Importing this imports Great Expectations."""

from typing import Any

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations import ExpectColumnMaxToBeBetween


class ExpectNumberToBeAtMost(ExpectColumnMaxToBeBetween):
    """`ExpectColumnMaxToBeBetween` that builds its configuration once.

    The library asks for it some fifty times an evaluation, and building it was most of a check
    run's time; an expectation does not change between.
    """

    _built: Any = PrivateAttr(None)

    @property
    def configuration(self) -> Any:
        if self._built is None:
            self._built = super().configuration
        return self._built
