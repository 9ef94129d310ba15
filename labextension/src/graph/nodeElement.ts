import type { Texts } from '../components/host';
import { LOOKS, type AnyState } from '../model/states';
import { describe, notes } from './describe';
import type { Point } from './geometry';
import { BAR, cut, type NodeShape, type TextMeter } from './measure';
import { lookKey, type GraphNode, type NodeLook } from './model';
import { StatePaths } from './statePaths';
import { stripShapes } from './strip';
import { svg } from './svg';

const NOTEBOOK = 'M4 2.5h8.5v11h-8.5zM2.5 5h2M2.5 8h2M2.5 11h2M7 5.5h3';
const PENCIL = 'M2.6 7.4l.4-1.8l3.6-3.6l1.4 1.4l-3.6 3.6z';
const RADIUS = 6;

/** A node on the screen. The same element from its first look to its last. */
export class NodeElement {
  readonly element: SVGGElement;
  private readonly body = svg('rect', { class: 'jp-dataops-graph-body', rx: RADIUS });
  private readonly bar = svg('path', { class: 'jp-dataops-graph-bar' });
  private readonly icon = svg('path', { class: 'jp-dataops-graph-icon' });
  private readonly name = svg('text', { class: 'jp-dataops-graph-name' });
  private readonly note = svg('text', { class: 'jp-dataops-graph-note' });
  private readonly extras = new Map<string, SVGElement>();
  private strip: StatePaths | null = null;
  private look: NodeLook | null = null;
  private key = '';
  private shape: NodeShape | null = null;

  constructor(
    public node: GraphNode,
    private readonly texts: Texts
  ) {
    this.element = svg(
      'g',
      { class: 'jp-dataops-graph-node', role: 'button', tabindex: -1, 'data-node': node.id, 'data-kind': node.kind },
      this.body,
      this.bar,
      this.icon,
      this.name,
      this.note
    );
  }

  get state(): AnyState {
    return this.look?.state ?? 'none';
  }

  get isCritical(): boolean {
    return this.look?.isCritical ?? false;
  }

  /** What it is and how large: before the first look. */
  setNode(node: GraphNode, shape: NodeShape, meter: TextMeter): void {
    this.node = node;
    this.shape = shape;
    const { width, height } = shape;
    this.element.setAttribute('data-kind', node.kind);
    set(this.body, { width, height });
    // As far as the rounded corner goes, cut off at the width of the bar.
    const corner = RADIUS - Math.sqrt(RADIUS ** 2 - (RADIUS - BAR) ** 2);
    const arc = `A${RADIUS} ${RADIUS} 0 0 0`;
    this.bar.setAttribute(
      'd',
      `M${BAR} ${corner}${arc} 0 ${RADIUS}V${height - RADIUS}${arc} ${BAR} ${height - corner}z`
    );
    this.icon.setAttribute('transform', `translate(${shape.icon.x} ${shape.icon.y})`);
    set(this.name, { x: shape.textX, y: shape.nameY });
    set(this.note, { x: shape.textX, y: shape.noteY });
    this.name.textContent = cut(node.label, shape.nameRoom, text => meter.nameWidth(text));
    this.drawKind(node, shape);
    this.key = '';
  }

  place({ x, y }: Point): void {
    // A style and not an attribute: it can glide.
    this.element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }

  /** Whether anything has changed. */
  setLook(look: NodeLook, meter: TextMeter): boolean {
    if (look === this.look && this.key) {
      return false;
    }
    const key = lookKey(look);
    if (key === this.key || !this.shape) {
      return false;
    }
    const before = this.look;
    this.look = look;
    this.key = key;
    if (before?.state !== look.state) {
      this.element.setAttribute('data-state', look.state);
      this.icon.setAttribute('d', LOOKS[look.state].icon);
    }
    const { shape, texts } = this;
    const candidates = notes(look, texts);
    const note = candidates.find(text => meter.noteWidth(text) <= shape.noteRoom) ?? candidates[candidates.length - 1]!;
    if (this.note.textContent !== note) {
      this.note.textContent = note;
    }
    // Turns, and so needs a place of its own to turn around.
    this.extra('spinner', look.state === 'running', () =>
      svg(
        'g',
        { class: 'jp-dataops-graph-spinner', transform: `translate(${shape.icon.x} ${shape.icon.y})` },
        svg('path', { d: LOOKS.running.icon })
      )
    );
    this.element.classList.toggle('jp-mod-critical', look.isCritical ?? false);
    this.element.setAttribute('aria-label', describe(this.node, look, texts));
    this.drawChecks(look, shape);
    this.drawProgress(look, shape);
    this.drawChildren(look, shape);
    this.extra('edited', look.isEdited ?? false, () =>
      svg(
        'g',
        { class: 'jp-dataops-graph-edited', transform: `translate(${shape.width - 12} -6)` },
        svg('circle', { cx: 5.3, cy: 4.7, r: 7 }),
        svg('path', { d: PENCIL })
      )
    );
    return true;
  }

