"""The roles of a database: who migrates, who serves, and who may see every tenant's queue.

Made by `maru migrate` as the owner, who may be a superuser or merely allowed to make roles; the
two differ in what they must grant themselves, and PostgreSQL 16 changed how.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from maru.db.connection import password_of, role_of
from maru.settings import SettingFault, Settings

Echo = Callable[[str], object]
SYSTEM = "maru_system"
ISOLATED = "maru_isolated"
SEARCH = "maru_search"
ISOLATED_CONNECTIONS = 8
_ROUNDS = 4096


@dataclass(frozen=True)
class Roles:
    """The names of the roles; those of app and system come from their URLs."""

    app: str
    system: str

    @classmethod
    def of(cls, settings: Settings) -> "Roles":
        """Take the names from the settings; the owner's must be another than the app's."""
        settings.require("database_url", "database_owner_url")
        app, owner = role_of(settings.database_url), role_of(settings.database_owner_url)
        system = role_of(settings.database_system_url) or SYSTEM
        for setting, role in (("URL", app), ("SYSTEM_URL", system)):
            if not role:
                raise SettingFault(f"MARU_DATABASE_{setting}", "names no role (user)")
            if role == owner:
                problem = f"{role!r} is the owner; a role of its own must serve"
                raise SettingFault(f"MARU_DATABASE_{setting}", problem)
        if app == system:
            raise SettingFault("MARU_DATABASE_SYSTEM_URL", f"{app!r} already serves requests")
        return cls(app, system)


def plugin_role(key: str) -> str:
    """Name the role that owns a plugin's schema; it can't sign in."""
    return f"maru_plugin_{key}"


def isolated_role(key: str) -> str:
    """Name the role that an isolated plugin's process signs in as."""
    return f"{ISOLATED}_{key}"


def plugin_schema(key: str) -> str:
    """Name a plugin's schema."""
    return f"plugin_{key}"


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def run(connection: Connection, sql: str) -> None:
    """Execute one statement that takes no parameters."""
    connection.exec_driver_sql(sql)


