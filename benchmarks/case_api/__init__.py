"""The case API at full size, on both databases: what people do at their desks, and what workers bring, beside a plain FastAPI and SQLAlchemy loop."""
