"""Training and export: needs the training environment (`make setup-train`), never the runtime."""
