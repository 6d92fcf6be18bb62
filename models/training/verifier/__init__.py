"""Training a verifier: crops and pictures to learn from, frozen features, heads, fusion, the file that serves."""
