"""The layouts of `state.sqlite`, one after the other; `pragma user_version` says which one a file has.

Times are text, `YYYY-MM-DD HH:MM:SS` in UTC: sortable, and what DuckDB casts to TIMESTAMP.
A layout that was released never changes: what a later one needs comes as a migration behind it.
"""

_FIRST = (
    """
    create table connectors (
        id text primary key,
        name text not null unique,
        type text not null,
        url text not null,
        status text not null,
        rescheduled_for text,
        first_loaded_at text,
        created_at text not null,
        updated_at text not null
    )
    """,
    """
    create table transitions (
        id integer primary key,
        at text not null,
        connector text not null,
        from_status text,
        to_status text not null,
        cause text not null,
        actor text not null,
        run_id text
    )
    """,
    """
    create table cycles (
        run_id text primary key,
        kind text not null,
        actor text not null,
        status text not null,
        exit_code integer,
        error text,
        pid integer not null,
        started_at text not null,
        finished_at text
    )
    """,
    """
    create table runs (
        run_id text not null,
        instance text not null,
        kind text not null,
        status text not null,
        started_at text not null,
        finished_at text,
        config_version text,
        error text,
        exit_code integer,
        data_as_of text,
        primary key (run_id, instance)
    )
    """,
    """
    create table run_tables (
        run_id text not null,
        instance text not null,
        table_name text not null,
        rows_read integer not null,
        inserted integer not null,
        updated integer not null,
        unchanged integer not null,
        deleted integer not null,
        requests integer not null,
        bytes integer not null,
        retries integer not null,
        seconds real not null,
        cursor_before text,
        cursor_after text,
        primary key (run_id, instance, table_name)
    )
    """,
    """
    create table publications (
        run_id text primary key,
        published_at text not null,
        data_as_of text not null,
        ticketlake_version text not null,
        file text not null
    )
    """,
    "create table maintenance (task text primary key, done_on text not null)",
    "create index runs_by_start on runs (started_at)",
)


def append_only(table: str, key: str) -> tuple[str, ...]:
    """Triggers that let rows be added to a table and nothing else; `insert or replace` would delete without asking."""
    refuse = f"begin select raise(abort, '{table} is append-only'); end"
    return (
        f"create trigger {table}_keeps_rows before delete on {table} {refuse}",
        f"create trigger {table}_keeps_values before update on {table} {refuse}",
        f"create trigger {table}_keeps_keys before insert on {table}"
        f" when exists (select 1 from {table} where {key} = new.{key}) {refuse}",
    )


_AUDIT_AND_CONFIGURATION = (
    # `actor` asked for it (command, schedule, demo, a token's name); `os_user` is the account the process ran as.
    """
    create table audit_log (
        id integer primary key,
        at text not null,
        actor text not null,
        os_user text not null,
        action text not null,
        subject text not null,
        detail text not null,
        run_id text
    )
    """,
    *append_only("audit_log", "id"),
    # `settings` (JSON) are in effect, `file` is the text of ticketlake.toml. A file that is no valid
    # configuration is kept with what is wrong with it, and never in effect.
    """
    create table configurations (
        version integer primary key,
        recorded_at text not null,
        actor text not null,
        os_user text not null,
        cause text not null,
        ticketlake_version text not null,
        settings text,
        file text,
        error text
    )
    """,
    *append_only("configurations", "version"),
)

#: What a person registers: options of connectors, sealed credentials, tokens, ways in, and what was started for whom.
_CONNECTOR_LIFE = (
    *append_only("transitions", "id"),
    "alter table connectors add column sync_cron text",
    "alter table connectors add column tables text",
    "alter table connectors add column is_paused integer not null default 0",
    "alter table connectors add column initialized_at text",
    "alter table connectors add column override_reason text",
    # Their data stays in the care of retention.
    "create table former_connectors (name text primary key, url text not null, deleted_at text not null)",
    "create table credentials (connector_id text primary key, sealed blob not null, stored_at text not null)",
    """
    create table api_tokens (
        id text primary key,
        name text not null,
        access text not null,
        digest blob not null unique,
        created_at text not null,
        revoked_at text
    )
    """,
    """
    create table auth_links (
        digest blob primary key,
        connector_id text not null,
        actor text not null,
        attempts integer not null default 0,
        created_at text not null,
        expires_at text not null,
        used_at text
    )
    """,
    """
    create table jobs (
        id text primary key,
        connector_id text not null,
        kind text not null,
        actor text not null,
        status text not null,
        pid integer,
        exit_code integer,
        error text,
        started_at text not null,
        finished_at text
    )
    """,
)

#: The statements that bring a file from layout n to n + 1, n counting from 0; each step is one transaction.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _AUDIT_AND_CONFIGURATION, _CONNECTOR_LIFE)
SCHEMA_VERSION = len(MIGRATIONS)
