"""The rendered street: pictures and clips as a pole camera would give them, with ground truth, every scene a function of its seed.

Only `mesh`, `materials`, `things`, `ground` and `shoot` touch `bpy` (extra `street`), and only when something is built; plans, scripts and
labels are pure. Coordinates are metres: x along the street, y across it (the shop fronts stand at y = 0, the camera at negative y),
z up. Cycles on a CPU gives a 640x360 picture in a few seconds (8 samples and the denoiser).
"""
