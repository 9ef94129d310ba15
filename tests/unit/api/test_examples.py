import doctest

import pytest

import jupyter_dataops


@pytest.mark.parametrize(("name", "least"), [("Pipeline", 5), ("Run", 8), ("NodeRun", 5)])
def test_public_class_is_explained_by_examples(name: str, least: int) -> None:
    documentation = getattr(jupyter_dataops, name).__doc__
    assert len(doctest.DocTestParser().get_examples(documentation)) >= least
