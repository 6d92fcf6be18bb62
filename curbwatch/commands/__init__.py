"""One module a subcommand; the front door loads each only when it is called, so that `serve` starts without a vision library."""