  /** In words, as it is read out. */
  get description(): string {
    return this.element.getAttribute('aria-label') ?? '';
  }

  private drawKind(node: GraphNode, { width, height }: NodeShape): void {
    this.extras.forEach(extra => extra.remove());
    this.extras.clear();
    this.strip = null;
    if (node.kind === 'each') {
      // Two more cards peep out from behind.
      const cards = `M8 ${height + 3}h${width - 16}M14 ${height + 6}h${width - 28}`;
      this.extra('stack', true, () => svg('path', { class: 'jp-dataops-graph-stack', d: cards }));
    } else if (node.kind === 'notebook') {
      const place = `translate(${width - 24} 6)`;
      this.extra('kind', true, () => svg('path', { class: 'jp-dataops-graph-kind', d: NOTEBOOK, transform: place }));
    }
  }

  private drawChecks({ checks }: NodeLook, { width, nameY }: NodeShape): void {
    const { failed = 0, warned = 0, passed = 0 } = checks ?? {};
    const state = failed ? 'failed' : warned ? 'warned' : passed ? 'passed' : 'none';
    const count = failed || warned || passed || this.node.checks || 0;
    const right = width - 11 - (this.node.kind === 'notebook' ? 18 : 0);
    const badge = this.extra('checks', count > 0, () =>
      svg(
        'g',
        { class: 'jp-dataops-graph-checks' },
        svg('path', { transform: `translate(${right - 25} ${nameY - 9.5}) scale(.62)` }),
        svg('text', { x: right - 13, y: nameY - 1 })
      )
    );
    if (badge) {
      badge.setAttribute('data-state', state);
      badge.firstElementChild!.setAttribute('d', LOOKS[state].icon);
      badge.lastElementChild!.textContent = count > 99 ? '99' : String(count);
    }
  }

  /** Along the lower edge, while it goes on. */
  private drawProgress({ state, progress, children }: NodeLook, { width, height }: NodeShape): void {
    const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
    const bar = this.extra('progress', share > 0 && !children && !LOOKS[state].isDone, () =>
      svg('rect', { class: 'jp-dataops-graph-progress', x: BAR, y: height - 3, height: 2, rx: 1 })
    );
    bar?.setAttribute('width', String((share * (width - BAR - RADIUS)).toFixed(1)));
  }

  private drawChildren({ children }: NodeLook, { textX, noteRoom, stripY }: NodeShape): void {
    const group = this.extra('strip', stripY !== null && Boolean(children?.length), () =>
      svg('g', { class: 'jp-dataops-graph-strip', transform: `translate(${textX} ${stripY ?? 0})` })
    );
    if (!group || !children) {
      this.strip = null;
      return;
    }
    this.strip ??= new StatePaths(group, 'jp-dataops-graph-dots');
    this.strip.draw(stripShapes(children, noteRoom));
  }

  /** A part that not every node has: it is made when it is first needed, and taken away afterwards. */
  private extra(name: string, isWanted: boolean, make: () => SVGElement): SVGElement | null {
    let part = this.extras.get(name);
    if (isWanted && !part) {
      part = make();
      this.extras.set(name, part);
      if (name === 'stack') {
        this.element.prepend(part);
      } else {
        this.element.append(part);
      }
    } else if (!isWanted && part) {
      part.remove();
      this.extras.delete(name);
    }
    return isWanted ? (part ?? null) : null;
  }
}

function set(element: Element, attributes: Readonly<Record<string, number>>): void {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, String(value)));
}
