-- One row per ticket and day on which it counts for the backlog: from the day it was opened to the day it ended and was
-- closed, within the history and up to now.
with tickets as (
    {{ backlog_tickets(ref('itsm')) }}
),

spans as (
    {{ backlog_spans('tickets') }}
)

{{ backlog_days('spans') }}
