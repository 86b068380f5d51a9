"""The dlt source for ServiceNow: knows the Table API, nothing of DuckDB, dbt or Dagster."""
