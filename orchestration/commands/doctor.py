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
    """Check this machine, address, credentials, tables, fields, query rights, time zone, delete feed; a line each."""
    settings = load_settings(config)
    if role:
        return _role(settings, instance or ())

    from ingestion.servicenow.preflight import check_instance
    from orchestration.machine import check_machine

    here = list(check_machine(settings))
    # Who can be asked stands in the state.
    database = StateDatabase(settings.state_path)
    fit = all(check.ok for check in here)
    targets = targets_of(settings, database, instance or (), only_checked=True) if fit else []
    document: dict[str, Any] = {"machine": [vars(check) for check in here], "instances": []}
    lines, codes, failed = [], [], []
    found = [("this machine", here)]
    for target in targets:
        checks = check_instance(settings, target)
        document["instances"].append({"instance": target.name, "checks": [vars(check) for check in checks]})
        found.append((target.name, checks))
    for name, checks in found:
        for check in checks:
            verdict = "ok" if check.ok else "FAILED" if check.required else "warning"
            remedy = f"; {check.remedy}" if check.remedy and not check.ok else ""
            lines.append(f"{name} {verdict:7} {check.name}: {check.detail}{remedy}")
            if not check.ok and check.required:
                failed.append(f"{name}: {check.name}")
                codes.append(check.exit_code)
    error = f"{len(failed)} checks failed: {', '.join(failed)}" if failed else None
    return Answer(document, lines, worst(codes), error)


def _role(settings: Settings, names: Sequence[str]) -> Answer:
    """The rights for the tables of the instances named, or of all; of every table where none is configured."""
    chosen = [settings.instance(name) for name in names] or list(settings.instances.values())
    tables = [name for name in TABLES if not chosen or any(name in each.tables for each in chosen)]
    return Answer(as_document(tables), list(as_lines(tables)))
