"""The tag language, for editors: taken apart, explained, spelled, proposed. Nothing else takes tags apart."""

from __future__ import annotations

from functools import lru_cache

from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.sources import notebook_of
from jupyter_dataops.service.wire.pipelines import (
    EntryProblem,
    Grammar,
    NotebookSource,
    Nothing,
    Proposals,
    ProposedTags,
    TagEntry,
    TagRow,
    Tags,
    TagsRequest,
    TagView,
)
from jupyter_dataops.spec import kale
from jupyter_dataops.spec.notebook import read_pipeline, read_tag, tags_of
from jupyter_dataops.spec.propose import propose_tags as propose
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.tags import GRAMMAR, BadTag, Tag, format_tag, parse_tag


def grammar(_desk: Desk, _request: Nothing, _actor: str | None) -> Grammar:
    """Every tag, in the order in which the language has them."""
    rows = [
        TagRow(
            key=row.key,
            meaning=row.meaning,
            takes=row.form.takes if row.form else None,
            role=row.role,
            keep=row.keep,
            choices=list(row.form.choices) if row.form else [],
            example=row.form.example if row.form else "",
        )
        for row in GRAMMAR.values()
    ]
    return Grammar(rows=rows)


@lru_cache(maxsize=4096)
def tag_view(text: str) -> TagView:
    """One tag of a cell, taken apart; Kale's are shown as what they mean."""
    parsed = read_tag(text)
    if parsed is None:
        return TagView(text=text, key=None, value="", problem=None)
    key, _, value = (part.strip() for part in (kale.from_kale(text) or text).partition(":"))
    if isinstance(parsed, BadTag):
        return TagView(text=text, key=key if key in GRAMMAR else None, value=value, problem=parsed.message)
    return TagView(text=text, key=parsed.key, value=value, problem=None)


def spell_tags(_desk: Desk, request: TagsRequest, _actor: str | None) -> Tags:
    """The tags that a form says, in their normal spelling, each once; those of others behind them, as they are."""
    spelled: list[str] = []
    problems: list[EntryProblem] = []
    for index, entry in enumerate(request.entries):
        found = _read_entry(entry)
        if isinstance(found, Tag):
            spelled.append(format_tag(found))
        else:
            problems.append(EntryProblem(index=index, message=found.message, hint=found.hint))
    return Tags(tags=list(dict.fromkeys([*spelled, *request.others])), problems=problems)


def _read_entry(entry: TagEntry) -> Tag | BadTag:
    key, value = entry.key.strip(), entry.value.strip()
    if key not in GRAMMAR:
        hint = suggestion(key, GRAMMAR) or f"the tags are: {', '.join(GRAMMAR)}"
        return BadTag("DO010", f"there is no tag {key!r}", hint)
    found = parse_tag(f"{key}:{value}" if value or GRAMMAR[key].form else key)
    assert found is not None
    return found


def propose_tags(desk: Desk, request: NotebookSource, _actor: str | None) -> Proposals:
    """A first proposal for an untagged notebook, saved or not; nothing where it has tags already."""
    notebook = notebook_of(desk.places, request)
    cells = read_pipeline(notebook, request.path).cells
    changes = [
        ProposedTags(
            cell_id=cells[one.cell_index].id,
            cell_index=one.cell_index,
            before=list(tags_of(notebook["cells"][one.cell_index])),
            after=list(one.tags),
            reason=one.reason,
        )
        for one in propose(notebook)
    ]
    return Proposals(changes=changes)
