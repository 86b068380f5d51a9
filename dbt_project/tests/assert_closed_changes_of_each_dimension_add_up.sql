{{ parts_unlike_totals(ref('change_failure'), ['instance', 'period_start'], ['closed_changes', 'failed_changes']) }}
