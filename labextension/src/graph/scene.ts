import type { Texts } from '../model/texts';
import { EdgeElement } from './edgeElement';
import type { Layout } from './layout';
import type { NodeShape, TextMeter } from './measure';
import { NO_LOOK, type Direction, type GraphModel, type NodeLook } from './model';
import { NodeElement } from './nodeElement';
import { inSlices } from './slices';
import { Spinners } from './spinners';
import { html, svg } from './svg';
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
const MOST_GLIDING = 120;
const GLIDE_MS = 220;

/** What is drawn: elements of nodes and edges in one SVG. */
export class Scene {
  readonly svg: SVGSVGElement;
  /** What can be read. */
  private readonly details = svg('svg', {
    class: 'jp-dataops-graph-svg jp-dataops-graph-details',
    'aria-hidden': 'true'
  });
  /**
   * Above everything, and apart: what turns, rings, and labels. A change in here leaves the large picture alone, which
   * would be painted anew otherwise.
   */
  readonly overlay = svg('svg', { class: 'jp-dataops-graph-svg jp-dataops-graph-overlay', 'aria-hidden': 'true' });
  /** What is moved and scaled. */
  readonly stage: HTMLElement;
  /** As in the model. */
  nodes: readonly NodeElement[] = [];
  /** As the links of the topology. */
  edges: readonly EdgeElement[] = [];
  picture: Picture | null = null;
  private readonly spinners = new Spinners();
  private readonly edgeLayer = svg('g', { class: 'jp-dataops-graph-edges', 'aria-hidden': 'true' });
  private readonly nodeLayer = svg('g', { class: 'jp-dataops-graph-nodes' });
  private readonly known = new Map<string, NodeElement>();
  private readonly critical = new Set<number>();
  private drawing = new AbortController();

  constructor(private readonly texts: Texts) {
    this.svg = svg('svg', { class: 'jp-dataops-graph-svg', role: 'group' }, this.edgeLayer, this.nodeLayer);
    this.overlay.append(this.spinners.element);
    this.stage = html('div', { class: 'jp-dataops-graph-stage' }, this.svg, this.details, this.overlay);
  }

  /**
   * Everything is drawn; resolves to `false` where another drawing has begun before. Elements of nodes that stay are kept.
   */
  async draw(picture: Picture, looks: () => ReadonlyMap<string, NodeLook>): Promise<boolean> {
    this.drawing.abort();
    const { signal } = (this.drawing = new AbortController());
    const { model, topology, shapes, layout, meter } = picture;
    for (const one of [this.svg, this.details, this.overlay]) {
      one.setAttribute('width', String(Math.ceil(layout.width)));
      one.setAttribute('height', String(Math.ceil(layout.height)));
    }
    const glide = this.glideFrom(this.picture, picture);
    this.picture = picture;
    this.edgeLayer.replaceChildren();
    this.critical.clear();
    this.edges = [];
    this.nodes = model.nodes.map(node => this.known.get(node.id) ?? new NodeElement(node, this.texts));
    const staying = new Set(model.nodes.map(({ id }) => id));
    for (const [id, element] of this.known) {
      if (!staying.has(id)) {
        element.remove();
        this.known.delete(id);
      }
    }
    let next: ChildNode | null = this.nodeLayer.firstChild;
    const areNodesThere = await inSlices(
      this.nodes,
      (element, place) => {
        const node = model.nodes[place]!;
        element.setNode(node, { ...shapes[place]!, ...layout.nodes[place]! }, meter);
        element.setLook(looks().get(node.id) ?? NO_LOOK, meter);
        this.known.set(node.id, element);
        // In the order of the document, also for screen readers. One that is in its place keeps the focus.
        if (next === element.element) {
          next = next.nextSibling;
        } else {
          this.nodeLayer.insertBefore(element.element, next);
        }
        // They lie on no other: their order says nothing.
        if (!element.detail.parentNode) {
          this.details.append(element.detail);
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
      this.decorate();
      glide();
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
      this.decorate();
    }
    return changed;
  }

  /** To be called when the new picture is drawn: nodes of a small graph come from where they were. */
  private glideFrom(before: Picture | null, after: Picture): () => void {
    const isSmall = after.model.nodes.length <= MOST_GLIDING;
    if (!before || !isSmall || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      return () => undefined;
    }
    return () =>
      after.model.nodes.forEach(({ id }, place) => {
        const from = before.layout.nodes[before.topology.index.get(id) ?? -1];
        const to = after.layout.nodes[place]!;
        if (from && (from.x !== to.x || from.y !== to.y)) {
          const start = `translate(${from.x - to.x}px, ${from.y - to.y}px)`;
          const options = { duration: GLIDE_MS, easing: 'ease-out' };
          const steps = [{ transform: start }, { transform: 'none' }];
          this.nodes[place]?.element.animate(steps, options);
          this.nodes[place]?.detail.animate(steps, options);
        }
      });
  }

  /** What depends on the looks of several nodes. */
  private decorate(): void {
    const { nodes } = this;
    this.spinners.show(nodes, this.picture!);
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
    this.stage.remove();
  }
}
