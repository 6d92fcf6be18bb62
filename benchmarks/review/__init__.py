"""The review page as a bench: prepared cases, a served case API, and a reviewer in a scripted browser who judges by keyboard alone."""
