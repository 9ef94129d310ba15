"""The run store: SQLAlchemy, its in-memory twin, migrations."""
