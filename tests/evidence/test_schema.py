from __future__ import annotations

import json

import pytest

from evidence.packet import Manifest, Role
from evidence.schema import manifest_schema


@pytest.mark.parametrize("signed", [False, True])
def test_every_reference_leads_somewhere(signed: bool) -> None:
    schema = manifest_schema(signed=signed)
    text = json.dumps(schema)
    for name in text.split('"#/$defs/')[1:]:
        assert name.partition('"')[0] in schema["$defs"]
    assert schema["additionalProperties"] is False


def test_fields_are_called_as_they_are_written() -> None:
    schema = manifest_schema()
    assert {"schema", "packet_id", "files", "chain"} <= set(schema["properties"])
    assert set(schema["required"]) == {name.alias or key for key, name in Manifest.model_fields.items() if name.is_required()}
    assert {"from", "until"} <= set(schema["$defs"]["Gap"]["properties"])
    assert schema["$defs"]["Role"]["enum"] == [role.value for role in Role]
    assert (schema["$schema"], schema["$id"]) == ("https://json-schema.org/draft/2020-12/schema", "urn:curbwatch.manifest:2")
    assert set(manifest_schema(signed=True)["properties"]) == {"manifest", "signature"}
