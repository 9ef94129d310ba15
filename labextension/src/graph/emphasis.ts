import { labelElements } from './edgeLabels';
import type { Scene } from './scene';
import { svg } from './svg';

const MOST_LABELS = 14;

/** Selection, focus, and what the pointer is on: rings, edges that stand out, and what travels along them. */
export class Emphasis {
  selected: number | null = null;
  private hoveredNode: number | null = null;
  private hoveredEdge: number | null = null;
  private focused: number | null = null;
  private activeEdges = new Set<number>();
  private readonly selectionRing = svg('rect', { class: 'jp-dataops-graph-selection', rx: 8 });
  private readonly focusRing = svg('rect', { class: 'jp-dataops-graph-focus', rx: 10 });
  private readonly labels = svg('g');
  private scale = 1;

  constructor(private readonly scene: Scene) {
    scene.overlay.append(this.labels, this.selectionRing, this.focusRing);
    this.ring(this.selectionRing, null, 0);
    this.ring(this.focusRing, null, 0);
  }

  /** Everything is drawn anew: the numbers of nodes and edges mean others than before. */
  reset(selected: number | null): void {
    this.selected = selected;
    this.hoveredNode = this.hoveredEdge = null;
    this.activeEdges = new Set();
    this.update();
  }

  select(place: number | null): void {
    if (place === this.selected) {
      return;
    }
    const { nodes } = this.scene;
    if (this.selected !== null) {
      nodes[this.selected]?.element.removeAttribute('aria-current');
    }
    this.selected = place;
    this.update();
  }

  hover(node: number | null, edge: number | null): void {
    if (node !== this.hoveredNode || edge !== this.hoveredEdge) {
      this.hoveredNode = node;
      this.hoveredEdge = edge;
      this.update();
    }
  }

  focus(place: number | null): void {
    this.focused = place;
    this.ring(this.focusRing, place, 5);
  }

  /** Labels stay readable when the graph gets small. */
  follow(scale: number): void {
    const isOther = scale !== this.scale;
    if (isOther) {
      // Rings are as thick on the screen as ever. On the whole stage, it would style every node anew.
      this.scene.overlay.style.setProperty('--jp-dataops-graph-unit', (1 / Math.min(1, scale)).toFixed(2));
    }
    this.scale = scale;
    if (isOther && this.labels.firstChild) {
      this.write();
    }
  }

  private update(): void {
    const { nodes, picture } = this.scene;
    this.ring(this.selectionRing, this.selected, 2.5);
    this.ring(this.focusRing, this.focused, 5);
    if (!picture) {
      return;
    }
    if (this.selected !== null) {
      nodes[this.selected]?.element.setAttribute('aria-current', 'true');
    }
    const isActive = (place: number): boolean => {
      const { source, target } = picture.topology.links[place]!;
      const ends = [this.hoveredNode, this.selected];
      return place === this.hoveredEdge || ends.includes(source) || ends.includes(target);
    };
    const active = new Set([...this.scene.edges.keys()].filter(isActive));
    this.activeEdges = this.toggle(this.activeEdges, active, (place, isOn) =>
      this.scene.edges[place]?.setClass('jp-mod-active', isOn)
    );
    this.write();
  }

  /** Changes those alone that differ. */
  private toggle(before: Set<number>, after: Set<number>, set: (place: number, isOn: boolean) => void): Set<number> {
    before.forEach(place => after.has(place) || set(place, false));
    after.forEach(place => before.has(place) || set(place, true));
    return after;
  }

  private ring(ring: SVGRectElement, place: number | null, margin: number): void {
    const box = place === null ? undefined : this.scene.picture?.layout.nodes[place];
    ring.classList.toggle('jp-mod-hidden', !box);
    if (box) {
      ring.style.transform = `translate(${box.x - margin}px, ${box.y - margin}px)`;
      ring.setAttribute('width', String(box.width + 2 * margin));
      ring.setAttribute('height', String(box.height + 2 * margin));
    }
  }

  private write(): void {
    const { model, topology, layout, meter } = this.scene.picture!;
    const named = [...this.activeEdges]
      .map(place => ({
        text: model.edges[topology.links[place]!.edge]!.names.join(', '),
        curve: layout.curves[place]!
      }))
      .filter(({ text }) => text);
    const shown = named.length > MOST_LABELS ? [] : named;
    this.labels.replaceChildren(...labelElements(shown, layout.nodes, meter, this.scale));
  }
}
