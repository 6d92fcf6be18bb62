"""The one chain of changes to the database, applied at each start."""
