import type { Texts } from '../components/host';
import { EdgeElement } from './edgeElement';
import type { Layout } from './layout';
import type { NodeShape, TextMeter } from './measure';
import { NO_LOOK, type Direction, type GraphModel, type NodeLook } from './model';
import { NodeElement } from './nodeElement';
import { inSlices } from './slices';
import { svg } from './svg';
import type { Topology } from './topology';

/** A graph with everything that is needed to draw it. */
export interface Picture {
  readonly model: GraphModel;
  readonly topology: Topology;
  readonly shapes: readonly NodeShape[];
  readonly layout: Layout;
  readonly meter: TextMeter;
  readonly direction: Direction;
}

const MOST_HITTABLE = 1500;
const MOST_GLIDING = 300;

/** What is drawn: elements of nodes and edges in one SVG. */
export class Scene {
  readonly svg: SVGSVGElement;
  /** Above everything: rings and labels. */
  readonly overlay = svg('g', { class: 'jp-dataops-graph-overlay', 'aria-hidden': 'true' });
  /** As in the model. */
  nodes: readonly NodeElement[] = [];
  /** As the links of the topology. */
  edges: readonly EdgeElement[] = [];
  picture: Picture | null = null;
  private readonly edgeLayer = svg('g', { class: 'jp-dataops-graph-edges', 'aria-hidden': 'true' });
  private readonly nodeLayer = svg('g', { class: 'jp-dataops-graph-nodes' });
  private readonly known = new Map<string, NodeElement>();
  private readonly critical = new Set<number>();
  private drawing = new AbortController();

  constructor(private readonly texts: Texts) {
    this.svg = svg(
      'svg',
      { class: 'jp-dataops-graph-svg', role: 'group' },
      this.edgeLayer,
      this.nodeLayer,
      this.overlay
    );
  }

  /**
   * Everything is drawn; resolves to `false` where another drawing has begun before. Elements of nodes that stay are kept.
   */
  async draw(picture: Picture, looks: () => ReadonlyMap<string, NodeLook>): Promise<boolean> {
    this.drawing.abort();
    const { signal } = (this.drawing = new AbortController());
    const { model, topology, shapes, layout, meter } = picture;
    this.picture = picture;
    this.svg.setAttribute('width', String(Math.ceil(layout.width)));
    this.svg.setAttribute('height', String(Math.ceil(layout.height)));
    this.svg.classList.toggle('jp-mod-gliding', this.known.size > 0 && model.nodes.length <= MOST_GLIDING);
    this.edgeLayer.replaceChildren();
    this.critical.clear();
    this.edges = [];
    this.nodes = model.nodes.map(node => this.known.get(node.id) ?? new NodeElement(node, this.texts));
    const staying = new Set(model.nodes.map(({ id }) => id));
    for (const [id, element] of this.known) {
      if (!staying.has(id)) {
        element.element.remove();
        this.known.delete(id);
      }
    }
    let next: ChildNode | null = this.nodeLayer.firstChild;
    const areNodesThere = await inSlices(
      this.nodes,
      (element, place) => {
        const node = model.nodes[place]!;
        element.setNode(node, shapes[place]!, meter);
        element.setLook(looks().get(node.id) ?? NO_LOOK, meter);
        element.place(layout.nodes[place]!);
        this.known.set(node.id, element);
        // In the order of the document, also for screen readers. One that is in its place keeps the focus.
        if (next === element.element) {
          next = next.nextSibling;
        } else {
          this.nodeLayer.insertBefore(element.element, next);
        }
      },
      signal
    );
    if (!areNodesThere) {
      return false;
    }
    const isHittable = topology.links.length <= MOST_HITTABLE;
    const edges: EdgeElement[] = [];
    this.edges = edges;
    const areEdgesThere = await inSlices(
      topology.links,
      ({ edge }, place) => {
        const isImplied = layout.implied.has(place);
        const made = new EdgeElement(model.edges[edge]!, layout.curves[place]!, { isImplied, isHittable });
        edges.push(made);
        this.edgeLayer.append(made.element);
      },
      signal
    );
    if (areEdgesThere) {
      this.markCritical();
    }
    return areEdgesThere;
  }

  /** The same graph with other descriptions, or other names on its edges. */
  describe(model: GraphModel): void {
    if (this.picture) {
      this.picture = { ...this.picture, model };
      this.nodes.forEach((element, place) => (element.node = model.nodes[place]!));
    }
  }

  /** Nodes look as they should; those whose look has changed are returned. */
  restyle(looks: ReadonlyMap<string, NodeLook>): NodeElement[] {
    const meter = this.picture?.meter;
    if (!meter) {
      return [];
    }
    const changed = this.nodes.filter(element => element.setLook(looks.get(element.node.id) ?? NO_LOOK, meter));
    if (changed.length) {
      this.markCritical();
    }
    return changed;
  }

  private markCritical(): void {
    const { nodes } = this;
    this.picture!.topology.links.forEach(({ source, target }, place) => {
      const isCritical = nodes[source]!.isCritical && nodes[target]!.isCritical;
      if (isCritical !== this.critical.has(place)) {
        this.critical[isCritical ? 'add' : 'delete'](place);
        this.edges[place]?.setClass('jp-mod-critical', isCritical);
      }
    });
  }

  /** The number of the node that an event happened on. */
  nodeAt(target: EventTarget | null): number | null {
    const element = target instanceof Element ? target.closest('.jp-dataops-graph-node') : null;
    const id = element?.getAttribute('data-node');
    return id === null || id === undefined ? null : (this.picture?.topology.index.get(id) ?? null);
  }

  /** The number of the edge that an event happened on. */
  edgeAt(target: EventTarget | null): number | null {
    const element = target instanceof Element ? target.closest('.jp-dataops-graph-edge') : null;
    const place = element ? this.edges.findIndex(edge => edge.element === element) : -1;
    return place < 0 ? null : place;
  }

  dispose(): void {
    this.drawing.abort();
    this.svg.remove();
  }
}
