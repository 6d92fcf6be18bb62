"""What runs: one process that reads, looks, judges, evidences and delivers for hundreds of cameras.

The reader's thread leaves each camera's freshest keyframe in a mailbox; the dispatcher hands the camera that is due to the
decoder pool; detector threads batch what was decoded, judge it and hand events to the evidence desk; the outbox's sender delivers.
Nothing queues up: between two looks of a camera only its newest keyframe is kept.
"""
