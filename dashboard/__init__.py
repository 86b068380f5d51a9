"""The dashboard: it knows the published file `itsm.duckdb`, and nothing of what made it."""
