"""What is wrong with a request's field, as pydantic found it, in a sentence of English and one of Chinese: the field's name, and what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from api.errors import Unusable
from api.registry import NAME, NAME_PATTERN
from api.shapes_people import DISTRICT_OR_ALL
from api.shapes_registry import DISTRICT

SIDES = ("body", "query", "path", "header", "cookie")
OWN = {"extra_forbidden": "is not a known field", "missing": "is missing"}
"""Where pydantic's own English says less."""
CHINESE = {
    "missing": "缺失",
    "extra_forbidden": "不是已知字段",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "不得小于 {ge}",
    "less_than": "必须小于 {lt}",
    "less_than_equal": "不得大于 {le}",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "json_invalid": "不是有效的 JSON",
    "datetime_from_date_parsing": "应为带时区的 ISO 8601 时间",
    "datetime_parsing": "应为带时区的 ISO 8601 时间",
    "timezone_aware": "应为带时区的 ISO 8601 时间",
}
"""By pydantic's types of errors, with what they say of the bound."""
FORMS = {
    NAME_PATTERN: NAME,
    DISTRICT: ("a district has 1 to 64 letters, digits, points, hyphens and underscores", "辖区名由 1 至 64 个字母、汉字、数字、点、连字符或下划线组成"),
    DISTRICT_OR_ALL: (
        "a district has 1 to 64 letters, digits, points, hyphens and underscores; * stands for all",
        "辖区名由 1 至 64 个字母、汉字、数字、点、连字符或下划线组成，* 表示全部辖区",
    ),
    r"^[0-9]{20}$": ("has 20 digits", "应为 20 位数字"),
    r"^[0-9a-f]{32}$": ("has 32 hexadecimal digits in small letters", "应为 32 位小写十六进制数字"),
    r"^[0-9a-f]{64}$": ("has 64 hexadecimal digits in small letters", "应为 64 位小写十六进制数字"),
    r"^https?://": ("begins with http:// or https://", "应以 http:// 或 https:// 开头"),
    r"^https?://[^/?#@\s]": ("begins with http:// or https://, and a host after it", "应以 http:// 或 https:// 开头，其后为主机名"),
    r"^\d\d-\d\d$": ("is a day of the year like 05-01", "应为月-日，如 05-01"),
    r"^\d{4}-\d\d-\d\d$": ("is a day like 2026-11-25", "应为日期，如 2026-11-25"),
    r"^(\d{4}-\d{2}-\d{2})?$": ("is a day like 2026-11-25", "应为日期，如 2026-11-25"),
}
"""What the patterns of the shapes ask for, in words."""
OWN_FAULTS = {
    "has spaces at its ends, or signs that cannot be seen": "首尾有空格，或含不可见字符",
    "latitude, longitude and crs belong together": "latitude、longitude、crs 须同时给出",
    "is no ISO 8601 time with an offset": "应为带时区的 ISO 8601 时间",
}
"""What validators of the shapes say themselves."""
OTHER_FORM = ("has not the form that it must have", "格式不正确")


def told(fault: Mapping[str, Any]) -> tuple[str, str]:
    """The sentences for a fault of pydantic's `errors()`.

    Example:
        {"type": "enum", "loc": ("query", "purpose", "str-enum[Purpose]"), "msg": "Input should be 'audit' or 'court'", "ctx": {"expected": …}}
        → "purpose: Input should be 'audit' or 'court'", "请求中有字段不正确：purpose 只能是 'audit'、'court'"
    """
    where = ".".join(_names(fault["loc"])) or "body"
    what = OWN.get(fault["type"], str(fault["msg"]).removeprefix("Value error, "))
    form = CHINESE.get(fault["type"])
    if fault["type"] == "string_pattern_mismatch":
        what, form = FORMS.get(fault["ctx"]["pattern"], OTHER_FORM)
    if fault["type"] == "value_error":
        form = OWN_FAULTS.get(what)
    bounds = {name: re.sub(r", | or ", "、", value) if isinstance(value, str) else value for name, value in fault.get("ctx", {}).items()}
    return f"{where}: {what}", f"{Unusable.general_zh}：{where}{'' if form is None else ' ' + form.format_map(bounds)}"


def _names(places: tuple[str | int, ...]) -> list[str]:
    """Fields and numbers of items; not on which side of the request they came, and not by which of several types they were tried."""
    inner = places[1:] if places and places[0] in SIDES else places
    return [str(place) for place in inner if isinstance(place, int) or re.fullmatch(r"[\w.-]+", place)]
