"""The rendered street: pictures and clips as a pole camera would give them, with ground truth, every scene a function of its seed.

Two generations: the demo's clips are of the first (`scripts`, `video`, `scenes`, `ground`, `goods`, `people`, `vehicles`, `mesh`, `materials`); all else is
the second. `bpy` (extra `street`) is touched only when something is built; plans, scripts and labels are pure. Coordinates are metres: x along the
street, y across it (the shop fronts stand at y = 0, the camera at negative y), z up. Cycles on a CPU gives a 640x360 picture in a few seconds.
"""
