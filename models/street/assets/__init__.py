"""What stands in the street, as data: every asset is a pure function of a random generator and a split.

An asset (`asset.Asset`) is made of meshes (`mesh.Mesh`) whose faces wear looks (`looks.Look`) or drawn pictures (`looks.Picture`), and tells which
of its parts make the box of which class. Nothing here needs Blender but `blender`, which stands assets into the open scene. The families of
every kind are divided among training, open tests and sealed tests by the table in `families`; an asset of one split is made of that split's
families alone. `catalogue.build(name, random, split)` is the door.
"""
