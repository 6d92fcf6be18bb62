"""Clips of the rendered street: an event script drawn from a seed, its cast, its shots, what a camera makes of them, and their truth.

`script` and `cast` are pure; `film` needs Blender; `exposing` and the encoder need OpenCV and PyAV alone.
"""
