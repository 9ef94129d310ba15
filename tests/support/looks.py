"""How things look in a page: contrast, as painted, and whether the focus of the keyboard is seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

_CONTRAST = """
(element, { property, state }) => {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (color, alpha = 1) => { pen.globalAlpha = alpha; pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); };
    const painted = () => [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    const luminance = rgb => {
        const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const carrier = element.closest('[data-state]');
    const before = carrier?.dataset.state;
    if (state !== null) carrier.dataset.state = state;
    paint('white');
    const around = [];
    for (let at = element; at; at = at.parentElement) around.unshift(at);
    for (const at of around) {
        if (at !== element || property !== 'backgroundColor') paint(getComputedStyle(at).backgroundColor);
    }
    // In a drawing, what lies below is no ancestor: the card that has the same place.
    const card = element.closest('.jp-dataops-graph-svg') && document.querySelector(
        `.jp-dataops-graph-node[data-state="${carrier?.dataset.state}"] > .jp-dataops-graph-body`);
    if (card) paint(getComputedStyle(card).fill);
    const ground = luminance(painted());
    const style = getComputedStyle(element);
    const opacity = property === 'fill' ? style.fillOpacity : property === 'stroke' ? style.strokeOpacity : 1;
    paint(style[property], around.reduce((all, at) => all * getComputedStyle(at).opacity, 1) * opacity);
    const ink = luminance(painted());
    if (state !== null) carrier.dataset.state = before;
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
}
"""

_LOOK_OF_FOCUS = """
() => {
    const looks = at => {
        const style = getComputedStyle(at);
        return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.stroke].join();
    };
    const focused = document.activeElement;
    const around = [focused, focused.parentElement, focused.parentElement?.parentElement].filter(Boolean);
    const marked = focused.querySelectorAll('[data-active]');
    const ring = document.querySelector('.jp-dataops-graph-focus');
    window.lookOfFocus = () => [
        ...around.map(looks), ...[...marked].map(looks), ring?.getAttribute('class'), ring?.style.transform
    ].join('; ');
    window.lookedFocused = window.lookOfFocus();
    return focused.outerHTML.slice(0, 160);
}
"""


def contrast(of: Locator, property: str = "color", state: str | None = None) -> float:
    """How the element's `property` stands out from what is painted below it; with `state`, as if that were its state."""
    ratio: float = of.evaluate(_CONTRAST, {"property": property, "state": state})
    return ratio


class Keyboard:
    """Tab, step by step: who has the focus is seen by that, or noted in `unseen`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def tab_to(self, target: Locator, *, backwards: bool = False, most: int = 80) -> None:
        """Tab is pressed until `target` has the focus."""
        passed = []
        for _ in range(most):
            if target.count() == 1 and target.evaluate("one => one === document.activeElement"):
                return
            passed.append(self.tab(backwards=backwards))
        raise AssertionError(f"{most} times Tab do not lead to {target}, but to\n" + "\n".join(passed))

    def tab(self, *, backwards: bool = False) -> str:
        """The element that has the focus afterwards, in HTML."""
        left: str = self.page.evaluate(_LOOK_OF_FOCUS)
        self.page.keyboard.press("Shift+Tab" if backwards else "Tab")
        is_ours = "jp-dataops" in left
        if is_ours and self.page.evaluate("window.lookOfFocus() === window.lookedFocused"):
            self.unseen.append(left)
        found: str = self.page.evaluate("document.activeElement.outerHTML.slice(0, 160)")
        return found
