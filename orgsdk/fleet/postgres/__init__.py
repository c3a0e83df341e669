"""A fleet's store in PostgreSQL: runs, journals, audits and locks, for any number of machines (extra `fleet`)."""

from orgsdk._distribution import install_advice
from orgsdk.errors import ConfigurationError

try:
    from orgsdk.fleet.postgres.store import PostgresStore as PostgresStore
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] != "psycopg":
        raise
    raise ConfigurationError(f"A fleet in PostgreSQL needs psycopg. {install_advice('fleet')}") from _missing
