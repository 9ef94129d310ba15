import { type RefObject, useEffect, useLayoutEffect } from 'react';

/** What the Tab key leads to. */
const REACHABLE = 'button, input, select, summary, a[href], [tabindex="0"]';

/**
 * When the element that has the focus goes, the one that comes next has it, and not the page, where the keyboard would
 * begin at its top again: a button goes with what it was about.
 */
export function useKeptFocus(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = root.current;
    if (!element) {
      return;
    }
    const page = element.ownerDocument;
    let focused: Element | null = null;
    let before: Element[] = [];
    let after: Element[] = [];
    const onFocus = ({ target }: FocusEvent) => {
      focused = target as Element;
      const all = [...element.querySelectorAll(REACHABLE)];
      const at = all.indexOf(focused);
      before = all.slice(0, Math.max(0, at)).reverse();
      after = all.slice(at + 1);
    };
    const onBlur = () => {
      // Asked once it is gone, if it goes: whoever clicks beside it wants no focus back.
      queueMicrotask(() => {
        if (focused?.isConnected && page.activeElement !== focused) {
          focused = null;
        }
      });
    };
    const observer = new MutationObserver(() => {
      if (focused !== null && !focused.isConnected) {
        focused = null;
        if (page.activeElement === page.body || page.activeElement === null) {
          (focusable([...after, ...before].find(isReachable)) ?? element).focus();
        }
      }
    });
    element.addEventListener('focusin', onFocus);
    element.addEventListener('focusout', onBlur);
    observer.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('focusout', onBlur);
      observer.disconnect();
    };
  }, [root]);
}

/** While it is there, `part` may have the focus; what had it before has it again when `part` goes. */
export function useReturnedFocus(part: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = part.current;
    const opener = focusable(element?.ownerDocument.activeElement);
    return () => {
      if (opener?.isConnected && element?.contains(element.ownerDocument.activeElement)) {
        opener.focus();
      }
    };
  }, [part]);
}

function isReachable(element: Element): boolean {
  return element.isConnected && element.closest('[hidden], :disabled') === null;
}

function focusable(element: Element | null | undefined): HTMLElement | SVGElement | null {
  return element instanceof HTMLElement || element instanceof SVGElement ? element : null;
}
