"""The contract: violation kinds, packet schema, signing and verifying. No vision library in here."""
