"""What the incidents of the raw world are called: a pool of titles, written by machines and by people.

The patterns are those of the embedded instance's topics, and complaints about one of many applications.
"""

import duckdb

from ingestion.instance.titles import HUMAN_TOPICS, MACHINE_TOPICS

_APPLICATIONS = (
    "SAP", "Salesforce", "Workday", "Jira", "Confluence", "SharePoint", "Teams", "Zoom", "Outlook", "OneDrive",
    "Citrix", "ServiceDesk portal", "Timesheet", "Payroll", "Invoice archive", "Order entry", "Warehouse scanner",
    "Route planner", "Customer portal", "Call centre desktop", "Data lake", "Power BI", "Tableau", "Oracle EBS",
    "Ariba", "Concur", "DocuSign", "GitLab", "Jenkins", "Artifactory", "Grafana", "Badge system", "Intranet",
    "Learning platform", "CRM", "MES", "LIMS", "PLM", "Treasury workstation", "Fax server",
)  # fmt: skip
_COMPLAINTS = (
    "{application} does not start", "{application}: login fails", "{application} is slow since this morning",
    "Cannot log in to {application}", "{application}: error {code} when saving", "No access to {application}",
    "{application} freezes on {host}", "Please give me access to {application}", "{application} session times out",
    "{application}: export to Excel is empty", "{application}: search returns nothing", "{application} update failed",
    "{application}: attachment cannot be opened", "Licence for {application} expired",
    "{application} shows a blank page",
    "{application}: wrong language", "{application}: print preview missing", "{application} crashes when printing",
    "Error {code} in {application}", "{application}: report of {date} is missing",
    "{application} not reachable via VPN",
    "{application}: data of yesterday not loaded", "{application} sends duplicate e-mails",
    "{application}: password reset link does not arrive", "{application} Anmeldung nicht möglich",
    "{application} reagiert nicht", "{application}: Fehler {code} beim Speichern", "Zugriff auf {application} fehlt",
    "{application} ne répond pas", "{application} : erreur {code}", "Impossible d'ouvrir {application}",
    "{application} no responde", "No puedo entrar en {application}", "{application}: user {login} locked",
)  # fmt: skip
#: Shares of the titles in the pool that a machine wrote; of people's, those that have a typo, and a prefix.
_MACHINE_SHARE, _TYPOS, _PREFIXED = 0.5, 0.08, 0.06

#: What stands for each placeholder of a pattern, as SQL over the pool's row `n` and its item `ci`.
_PLACEHOLDERS = {
    "{host}": "ci_name(ci)",
    "{service}": "concat('Service ', lpad(CAST(pick(n, 'service', 300) AS VARCHAR), 3, '0'))",
    "{application}": "application[1 + skewed(n, 'application', len(application), 1.5)]",
    "{moment}": "CAST(TIMESTAMP '2025-12-01' + to_seconds(pick(n, 'moment', 3000000)) AS VARCHAR)",
    "{date}": "CAST(DATE '2025-01-01' + CAST(pick(n, 'date', 365) AS INTEGER) AS VARCHAR)",
    "{clock}": "strftime(TIMESTAMP '2025-12-01' + to_seconds(pick(n, 'clock', 86400)), '%H:%M')",
    "{pct}": "80 + pick(n, 'pct', 20)",
    "{limit}": "60 + 5 * pick(n, 'limit', 4)",
    "{small}": "1 + pick(n, 'small', 19)",
    "{port}": "1 + pick(n, 'port', 47)",
    "{ms}": "1001 + pick(n, 'ms', 8999)",
    "{code}": "1000 + pick(n, 'code', 37)",
    "{ip}": "concat_ws('.', 10, pick(n, 'ip2', 200), pick(n, 'ip3', 250), 1 + pick(n, 'ip4', 250))",
    "{hex}": "substr(key('hex', n), 1, 8)",
    "{guid}": "CAST(CAST(key('guid', n) AS UUID) AS VARCHAR)",
    "{mount}": "['/', '/var', '/data', '/home', 'C:', 'D:', '/opt/app'][1 + pick(n, 'mount', 7)]",
    "{process}": "['nginx', 'java', 'sshd', 'postgres', 'oracle', 'w3wp.exe', 'crond'][1 + pick(n, 'process', 7)]",
    "{queue}": "['ORDERS.IN', 'BILLING.OUT', 'MAIL.RETRY', 'HR.SYNC'][1 + pick(n, 'queue', 4)]",
    "{space}": "['USERS', 'TEMP', 'UNDO', 'INDX01'][1 + pick(n, 'space', 4)]",
    "{login}": "concat('u', 10000 + pick(n, 'login', 400))",
}


def make_titles(connection: duckdb.DuckDBPyConnection, count: int, cis: int) -> None:
    """The temporary table `title` of `count` rows: n from 0, title, is_machine, ci (an item's number below `cis`).

    Needs the macros of `raw_layout`. Some of people's titles are the same text.
    """
    machine = [title for topic in MACHINE_TOPICS for title in topic.titles]
    human = [title for topic in HUMAN_TOPICS for title in topic.titles] + list(_COMPLAINTS)
    filled = "pattern"
    for placeholder, expression in _PLACEHOLDERS.items():
        filled = f"replace({filled}, '{placeholder}', CAST({expression} AS VARCHAR))"
    # A typo is a letter left out.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE title AS
        WITH patterns AS (
            SELECT
                n,
                skewed(n, 'ci of title', {cis}, 1.5) AS ci,
                draw(n, 'writer') < {_MACHINE_SHARE} AS is_machine,
                $application AS application,
                CASE
                    WHEN is_machine THEN $machine[1 + skewed(n, 'pattern', len($machine), 1.5)]
                    ELSE $human[1 + pick(n, 'pattern', len($human))]
                END AS pattern
            FROM range({count}) AS numbers(n)
        ),
        filled AS (SELECT n, ci, is_machine, {filled} AS title FROM patterns)
        SELECT
            n,
            ci,
            is_machine,
            CASE
                WHEN is_machine THEN title
                WHEN draw(n, 'manner') < {_TYPOS}
                    THEN concat(substr(title, 1, spoilt), substr(title, spoilt + 2))
                WHEN draw(n, 'manner') < {_TYPOS + _PREFIXED}
                    THEN concat(['Re: ', 'AW: ', 'Fwd: ', '[P2] ', 'URGENT: '][1 + pick(n, 'prefix', 5)], title)
                ELSE title
            END AS title
        FROM (SELECT *, 1 + pick(n, 'typo', length(title) - 3) AS spoilt FROM filled)
        """,
        {"application": list(_APPLICATIONS), "machine": machine, "human": human},
    )
