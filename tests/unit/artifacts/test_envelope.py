from __future__ import annotations

import json

import pytest

from jupyter_dataops.artifacts.content import ContentFiles
from jupyter_dataops.artifacts.envelope import EnvelopeWriter, open_envelope
from jupyter_dataops.artifacts.files import LocalFiles
from jupyter_dataops.errors import ArtifactCorrupt


def test_buffers_come_back_aligned_with_names(tmp_path):
    content = ContentFiles(LocalFiles(tmp_path))
    with content.writing() as draft:
        writer = EnvelopeWriter(draft)
        writer.write(b"one")
        writer.end_buffer()
        writer.end_buffer()
        writer.write(b"thr")
        writer.write(b"ee")
        writer.finish("some", ("a", "b"), None)
    opened = open_envelope(content.read(draft.digest)[0])
    assert [bytes(buffer) for buffer in opened.buffers] == [b"one", b"", b"three"]
    assert (opened.serializer, opened.members, opened.python) == ("some", ("a", "b"), None)
    whole = bytes(content.read(draft.digest)[0])
    assert whole.index(b"three") % 64 == 0
    start = whole.index(b'{"serializer')
    assert json.loads(whole[start:-16])["buffers"] == [[0, 3], [64, 0], [64, 5]]


@pytest.mark.parametrize("content", [b"", b"short", bytes(100)])
def test_what_is_no_envelope_is_corrupt(content):
    with pytest.raises(ArtifactCorrupt, match="not an artifact"):
        open_envelope(memoryview(content))
