/** Plain elements for what stands at every cell: there may be a thousand of them. */
import type { AnyState } from '../model/states';
import { LOOKS } from '../model/states';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with texts and elements in it. Texts are never HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** A button that the keyboard of the notebook leaves alone, and that leaves the focus where it is when it is pressed. */
export function button(className: string, onClick: (event: MouseEvent) => void): HTMLButtonElement {
  const made = element('button', className);
  made.type = 'button';
  // Looked for at what has the focus, before its parents: those of the notebook are meant for whatever has it.
  made.setAttribute('data-lm-suppress-shortcuts', 'true');
  // The notebook would take it for a press on the cell, and put the cursor there.
  made.addEventListener('mousedown', event => {
    if (event.button === 0) {
      event.preventDefault();
    }
  });
  made.addEventListener('click', onClick);
  return made;
}

/** The icon of a state, in the colour of the text around it. */
export function stateIcon(state: AnyState): SVGSVGElement {
  return strokes(LOOKS[state].icon);
}

/** An icon of strokes in a 16 x 16 box. */
export function strokes(drawing: string): SVGSVGElement {
  const icon = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  icon.setAttribute('viewBox', '0 0 16 16');
  icon.setAttribute('aria-hidden', 'true');
  icon.classList.add('jp-dataops-cellStrokes');
  path.setAttribute('d', drawing);
  icon.append(path);
  return icon;
}

/** `text` in `target`, which is hidden while there is none. Does not touch what is as it should be. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) {
    target.textContent = text;
  }
  target.hidden = text === '';
}
