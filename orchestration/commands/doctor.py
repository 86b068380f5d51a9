"""`ticketlake doctor`: is the instance fit to be synced?"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.role import as_document, as_lines
from ingestion.settings import Settings, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.connectors import targets_of
from orchestration.exit_codes import worst
from orchestration.state import StateDatabase


@answering
def doctor(
    config: options.Config = None,
    instance: options.Instance = None,
    role: Annotated[
        bool, typer.Option("--role", help="Print what a ServiceNow administrator must grant, and ask nothing.")
    ] = False,
) -> Answer:
    """Check address, credentials, tables, fields, query rights, time zone and delete feed; a line each."""
    settings = load_settings(config)
    if role:
        return _role(settings, instance or ())
    targets = targets_of(settings, StateDatabase(settings.state_path), instance or (), only_checked=True)

    from ingestion.servicenow.preflight import check_instance

    document: dict[str, Any] = {"instances": []}
    lines, codes, failed = [], [], []
    for target in targets:
        checks = check_instance(settings, target)
        document["instances"].append({"instance": target.name, "checks": [vars(check) for check in checks]})
        for check in checks:
            verdict = "ok" if check.ok else "FAILED" if check.required else "warning"
            remedy = f"; {check.remedy}" if check.remedy and not check.ok else ""
            lines.append(f"{target.name} {verdict:7} {check.name}: {check.detail}{remedy}")
            if not check.ok and check.required:
                failed.append(f"{target.name}: {check.name}")
                codes.append(check.exit_code)
    error = f"{len(failed)} checks failed: {', '.join(failed)}" if failed else None
    return Answer(document, lines, worst(codes), error)


def _role(settings: Settings, names: Sequence[str]) -> Answer:
    """The rights for the tables of the instances named, or of all; of every table where none is configured."""
    chosen = [settings.instance(name) for name in names] or list(settings.instances.values())
    tables = [name for name in TABLES if not chosen or any(name in each.tables for each in chosen)]
    return Answer(as_document(tables), list(as_lines(tables)))
