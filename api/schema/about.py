"""What this database says of itself."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from api.schema.base import metadata

about = Table("about", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))
"""Facts about this database: `database_id`, so that an ETag of another database never fits."""
