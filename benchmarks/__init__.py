"""What is measured, against whom, and the ledger of results."""
