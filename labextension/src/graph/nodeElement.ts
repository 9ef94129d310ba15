import type { Texts } from '../model/texts';
import { LOOKS, type AnyState } from '../model/states';
import { describe, notes } from './describe';
import type { Point } from './geometry';
import { iconAt } from './iconPath';
import { BAR, cut, type NodeShape, type TextMeter } from './measure';
import { lookKey, type GraphNode, type NodeLook } from './model';
import { StatePaths } from './statePaths';
import { stripShapes } from './strip';
import { svg } from './svg';

const NOTEBOOK = 'M4 2.5h8.5v11h-8.5zM2.5 5h2M2.5 8h2M2.5 11h2M7 5.5h3';
const PENCIL = 'M2.6 7.4l.4-1.8l3.6-3.6l1.4 1.4l-3.6 3.6z';
const RADIUS = 6;

/** Where a node is, and how large. */
export type Place = NodeShape & Point;

/**
 * A node on the screen: the same elements from its first look to its last. Its parts have their places in the graph,
 * without a transformation for each node.
 *
 * What can be read is apart from the button: it is hidden from afar all at once, and screen readers have the button's name.
 */
export class NodeElement {
  /** The button: the card, and the bar with the colour of its state. */
  readonly element: SVGGElement;
  /** Icons and texts. */
  readonly detail: SVGGElement;
  private readonly body = svg('rect', { class: 'jp-dataops-graph-body', rx: RADIUS });
  private readonly bar = svg('path', { class: 'jp-dataops-graph-bar' });
  private readonly icon = svg('path', { class: 'jp-dataops-graph-icon' });
  private readonly name = svg('text', { class: 'jp-dataops-graph-name' });
  private readonly note = svg('text', { class: 'jp-dataops-graph-note' });
  private readonly extras = new Map<string, SVGElement>();
  private strip: StatePaths | null = null;
  private look: NodeLook | null = null;
  private key = '';
  private place: Place | null = null;

  constructor(
    public node: GraphNode,
    private readonly texts: Texts
  ) {
    this.element = svg(
      'g',
      { class: 'jp-dataops-graph-node', role: 'button', tabindex: -1, 'data-node': node.id },
      this.body,
      this.bar
    );
    this.detail = svg('g', { class: 'jp-dataops-graph-detail' }, this.icon, this.name, this.note);
  }

  get state(): AnyState {
    return this.look?.state ?? 'none';
  }

  get isCritical(): boolean {
    return this.look?.isCritical ?? false;
  }

  /** In words, as it is read out. */
  get description(): string {
    return this.element.getAttribute('aria-label') ?? '';
  }

  /** What it is and where: before the first look, and followed by a look. */
  setNode(node: GraphNode, place: Place, meter: TextMeter): void {
    this.node = node;
    this.place = place;
    this.key = '';
    const { x, y, width, height } = place;
    this.element.setAttribute('data-kind', node.kind);
    set(this.body, { x, y, width, height });
    // As far as the rounded corner goes, cut off at the width of the bar.
    const corner = RADIUS - Math.sqrt(RADIUS ** 2 - (RADIUS - BAR) ** 2);
    const arc = `a${RADIUS} ${RADIUS} 0 0 0`;
    this.bar.setAttribute(
      'd',
      `M${x + BAR} ${y + corner}${arc}${-BAR} ${RADIUS - corner}v${height - 2 * RADIUS}${arc}${BAR} ${RADIUS - corner}z`
    );
    set(this.name, { x: x + place.textX, y: y + place.nameY });
    set(this.note, { x: x + place.textX, y: y + place.noteY });
    this.name.textContent = cut(node.label, place.nameRoom, text => meter.nameWidth(text));
    this.extras.forEach(extra => extra.remove());
    this.extras.clear();
    this.strip = null;
    this.drawKind(node, place);
  }

  setClass(name: `jp-mod-${string}`, isOn: boolean): void {
    this.element.classList.toggle(name, isOn);
    this.detail.classList.toggle(name, isOn);
  }

  remove(): void {
    this.element.remove();
    this.detail.remove();
  }

