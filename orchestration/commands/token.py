"""`ticketlake token`: who may use the API."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ingestion.settings import load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.state import StateDatabase
from orchestration.state.tokens import ApiToken, Tokens

token = typer.Typer(help="Bearer tokens of the API.", no_args_is_help=True)

ACTOR = "command"


class AccessOption(StrEnum):
    VIEW = "view"
    FULL = "full"


@token.command("create")
@answering
def create_token(
    access: Annotated[AccessOption, typer.Option("--access", help="view may read, full may do everything.")],
    name: Annotated[str, typer.Option("--name", help="Whose it is: shown in lists and in the audit log.")] = "",
    config: options.Config = None,
) -> Answer:
    """Make a token and print it: it is kept as a hash alone, so this is the only time it can be read."""
    made, secret = _tokens(config).create(access.value, name, actor=ACTOR)
    return Answer({**as_document(made), "token": secret}, [secret])


@token.command("list")
@answering
def list_tokens(config: options.Config = None) -> Answer:
    """All tokens, without what they open."""
    found = _tokens(config).all()
    return Answer({"tokens": [as_document(each) for each in found]}, [_line(each) for each in found] or ["no token"])


@token.command("revoke")
@answering
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="Its id, from `ticketlake token list`.")],
    config: options.Config = None,
) -> Answer:
    """Make a token useless at once."""
    _tokens(config).revoke(token_id, actor=ACTOR)
    return Answer({"id": token_id, "revoked": True}, [f"{token_id}: revoked"])


def as_document(found: ApiToken) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "access": found.access,
        "created_at": str(found.created_at),
        "revoked_at": str(found.revoked_at) if found.revoked_at else None,
    }


def _line(found: ApiToken) -> str:
    end = f", revoked {found.revoked_at} UTC" if found.revoked_at else ""
    return f"{found.id} {found.access:4} created {found.created_at} UTC{end} {found.name}".rstrip()


def _tokens(config: options.Config) -> Tokens:
    return Tokens(StateDatabase(load_settings(config).state_path))
