"""The page of kinds in a real browser: what of each kind is not judged, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_what_of_each_kind_is_not_judged(page: Page) -> None:
    page.get_by_role("link", name="Kinds", exact=True).click()
    expect(page.get_by_role("rowheader")).to_have_count(18)
    car = row_of(page, "V4 motor vehicle parked")
    expect(car).to_contain_text("off")
    expect(car).to_contain_text("Exceptions that nothing shows")
    expect(car).to_contain_text("emergency vehicle (not a violation); breakdown (not a violation)")
    expect(car).to_contain_text("Exceptions not judged for this kind: the verifier is not asked about its classes")
    expect(car).to_contain_text("unloading (unloading); construction (not a violation)")
    stall = row_of(page, "V2 stall on the public way")
    expect(stall).to_contain_text("on")
    expect(stall).to_contain_text("Parts of its definition that nothing shows")
    expect(stall).not_to_contain_text("not judged for this kind")

    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="类别")).to_be_visible()
    car = row_of(page, "V4 机动车乱停放")
    expect(car).to_contain_text("应急车辆（非违规）；车辆故障（非违规）")
    expect(car).to_contain_text("本类别不判断的例外：不就此类物体询问复核器")
    expect(car).to_contain_text("装卸货物（装卸货物）；施工作业（非违规）")
    expect(row_of(page, "违反许可经营")).to_contain_text("摊主是否为持证人")