  /** Whether anything has changed. */
  setLook(look: NodeLook, meter: TextMeter): boolean {
    const { place, texts } = this;
    if (!place || (look === this.look && this.key)) {
      return false;
    }
    const key = lookKey(look);
    if (key === this.key) {
      return false;
    }
    this.look = look;
    this.key = key;
    this.element.setAttribute('data-state', look.state);
    this.detail.setAttribute('data-state', look.state);
    this.icon.setAttribute('d', iconAt(LOOKS[look.state].icon, place.x + place.icon.x, place.y + place.icon.y));
    const candidates = notes(look, texts);
    const note = candidates.find(text => meter.noteWidth(text) <= place.noteRoom) ?? candidates[candidates.length - 1]!;
    if (this.note.textContent !== note) {
      this.note.textContent = note;
    }
    this.element.classList.toggle('jp-mod-critical', this.isCritical);
    this.element.setAttribute('aria-label', describe(this.node, look, texts));
    this.drawChecks(look, place);
    this.drawProgress(look, place);
    this.drawChildren(look, place);
    this.drawEdited(look, place);
    return true;
  }

  private drawKind(node: GraphNode, { x, y, width, height }: Place): void {
    if (node.kind === 'each') {
      // Two more cards peep out from behind.
      const cards = `M${x + 8} ${y + height + 3}h${width - 16}M${x + 14} ${y + height + 6}h${width - 28}`;
      this.extra('stack', true, () => svg('path', { class: 'jp-dataops-graph-stack', d: cards }));
    } else if (node.kind === 'notebook') {
      const icon = iconAt(NOTEBOOK, x + width - 24, y + 6);
      this.extra('kind', true, () => svg('path', { class: 'jp-dataops-graph-kind', d: icon }));
    }
  }

  private drawChecks({ checks }: NodeLook, { x, y, width, nameY }: Place): void {
    const { failed = 0, warned = 0, passed = 0 } = checks ?? {};
    const state = failed ? 'failed' : warned ? 'warned' : passed ? 'passed' : 'none';
    const count = failed || warned || passed || this.node.checks || 0;
    const right = x + width - 11 - (this.node.kind === 'notebook' ? 18 : 0);
    const badge = this.extra('checks', count > 0, () =>
      svg('g', { class: 'jp-dataops-graph-checks' }, svg('path'), svg('text', { x: right - 13, y: y + nameY - 1 }))
    );
    if (badge) {
      badge.setAttribute('data-state', state);
      badge.firstElementChild!.setAttribute('d', iconAt(LOOKS[state].icon, right - 25, y + nameY - 9.5, 0.62));
      badge.lastElementChild!.textContent = count > 99 ? '99' : String(count);
    }
  }

  /** Along the lower edge, while it goes on. */
  private drawProgress({ state, progress, children }: NodeLook, { x, y, width, height }: Place): void {
    const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
    const bar = this.extra('progress', share > 0 && !children && !LOOKS[state].isDone, () =>
      svg('rect', { class: 'jp-dataops-graph-progress', x: x + BAR, y: y + height - 3, height: 2, rx: 1 })
    );
    bar?.setAttribute('width', (share * (width - BAR - RADIUS)).toFixed(1));
  }

  private drawChildren({ children }: NodeLook, { x, y, textX, noteRoom, stripY }: Place): void {
    const group = this.extra('strip', stripY !== null && Boolean(children?.length), () =>
      svg('g', { class: 'jp-dataops-graph-strip' })
    );
    if (!group || !children || stripY === null) {
      this.strip = null;
      return;
    }
    this.strip ??= new StatePaths(group, 'jp-dataops-graph-dots');
    this.strip.draw(stripShapes(children, { x: x + textX, y: y + stripY, room: noteRoom }));
  }

  private drawEdited({ isEdited }: NodeLook, { x, y, width }: Place): void {
    const [left, top] = [x + width - 12, y - 6];
    this.extra('edited', isEdited ?? false, () =>
      svg(
        'g',
        { class: 'jp-dataops-graph-edited' },
        svg('circle', { cx: left + 5.3, cy: top + 4.7, r: 7 }),
        svg('path', { d: iconAt(PENCIL, left, top) })
      )
    );
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
        this.detail.append(part);
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
