"""Where workers run: the seam `ShardWorker(spec).run()/health()` knows no machine, and a `Placer` puts workers on some."""
