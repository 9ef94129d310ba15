"""HTML of users' outputs, made harmless: it runs nothing, fetches nothing, and cannot cover or leave its place."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import nh3
from markupsafe import Markup

_PAGE: Final = {"map", "area", "article", "aside", "footer", "header", "nav", "hgroup"}
_TAGS: Final = frozenset(nh3.ALLOWED_TAGS) - _PAGE | {"tfoot"}
_HIGH: Final = re.compile(r"<(/?)h[1-4]\b", re.IGNORECASE)
_CLEARED: Final = {"script", "style", "template", "iframe", "object", "embed", "form", "textarea", "select", "noscript"}
_STYLES: Final = {
    "background-color",
    "border",
    "border-collapse",
    "color",
    "font-style",
    "font-weight",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
}
_ATTRIBUTES: Final = {
    "*": {"style", "title", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "col": {"span"},
    "colgroup": {"span"},
}
PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_DATA: Final = tuple(f"data:{picture};base64," for picture in PICTURES)


def clean_html(html: str) -> Markup:
    """`html` without anything that runs, is fetched, or has ids, classes or positions of its own.

    Examples
    --------
    >>> clean_html('<b onclick="x()">1</b><script>y()</script><img src="http://a/b.png"><a href="javascript:z()">2</a>')
    Markup('<b>1</b><img><a rel="noopener noreferrer">2</a>')
    """
    # Headings of an output must not stand among those of the page.
    return Markup(_cleaner().clean(_HIGH.sub(r"<\1h5", html)))  # noqa: S704 - this is what makes it safe


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=_CLEARED,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        strip_comments=True,
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value, or `None` where it would fetch something or lead somewhere it should not."""
    if attribute == "src":
        return value if tag == "img" and value.startswith(_DATA) else None
    if attribute == "href":
        return value if value.startswith(("http://", "https://", "mailto:", "#")) else None
    return value
