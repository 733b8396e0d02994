"""The one collection of tables, with names that migrations can rely on, and the column types we share.

Times are whole milliseconds since 1970-01-01 UTC (`Clock.wall`): the same in both databases.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column called exactly INTEGER, which there has 64 bits, too.
RowId = BigInteger().with_variant(Integer, "sqlite")
WallTime = BigInteger
