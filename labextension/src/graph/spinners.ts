import { LOOKS } from '../model/states';
import type { NodeElement } from './nodeElement';
import type { Picture } from './scene';
import { svg } from './svg';

/** So many turn; more would only be restless. */
const MOST = 24;

/**
 * The icons of running nodes, which turn. All in one place above the nodes: an animated element among them would divide
 * everything else into layers, and each movement of the graph would take as long as drawing it.
 */
export class Spinners {
  readonly element = svg('g', { class: 'jp-dataops-graph-spinners', 'aria-hidden': 'true' });
  private key = '';
  private turning: readonly NodeElement[] = [];

  show(nodes: readonly NodeElement[], { layout, shapes }: Picture): void {
    const running = nodes.flatMap(({ state }, place) => (state === 'running' ? [place] : [])).slice(0, MOST);
    const places = running.map(place => {
      const { x, y } = layout.nodes[place]!;
      const { icon } = shapes[place]!;
      return `translate(${(x + icon.x).toFixed(1)} ${(y + icon.y).toFixed(1)})`;
    });
    const key = places.join();
    // Those that go on running do not start anew.
    if (key !== this.key) {
      this.key = key;
      const known = new Map([...this.element.children].map(child => [child.getAttribute('transform'), child]));
      this.element.replaceChildren(...places.map(transform => known.get(transform) ?? spinner(transform)));
      this.turning.forEach(node => node.setClass('jp-mod-turning', false));
      this.turning = running.map(place => nodes[place]!);
      this.turning.forEach(node => node.setClass('jp-mod-turning', true));
    }
  }
}

function spinner(transform: string): SVGGElement {
  return svg('g', { transform, 'data-state': 'running' }, svg('path', { d: LOOKS.running.icon }));
}
