"""Charts: lines over time, bars, spreads, histograms and matrices, in colours that the colour-blind tell apart.

A chart takes a frame as `dashboard.figures` gives it and names its columns; it is a Vega-Lite specification. Numbers
that a reader points at are written as everywhere (`3 h 20 min`), with n. Colours come from the theme, which has sets
for light and dark; what matters is told by shape or position too. Time runs to the right, in UTC.

The specifications are plain dictionaries: to check each drawing against Vega-Lite's schema, as Altair does, would take
longer than everything else on a page. A test checks them once.
"""

from dashboard.charts.bars import bars, columns
from dashboard.charts.lines import lines, lines_by
from dashboard.charts.marks import Spec
from dashboard.charts.matrix import matrix
from dashboard.charts.times import histogram, spread

__all__ = ["Spec", "bars", "columns", "histogram", "lines", "lines_by", "matrix", "spread"]
