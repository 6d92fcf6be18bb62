from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from models.measuring.drawing import Line, chart, heat


def test_a_chart_is_a_document_with_every_curve_and_its_name() -> None:
    svg = chart(
        "精确率 <Precision>", "recall", "precision", [Line("stall", [(0.0, 1.0), (1.0, 0.2)]), Line("goods & more", [(0.5, 0.5)], dots=True, dashed=True)]
    )
    root = ET.fromstring(svg)
    texts = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert "精确率 <Precision>" in texts
    assert {"stall", "goods & more", "recall", "precision"} <= set(texts)
    assert sum(node.tag.endswith("polyline") for node in root.iter()) == 2


def test_one_curve_needs_no_legend_and_the_same_figures_give_the_same_file() -> None:
    one = chart("t", "x", "y", [Line("alone", np.array([[0.0, 0.0], [1.0, 1.0]]))], diagonal=True)
    assert ">alone<" not in one
    assert one == chart("t", "x", "y", [Line("alone", np.array([[0.0, 0.0], [1.0, 1.0]]))], diagonal=True)


def test_a_matrix_shows_its_counts_shaded_by_rows() -> None:
    svg = heat("Confusion", ["stall", "background"], np.array([[8, 2], [0, 0]]), rows="there", columns="said")
    root = ET.fromstring(svg)
    fills = [node.get("fill") for node in root.iter() if node.tag.endswith("rect")][1:]
    assert len(set(fills)) == 3  # a full row, a fifth, nothing
    assert {"8", "2", "stall", "background"} <= {node.text for node in root.iter() if node.tag.endswith("text")}
