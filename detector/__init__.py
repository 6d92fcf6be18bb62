"""Scenes, schedule, places, rules, worker, outbox and placement: what judges stays apart from what runs."""
