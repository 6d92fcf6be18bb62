"""The demo: eight simulated cameras, a worker, the API and the page on this machine, and the judge of what came of it."""
