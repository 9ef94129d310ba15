import type { Texts } from '../model/texts';
import { html, svg } from './svg';

const ICONS = {
  out: 'M3.5 8h9',
  in: 'M3.5 8h9M8 3.5v9',
  fit: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3',
  LR: 'M2 5.5h4v5H2zM10 5.5h4v5h-4zM6 8h4',
  TB: 'M5.5 2h5v4h-5zM5.5 10h5v4h-5zM8 6v4'
} as const;

export interface ControlActions {
  zoomBy(factor: number): void;
  fit(): void;
  turn(): void;
}

/** Buttons for what the wheel and the keyboard do as well. */
export class Controls {
  readonly element: HTMLElement;
  private readonly turnIcon: SVGPathElement;

  constructor(texts: Texts, actions: ControlActions, signal: AbortSignal) {
    const button = (icon: keyof typeof ICONS, label: string, action: () => void): HTMLButtonElement => {
      const path = svg('path', { d: ICONS[icon] });
      const made = html(
        'button',
        { type: 'button', title: label, 'aria-label': label, class: 'jp-dataops-graph-button' },
        svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, path)
      );
      made.addEventListener('click', action, { signal });
      return made;
    };
    const turn = button('LR', texts.__('Change direction'), () => actions.turn());
    this.turnIcon = turn.querySelector('path')!;
    this.element = html(
      'div',
      { class: 'jp-dataops-graph-controls', role: 'group', 'aria-label': texts.__('Zoom') },
      button('out', texts.__('Zoom out'), () => actions.zoomBy(1 / 1.25)),
      button('in', texts.__('Zoom in'), () => actions.zoomBy(1.25)),
      button('fit', texts.__('Show all'), () => actions.fit()),
      turn
    );
  }

  setDirection(direction: 'LR' | 'TB'): void {
    this.turnIcon.setAttribute('d', ICONS[direction]);
  }
}
