"""What the tools find in their environment: no telemetry, and every file under the data directory.

One place sets it, before any of them is imported. HOME and the checkout may be read-only.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType

from ingestion.settings import Settings

TELEMETRY_OFF: Mapping[str, str] = MappingProxyType(
    {
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }
)

#: `ticketlake up --config` hands its path to the processes it starts.
CONFIG_VARIABLE = "TICKETLAKE_CONFIG"


def prepare_environment(settings: Settings) -> None:
    """Set the variables for this process and those it starts."""
    os.environ.update(TELEMETRY_OFF)
    os.environ.update(
        {
            "DAGSTER_HOME": str(settings.dagster_home),
            "DBT_TARGET_PATH": str(settings.dbt_dir),
            "DBT_LOG_PATH": str(settings.dbt_dir),
            "DLT_DATA_DIR": str(settings.dlt_dir),
            "MPLCONFIGDIR": str(settings.data_dir / "cache"),
            "XDG_CACHE_HOME": str(settings.data_dir / "cache"),
            "TICKETLAKE_DATA_DIR": str(settings.data_dir),
            "TICKETLAKE_WAREHOUSE": str(settings.warehouse_path),
            "TICKETLAKE_MEMORY_LIMIT": settings.memory_limit,
        }
    )
