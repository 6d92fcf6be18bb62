"""The case API's routes, one module a subject."""
