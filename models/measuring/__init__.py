"""How good a model is: average precision, ranking of whole pictures, curves, confusion, intervals, and a report with pictures."""
