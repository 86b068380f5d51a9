{{ across_dimensions(ref('int_resolved_periods')) }}
