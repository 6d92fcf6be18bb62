"""Builds one Blender mesh out of many simple solids: a thing is one object, so that labels and visibility are asked of one object.

A thousand small Blender objects cost seconds of synchronisation a picture; one mesh with material slots costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Point = tuple[float, float, float]


class MeshBuilder:
    """Collects vertices and faces in metres, in the thing's own frame: origin on the ground, x to its right, y away from the viewer."""

    def __init__(self) -> None:
        self.vertices: list[Point] = []
        self.faces: list[tuple[int, ...]] = []
        self.face_materials: list[int] = []
        self.smooth: list[bool] = []
        self.materials: list[Any] = []

    def slot(self, material: Any) -> int:
        """The slot of a material in this mesh."""
        if material not in self.materials:
            self.materials.append(material)
        return self.materials.index(material)

    def add(self, vertices: Sequence[Point], faces: Sequence[tuple[int, ...]], material: Any, *, smooth: bool = False) -> None:
        """Adds a solid given by its vertices and faces."""
        first = len(self.vertices)
        slot = self.slot(material)
        self.vertices.extend(vertices)
        self.faces.extend(tuple(first + index for index in face) for face in faces)
        self.face_materials.extend([slot] * len(faces))
        self.smooth.extend([smooth] * len(faces))

    def box(self, centre: Point, size: Point, material: Any, *, turn: float = 0.0, tilt: float = 0.0) -> None:
        """A box by centre and size; `turn` about z and `tilt` about x, in radians."""
        corners = []
        for dx, dy, dz in ((i, j, k) for k in (-0.5, 0.5) for j in (-0.5, 0.5) for i in (-0.5, 0.5)):
            x, y, z = dx * size[0], dy * size[1], dz * size[2]
            y, z = y * math.cos(tilt) - z * math.sin(tilt), y * math.sin(tilt) + z * math.cos(tilt)
            x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
            corners.append((centre[0] + x, centre[1] + y, centre[2] + z))
        self.add(corners, [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (1, 3, 7, 5), (0, 4, 6, 2)], material)

    def tube(self, start: Point, end: Point, radius: float, material: Any, *, end_radius: float | None = None, sides: int = 10) -> None:
        """A round bar or cone between two points."""
        top = radius if end_radius is None else end_radius
        axis = [end[i] - start[i] for i in range(3)]
        length = math.sqrt(sum(a * a for a in axis)) or 1e-6
        w = [a / length for a in axis]
        helper = (0.0, 0.0, 1.0) if abs(w[2]) < 0.9 else (1.0, 0.0, 0.0)
        u = [w[1] * helper[2] - w[2] * helper[1], w[2] * helper[0] - w[0] * helper[2], w[0] * helper[1] - w[1] * helper[0]]
        norm = math.sqrt(sum(a * a for a in u))
        u = [a / norm for a in u]
        v = [w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0]]
        ring: list[Point] = []
        for base, size in ((start, radius), (end, top)):
            for i in range(sides):
                a = 2 * math.pi * i / sides
                c, s = size * math.cos(a), size * math.sin(a)
                ring.append((base[0] + c * u[0] + s * v[0], base[1] + c * u[1] + s * v[1], base[2] + c * u[2] + s * v[2]))
        faces: list[tuple[int, ...]] = [(i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)]
        faces += [tuple(range(sides - 1, -1, -1)), tuple(range(sides, 2 * sides))]
        self.add(ring, faces, material, smooth=sides > 8)

    def ball(self, centre: Point, radii: Point, material: Any, *, rings: int = 6, sides: int = 10, wobble: float = 0.0, seed: int = 0) -> None:
        """An ellipsoid; `wobble` (0..1) dents it, for heads of trees, melons and sacks."""
        vertices: list[Point] = [(centre[0], centre[1], centre[2] - radii[2])]
        state = seed * 7919 + 17
        for i in range(1, rings):
            phi = -math.pi / 2 + math.pi * i / rings
            for j in range(sides):
                theta = 2 * math.pi * j / sides
                state = (state * 1103515245 + 12345) % 2147483648
                r = 1.0 + wobble * (state / 2147483648 - 0.5)
                vertices.append(
                    (
                        centre[0] + r * radii[0] * math.cos(phi) * math.cos(theta),
                        centre[1] + r * radii[1] * math.cos(phi) * math.sin(theta),
                        centre[2] + r * radii[2] * math.sin(phi),
                    )
                )
        vertices.append((centre[0], centre[1], centre[2] + radii[2]))
        last = len(vertices) - 1
        faces: list[tuple[int, ...]] = [(0, 1 + (j + 1) % sides, 1 + j) for j in range(sides)]
        for i in range(rings - 2):
            a = 1 + i * sides
            faces += [(a + j, a + (j + 1) % sides, a + sides + (j + 1) % sides, a + sides + j) for j in range(sides)]
        a = 1 + (rings - 2) * sides
        faces += [(a + j, a + (j + 1) % sides, last) for j in range(sides)]
        self.add(vertices, faces, material, smooth=wobble < 0.3)

    def hoop(self, centre: Point, radius: float, thickness: float, material: Any, *, sides: int = 18) -> None:
        """A ring standing in the x-z plane: the wheel of a bicycle."""
        vertices: list[Point] = []
        for i in range(sides):
            a = 2 * math.pi * i / sides
            for j in range(5):
                b = 2 * math.pi * j / 5
                r = radius + thickness * math.cos(b)
                vertices.append((centre[0] + r * math.cos(a), centre[1] + thickness * math.sin(b), centre[2] + r * math.sin(a)))
        faces = [(i * 5 + j, i * 5 + (j + 1) % 5, ((i + 1) % sides) * 5 + (j + 1) % 5, ((i + 1) % sides) * 5 + j) for i in range(sides) for j in range(5)]
        self.add(vertices, faces, material, smooth=True)

    def prism(self, profile: Sequence[tuple[float, float]], y0: float, y1: float, material: Any) -> None:
        """A side view (x, z), counter-clockwise, drawn out from y0 to y1: the body of a car or van."""
        count = len(profile)
        vertices: list[Point] = [(x, y0, z) for x, z in profile] + [(x, y1, z) for x, z in profile]
        faces: list[tuple[int, ...]] = [tuple(range(count)), tuple(range(2 * count - 1, count - 1, -1))]
        faces += [(i, count + i, count + (i + 1) % count, (i + 1) % count) for i in range(count)]
        self.add(vertices, faces, material)

    def canopy(self, centre: Point, radius: float, rise: float, materials: Sequence[Any], *, ribs: int = 8, drop: float = 0.12) -> None:
        """The cloth of a parasol or umbrella: ribs with alternating panels, and a hanging rim."""
        for i in range(ribs):
            a, b = 2 * math.pi * i / ribs, 2 * math.pi * (i + 1) / ribs
            rim = [(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t), centre[2]) for t in (a, b)]
            mid = [(centre[0] + 0.55 * radius * math.cos(t), centre[1] + 0.55 * radius * math.sin(t), centre[2] + rise * 0.66) for t in (a, b)]
            low = [(x, y, z - drop) for x, y, z in rim]
            top = (centre[0], centre[1], centre[2] + rise)
            self.add([*rim, *mid, top, *low], [(0, 1, 3, 2), (2, 3, 4), (0, 5, 6, 1)], materials[i % len(materials)])

    def finish(self, name: str, *, location: Point = (0.0, 0.0, 0.0), turn: float = 0.0) -> Any:
        """Makes the Blender object and links it into the scene."""
        import bpy

        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(self.vertices, [], self.faces)
        for material in self.materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", self.face_materials)
        mesh.polygons.foreach_set("use_smooth", self.smooth)
        mesh.update()
        thing = bpy.data.objects.new(name, mesh)
        thing.location = location
        thing.rotation_euler = (0.0, 0.0, turn)
        bpy.context.scene.collection.objects.link(thing)
        return thing
