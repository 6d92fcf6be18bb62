"""The case API, its store and the review console. Imports nothing of streams, models or detector."""
