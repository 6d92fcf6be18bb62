"""Scenes: what is drawn on the views of cameras, read from YAML, checked, drawn and laid out for judging."""
