"""What a username looks like, so that nobody gets a name that passes for another's.

Where two users have names that look the same, the elder gets the look, and the other keeps the name without one. An
index, and not a constraint, since for that SQLite would need the table made anew, which deletes what refers to it.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# As in `parley.accounts` when this was written: a revision does not change with the code.
LOOKS = str.maketrans(
    {
        **dict.fromkeys("i1|\u06f1\u2223\u2502", "l"),
        "m": "rn",
        "w": "vv",
        "\u06f5": "o",
        **dict.fromkeys("\u02d7\u2010\u2012\u2013\u2043\u2212", "-"),
        **dict.fromkeys("`\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032\ua78c", "'"),
    }
)


def upgrade() -> None:
    op.add_column("users", sa.Column("username_look", sa.Text, nullable=True))
    columns = ("id", "username_key", "username_look", "created_at")
    users = sa.table("users", *map(sa.column, columns))
    connection = op.get_bind()
    eldest_first = sa.select(users.c.id, users.c.username_key).order_by(
        users.c.created_at, users.c.id
    )
    owners: dict[str, str] = {}
    for owner, key in connection.execute(eldest_first):
        owners.setdefault(_look(key), owner)
    if owners:
        connection.execute(
            sa.update(users)
            .where(users.c.id == sa.bindparam("owner"))
            .values(username_look=sa.bindparam("look")),
            [{"owner": owner, "look": look} for look, owner in owners.items()],
        )
    op.create_index("ix_users_username_look", "users", ["username_look"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_users_username_look", "users")
    op.drop_column("users", "username_look")


def _look(key: str) -> str:
    letters = (
        "o" if unicodedata.decimal(letter, None) == 0 else letter
        for letter in unicodedata.normalize("NFD", key)
    )
    look = "".join(letters).translate(LOOKS)
    return look.replace("l\u0307", "l").replace("j\u0307", "j")
