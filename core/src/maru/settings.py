"""What an operator may set, from `MARU_…` variables, `MARU_…_FILE` files or a demo's data folder.

Everything that can be wrong with a setting is said in one line that names it: `SettingFault`.
"""

from __future__ import annotations

import json
import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "MARU_"
SAVED = "settings.json"
DATABASES = (
    "database_url",
    "database_owner_url",
    "database_system_url",
    "database_replica_url",
)
REDIS = ("redis_url", "redis_queue_url", "redis_cache_url", "redis_live_url")
SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")
_DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
_REDIS_SCHEMES = (
    "redis",
    "rediss",
    "unix",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
)


class Fault(Exception):
    """Something the operator can mend; the command line says it in one line and exits with 2."""


class SettingFault(Fault):
    """A setting that is missing, malformed, or names a server that can't serve."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


class _Files(PydanticBaseSettingsSource):
    """`MARU_X_FILE` names a file whose stripped content is the value of `MARU_X`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = env_name(field_name)
        path = os.environ.get(f"{variable}_FILE")
        if not path:
            return None, field_name, False
        if variable in os.environ:
            raise SettingFault(f"{variable}_FILE", f"{variable} is set too; keep one of the two")
        try:
            return Path(path).read_text("utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingFault(f"{variable}_FILE", f"can't read {path}: {_reason(error)}") from None

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


class Settings(BaseSettings):
    """The settings of one process; a URL of Redis that isn't given falls back to `redis_url`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True
    )

    database_url: str = Field(default="", repr=False)
    database_owner_url: str = Field(default="", repr=False)
    database_system_url: str = Field(default="", repr=False)
    database_replica_url: str = Field(default="", repr=False)
    redis_url: str = Field(default="", repr=False)
    redis_queue_url: str = Field(default="", repr=False)
    redis_cache_url: str = Field(default="", repr=False)
    redis_live_url: str = Field(default="", repr=False)
    base_domain: str = Field(default="localhost", min_length=1)
    secret_key: str = Field(default="", repr=False)
    secret_key_old: str = Field(default="", repr=False)
    instance: str = Field(default="main", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    data: Path = Path(".maru")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8400, ge=1, le=65535)
    push_url: str = ""
    push_host: str = Field(default="127.0.0.1", min_length=1)
    push_port: int = Field(default=8401, ge=1, le=65535)
    web_url: str = ""
    public_url: str = ""
    signing_key_days: int = Field(default=90, ge=1, le=3650)
    db_pool_size: int = Field(default=20, ge=1, le=1000)
    db_pool_overflow: int = Field(default=5, ge=0, le=1000)
    db_pool_wait: float = Field(default=30.0, gt=0, le=3600)
    statement_timeout: float = Field(default=5.0, gt=0, le=3600)
    idle_in_transaction_timeout: float = Field(default=30.0, gt=0, le=3600)
    cors_origins: Annotated[list[str], NoDecode] = []
    docs_open: bool = False
    demo: bool = False
    demo_search: bool = True
    strict_plugins: bool = False
    otlp_endpoint: str = Field(default="", repr=False)
    trace_sample: float = Field(default=1.0, ge=0, le=1)
    slow_query_ms: float = Field(default=100.0, gt=0, le=3_600_000)
    blocked_ms: float = Field(default=100.0, ge=20, le=3_600_000)
    trusted_plugins: Annotated[list[str], NoDecode] = []
    isolated_memory: int = Field(default=1024, ge=128, le=1_000_000)
    jobs_kept_days: int = Field(default=14, ge=1, le=3650)
    metrics_token: str | None = Field(default=None, repr=False)
    body_limit: int = Field(default=1_000_000, ge=1_000)
    static_url: str = Field(default="/static", min_length=1)
    forwarded_from: Annotated[list[str], NoDecode] = []
    allow_addresses: Annotated[list[str], NoDecode] = []
    block_addresses: Annotated[list[str], NoDecode] = []
    operator_tenants: Annotated[list[str], NoDecode] = []
    operator_second_factor: bool = False
    alert_rules: Path | None = None
    alert_mail: Annotated[list[str], NoDecode] = []
    alert_slack: str = Field(default="", repr=False)
    alert_webhook: str = Field(default="", repr=False)
    outside_allow: Annotated[list[str], NoDecode] = []
    outside_proxy: str = Field(default="", repr=False)
    smtp_url: str = Field(default="", repr=False)
    mail_from: str = ""
    files_url: str = Field(default="", repr=False)
    clamd_url: str = ""
    file_scanners: Annotated[list[str], NoDecode] = []
    compute_children: int = Field(default=2, ge=1, le=64)
    limits: bool = True
    limit_reads: str = "address=300000/m, user=12000/m, token=12000/m, tenant=1200000/m"
    limit_writes: str = "address=30000/m, user=1200/m, token=1200/m, tenant=120000/m"
    limit_exports: str = "user=60/h, tenant=600/h"
    limit_sign_ins: str = "address=300/m"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _Files(settings_cls)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator(
        "alert_mail",
        "allow_addresses",
        "block_addresses",
        "cors_origins",
        "file_scanners",
        "forwarded_from",
        "operator_tenants",
        "outside_allow",
        "trusted_plugins",
        mode="before",
    )
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("forwarded_from", "allow_addresses", "block_addresses")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for text in value:
            try:
                ip_network(text, strict=False)
            except ValueError:
                raise ValueError(f"{text!r} is no address or network such as 10.0.0.0/8") from None
        return value

    @field_validator(*DATABASES)
    @classmethod
    def _database(cls, value: str) -> str:
        if not value:
            return value
        scheme = _checked_url(value, _DATABASE_SCHEMES, "postgresql://user:password@host/database")
        return f"postgresql{value.removeprefix(scheme)}"

    @field_validator(*REDIS)
    @classmethod
    def _redis(cls, value: str) -> str:
        if value:
            _checked_url(value, _REDIS_SCHEMES, "redis://:password@host:6379/0")
        return value

    @field_validator("alert_slack", "alert_webhook")
    @classmethod
    def _told_at(cls, value: str) -> str:
        if value:
            _checked_url(value, ("http", "https"), "https://hooks.example.com/maru")
        return value

    @field_validator("outside_proxy")
    @classmethod
    def _proxy(cls, value: str) -> str:
        if value:
            _checked_url(value, ("http", "https"), "http://proxy:3128")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        if value and not value.startswith("file:///"):
            _checked_url(value, SMTP_SCHEMES, "smtp+starttls://user:password@host:587")
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _collector(cls, value: str) -> str:
        if value:
            _checked_url(value, ("http", "https"), "http://collector:4318")
        return value

    @field_validator("push_url", "web_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value:
            _checked_url(value, ("http", "https"), "http://127.0.0.1:8401")
        return value.rstrip("/")

    @field_validator("secret_key", "secret_key_old")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError(
                "must have 32 characters or more, for example from `openssl rand -hex 32`"
            )
        return value

    @model_validator(mode="after")
    def _fall_back(self) -> Self:
        queue = self.redis_queue_url or self.redis_url
        resolved = {
            "redis_queue_url": queue,
            "redis_cache_url": self.redis_cache_url or self.redis_url,
            "redis_live_url": self.redis_live_url or queue,
        }
        self.__dict__.update(resolved)
        return self

    def require(self, *names: str) -> None:
        """Raise `SettingFault` for the first of these settings that has no value."""
        for name in names:
            if not getattr(self, name):
                raise SettingFault(env_name(name), "is not set")


def env_name(field: str) -> str:
    """The variable of a field: `database_url` is `MARU_DATABASE_URL`."""
    return PREFIX + field.upper()


def load_settings(*, saved: bool = True, **given: Any) -> Settings:
    """Read the settings: what is given here, then the environment, then a demo's data folder.

    The data folder (`MARU_DATA`, else `.maru`) counts only where the environment names no server,
    so that a command typed beside a running demo reaches that demo and nothing else.
    """
    kept = _saved(given.get("data")) if saved else {}
    try:
        return Settings(**{**kept, **given})
    except ValidationError as error:
        raise _as_fault(error) from None


def _saved(data: Path | None) -> dict[str, Any]:
    if any(_is_set(name) for name in (*DATABASES, *REDIS)):
        return {}
    folder = data or Path(os.environ.get(env_name("data")) or ".maru")
    try:
        saved = json.loads((folder / SAVED).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingFault(
            env_name("data"), f"can't read {folder / SAVED}: {_reason(error)}"
        ) from None
    return {name: value for name, value in saved.items() if not _is_set(name)}


def _is_set(field: str) -> bool:
    variable = env_name(field)
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def _checked_url(value: str, schemes: tuple[str, ...], example: str) -> str:
    if "\x00" in value:
        raise ValueError("must not hold a NUL character")
    try:
        parts = urlsplit(value)
        _ = parts.port if "," not in parts.netloc else None
    except ValueError as error:
        raise ValueError(f"is not a URL such as {example} ({error})") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "unix"):
        raise ValueError(f"must be a URL such as {example}")
    return parts.scheme


def _as_fault(error: ValidationError) -> SettingFault:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    problem = first["msg"].removeprefix("Value error, ")
    field = Settings.model_fields.get(name)
    if field is not None and field.repr and isinstance(first["input"], str | int | float):
        problem = f"{problem[0].lower()}{problem[1:]} (it is {first['input']!r})"
    return SettingFault(env_name(name), problem)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
