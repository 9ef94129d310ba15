import type { AnyState } from '../model/states';
import type { Camera } from './camera';
import type { Layout } from './layout';
import type { NodeElement } from './nodeElement';
import { StatePaths } from './statePaths';
import { rectPath, svg } from './svg';

const WIDTH = 168;
const HEIGHT = 104;

/** The whole graph, small: a path for each state, and what is in sight as a frame that can be dragged. */
export class Minimap {
  readonly element = svg('svg', {
    class: 'jp-dataops-graph-minimap',
    'aria-hidden': 'true',
    preserveAspectRatio: 'xMidYMid meet'
  });
  private readonly shapes = svg('g');
  private readonly states = new StatePaths(this.shapes, 'jp-dataops-graph-minimap-nodes');
  private readonly frame = svg('rect', { class: 'jp-dataops-graph-minimap-frame' });
  private layout: Layout | null = null;
  /** Pixels of the graph for one of the map. */
  private unit = 1;
  private left = 0;
  private top = 0;

  constructor(
    private readonly camera: Camera,
    signal: AbortSignal
  ) {
    this.element.append(this.shapes, this.frame);
    const go = (event: PointerEvent): void => {
      const box = this.element.getBoundingClientRect();
      this.camera.centerOn({
        x: this.left + ((event.clientX - box.left) / (box.width || WIDTH)) * WIDTH * this.unit,
        y: this.top + ((event.clientY - box.top) / (box.height || HEIGHT)) * HEIGHT * this.unit
      });
    };
    this.element.addEventListener(
      'pointerdown',
      event => {
        event.preventDefault();
        this.element.setPointerCapture(event.pointerId);
        go(event);
      },
      { signal }
    );
    this.element.addEventListener('pointermove', event => event.buttons & 1 && go(event), { signal });
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.unit = Math.max(layout.width / (WIDTH - 8), layout.height / (HEIGHT - 8), 0.001);
    this.left = (layout.width - WIDTH * this.unit) / 2;
    this.top = (layout.height - HEIGHT * this.unit) / 2;
    this.element.setAttribute('viewBox', `${this.left} ${this.top} ${WIDTH * this.unit} ${HEIGHT * this.unit}`);
  }

  setNodes(nodes: readonly NodeElement[]): void {
    // Small ones are enlarged, else one failed node of a thousand could not be seen.
    const least = 2 * this.unit;
    const shapes = new Map<AnyState, string[]>();
    this.layout?.nodes.forEach(({ x, y, width, height }, place) => {
      const state = nodes[place]?.state ?? 'none';
      const shape = rectPath(x, y, Math.max(width, least), Math.max(height, least));
      const known = shapes.get(state);
      if (known) {
        known.push(shape);
      } else {
        shapes.set(state, [shape]);
      }
    });
    this.states.draw(new Map([...shapes].map(([state, parts]) => [state, parts.join('')])));
  }

  /** The frame is where the camera looks; a graph that is all in sight needs no map. */
  follow(): void {
    const { x, y, width, height } = this.camera.window;
    this.element.classList.toggle('jp-mod-hidden', this.camera.isWhole);
    const attributes = { x, y, width, height, rx: 2 * this.unit, 'stroke-width': 1.5 * this.unit };
    Object.entries(attributes).forEach(([name, value]) => this.frame.setAttribute(name, value.toFixed(1)));
  }
}
