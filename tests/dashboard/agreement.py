"""Whether two frames say the same."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Sums of seconds are exact; their quotients and interpolated quantiles agree to rounding.
RELATIVE = 1e-9


def assert_same(found: pd.DataFrame, expected: pd.DataFrame, keys: Sequence[str]) -> None:
    """The same rows by key, and in all columns of `expected` the same: counts exactly, floats to 1e-9."""
    one, other = _ordered(found, keys), _ordered(expected, keys)
    assert list(one.index) == list(other.index)
    for name in expected.columns.difference(list(keys)):
        first, second = one[name], other[name]
        if pd.api.types.is_float_dtype(second.dtype) or pd.api.types.is_float_dtype(first.dtype):
            np.testing.assert_allclose(
                first.astype(float), second.astype(float), rtol=RELATIVE, atol=0, equal_nan=True, err_msg=name
            )
        else:
            same = (first == second) | (first.isna() & second.isna())
            assert same.all(), (name, first[~same].head(), second[~same].head())


def _ordered(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    # All missing values are one: None of a text, NaN of a number.
    texts = [frame[key].astype(object).where(frame[key].notna(), "").astype(str) for key in keys]
    return frame.set_index(pd.MultiIndex.from_arrays(texts)).sort_index()