def ensure_serving(connection: Connection, settings: Settings, roles: Roles, echo: Echo) -> None:
    """Make the roles that serve, and tell the database what time-outs hold for them."""
    urls = {roles.app: settings.database_url, roles.system: settings.database_system_url}
    for role, url in urls.items():
        _ensure_login(connection, role, password_of(url) if url else None)
        limits = {
            "statement_timeout": settings.statement_timeout,
            "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout,
        }
        for name, seconds in limits.items():
            _limit(connection, role, name, f"{int(seconds * 1000)}ms", echo)
        _attempt(connection, _connect_sql(connection, role), echo)
    for group in (ISOLATED, SEARCH):
        if not has_role(connection, group):
            _create(connection, f"CREATE ROLE {quoted(group)} NOLOGIN")
    _join(connection, SEARCH)
    # A temporary table outlives its transaction: the next tenant on that connection would see it.
    database = quoted(_database(connection))
    _attempt(connection, f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC", echo)
    if _is_superuser(connection):
        run(
            connection,
            "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
        )


def _ensure_login(connection: Connection, role: str, password: str | None) -> None:
    if has_role(connection, role):
        return
    login = "NOLOGIN" if password is None else f"LOGIN PASSWORD {literal(_verifier(password))}"
    _create(connection, f"CREATE ROLE {quoted(role)} {login}")


def ensure_plugin(connection: Connection, key: str, roles: Roles) -> None:
    """Make a plugin's role and its schema, and let the role refer to people and departments."""
    role, schema = quoted(plugin_role(key)), quoted(plugin_schema(key))
    if not has_role(connection, plugin_role(key)):
        _create(connection, f"CREATE ROLE {role} NOLOGIN")
    _join(connection, plugin_role(key))
    run(connection, f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}")
    run(connection, f"GRANT USAGE ON SCHEMA maru TO {role}")


def ensure_isolated(
    connection: Connection, key: str, password: str, settings: Settings, echo: Echo
) -> None:
    """Make the role that an isolated plugin's process signs in as; it is a member of the group
    that holds what all of them may do in core."""
    role = isolated_role(key)
    if not has_role(connection, role):
        _create(connection, f"CREATE ROLE {quoted(role)} NOLOGIN")
    run(
        connection,
        f"ALTER ROLE {quoted(role)} LOGIN CONNECTION LIMIT {ISOLATED_CONNECTIONS}"
        f" PASSWORD {literal(_verifier(password))}",
    )
    run(connection, f"GRANT {quoted(ISOLATED)} TO {quoted(role)}")
    for name, seconds in (
        ("statement_timeout", settings.statement_timeout),
        ("idle_in_transaction_session_timeout", settings.idle_in_transaction_timeout),
    ):
        _limit(connection, role, name, f"{int(seconds * 1000)}ms", echo)
    _attempt(connection, _connect_sql(connection, role), echo)


def close_isolated(connection: Connection, key: str) -> None:
    """Let nobody sign in any more as the process of a plugin that is trusted now."""
    if has_role(connection, isolated_role(key)):
        run(connection, f"ALTER ROLE {quoted(isolated_role(key))} NOLOGIN")


def let_sign_in(connection: Connection, role: str, password: str) -> None:
    """Let a role sign in for a while."""
    login = f"LOGIN CONNECTION LIMIT 2 PASSWORD {literal(_verifier(password))}"
    run(connection, f"ALTER ROLE {quoted(role)} {login}")
    run(connection, _connect_sql(connection, role))


def shut_out(connection: Connection, role: str) -> None:
    """Let it no more, and end what it has left open."""
    run(connection, f"ALTER ROLE {quoted(role)} NOLOGIN PASSWORD NULL")
    ending = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role")
    connection.execute(ending, {"role": role})


def _join(connection: Connection, role: str) -> None:
    """Let the owner act as a role: a superuser may already, PostgreSQL 16 tells SET apart."""
    version = connection.dialect.server_version_info
    assert version is not None
    need = "SET" if version >= (16,) else "MEMBER"
    asked = sa.text("SELECT pg_has_role(current_user, :role, :need)")
    if not connection.execute(asked, {"role": role, "need": need}).scalar_one():
        run(connection, f"GRANT {quoted(role)} TO CURRENT_USER")


def has_role(connection: Connection, role: str) -> bool:
    """Whether the server knows this role."""
    asked = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    return connection.execute(asked, {"role": role}).first() is not None


def _create(connection: Connection, sql: str) -> None:
    """Make a role; roles belong to the whole server, so another database may be quicker."""
    try:
        with connection.begin_nested():
            run(connection, sql)
    except DBAPIError as error:
        if sqlstate(error) not in ("42710", "23505"):
            raise


def _limit(connection: Connection, role: str, name: str, value: str, echo: Echo) -> None:
    database = quoted(_database(connection))
    sql = f"ALTER ROLE {quoted(role)} IN DATABASE {database} SET {name} = {literal(value)}"
    asked = sa.text("""SELECT 1 FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
        JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
        WHERE r.rolname = :role AND :setting = ANY (s.setconfig)""")
    found = connection.execute(asked, {"role": role, "setting": f"{name}={value}"}).first()
    if found is None:
        _attempt(connection, sql, echo)


def _connect_sql(connection: Connection, role: str) -> str:
    return f"GRANT CONNECT ON DATABASE {quoted(_database(connection))} TO {quoted(role)}"


def _attempt(connection: Connection, sql: str, echo: Echo) -> None:
    """Do what an owner with fewer rights may have to leave to an administrator."""
    try:
        with connection.begin_nested():
            run(connection, sql)
    except DBAPIError as error:
        if sqlstate(error) != "42501":
            raise
        echo(f"not allowed to run, ask an administrator: {sql};")


def _database(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT current_database()").scalar_one())


def _is_superuser(connection: Connection) -> bool:
    asked = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    return bool(connection.exec_driver_sql(asked).scalar_one())


def sqlstate(error: DBAPIError) -> str:
    """Give the server's code of an error, or an empty text."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def _verifier(password: str) -> str:
    """Make what the server keeps of a password, so that its log never shows the password."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ROUNDS}:{text[0]}${text[1]}:{text[2]}"
