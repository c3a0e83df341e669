"""The PostgreSQL of the tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.postgres import running_postgres

if TYPE_CHECKING:
    from tests.postgres import PostgresServer


def test_each_database_is_empty(postgres_server: PostgresServer) -> None:
    for _ in range(2):
        with postgres_server.database() as url, psycopg.connect(url) as session:
            session.execute("CREATE TABLE mine (number integer)")


def test_a_server_keeps_its_data_over_a_crash(postgres: str) -> None:
    del postgres  # skipped where there is none
    with running_postgres(is_durable=True) as server:
        server.execute("CREATE TABLE kept (number integer)")
        server.restart("immediate")
        server.execute("INSERT INTO kept VALUES (1)")


def test_only_a_socket_leads_to_the_server(postgres: str) -> None:
    with psycopg.connect(postgres) as session:
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look at the folder of another user")
def test_the_server_runs_as_another_user_than_root(postgres_server: PostgresServer) -> None:
    assert (postgres_server.folder / "data").stat().st_uid != 0
