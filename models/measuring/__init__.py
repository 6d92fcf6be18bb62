"""How good a model is.

Boxes on a labelled set (`labelled`, `looked`): average precision by class and size (`precision`, `matching`, `sizes`), curves and reliability (`curves`),
what is taken for what (`confusion`), whole pictures by their best box (`ranking`), all together on a page (`set_report`).

Held-back photographs by saved looks (`scores`): whole pictures and boxes (`held_back`), what each voice gains (`voices`), photographs set into streets by size
(`pasted`), all together on a page (`photographs_report`).

Both: intervals by resampling origins (`origins`), diagrams (`drawing`), contact sheets (`sheets`), the page (`page`).
"""
