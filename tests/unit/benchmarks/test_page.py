from benchmarks.page import PAGE, TEMPLATE, filled, tables_of, works_on
from benchmarks.works import WORKS

TEXT = "# Page\n\n<!-- bench: chain -->\n\nbetween\n\n<!-- bench: fan -->\n"


def test_tables_come_back_from_the_page_they_were_put_on() -> None:
    tables = {"chain": "| a |\n|---|\n\n**more**\n\n| b |", "fan": "2 s"}

    assert tables_of(filled(TEXT, tables)) == tables


def test_what_was_not_measured_is_said_to_be_missing() -> None:
    assert "not measured yet" in filled(TEXT, {"fan": "2 s"})


def test_every_work_has_its_place_on_the_page() -> None:
    on_page = [name for name, work in WORKS.items() if work.on_page]

    assert works_on(TEMPLATE.read_text(encoding="utf-8")) == on_page


def test_the_page_says_what_its_template_says() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert filled(TEMPLATE.read_text(encoding="utf-8"), tables_of(page)) == page
