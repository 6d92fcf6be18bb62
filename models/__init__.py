"""Looking: model cards and weights, YOLO sessions, training, export, evaluation and the rendered street."""
