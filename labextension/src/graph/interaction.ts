import type { Camera } from './camera';
import type { Emphasis } from './emphasis';
import { isArrow, neighbour } from './navigation';
import type { Scene } from './scene';
import { svg } from './svg';

/** What the user does, told to whoever shows the graph. Nodes by their ids. */
export interface GraphActions {
  /** Enter, or a double click. */
  onOpen?(id: string): void;
  /** A click or the space bar on a node; `null`: nothing is selected any more. */
  onSelect?(id: string | null): void;
}

/** Pointer and keyboard on nodes: selection, opening, and moving from node to node. */
export class Interaction {
  private selected: string | null = null;
  /** The node that Tab leads to. */
  private current: string | null = null;
  private cameFrom: number | null = null;
  private readonly title = svg('title');

  constructor(
    area: HTMLElement,
    private readonly scene: Scene,
    private readonly emphasis: Emphasis,
    private readonly camera: Camera,
    private readonly actions: GraphActions,
    signal: AbortSignal
  ) {
    const options = { signal };
    area.addEventListener('click', event => this.onClick(event), options);
    area.addEventListener('dblclick', event => this.onDoubleClick(event), options);
    area.addEventListener('keydown', event => this.onKey(event), options);
    area.addEventListener('pointerover', event => this.onOver(event.target), options);
    area.addEventListener('pointerleave', () => this.onOver(null), options);
    area.addEventListener('focusin', event => this.onFocus(event), options);
    area.addEventListener('focusout', () => this.emphasis.focus(null), options);
  }

  select(id: string | null): void {
    this.selected = id;
    this.emphasis.select(id === null ? null : this.placeOf(id));
    if (id !== null && this.placeOf(id) !== null) {
      this.setCurrent(id);
    }
  }

  /** The numbers of nodes and edges are about to change. */
  before(): void {
    this.emphasis.reset(null);
    this.cameFrom = null;
  }

  /** They have changed. */
  after(): void {
    this.emphasis.reset(this.selected === null ? null : this.placeOf(this.selected));
    const isThere = this.current !== null && this.placeOf(this.current) !== null;
    this.setCurrent(isThere ? this.current : (this.scene.nodes[0]?.node.id ?? null));
  }

  private placeOf(id: string): number | null {
    return this.scene.picture?.topology.index.get(id) ?? null;
  }

  private idOf(place: number | null): string | null {
    return place === null ? null : (this.scene.nodes[place]?.node.id ?? null);
  }

  private setCurrent(id: string | null): void {
    for (const [one, tabindex] of [
      [this.current, '-1'],
      [id, '0']
    ] as const) {
      const place = one === null ? null : this.placeOf(one);
      this.scene.nodes[place ?? -1]?.element.setAttribute('tabindex', tabindex);
    }
    this.current = id;
  }

  private choose(id: string | null): void {
    if (id !== this.selected) {
      this.select(id);
      this.actions.onSelect?.(id);
    }
  }

  private open(id: string): void {
    this.choose(id);
    this.actions.onOpen?.(id);
  }

  private onClick(event: MouseEvent): void {
    const place = this.scene.nodeAt(event.target);
    this.choose(this.idOf(place));
    if (place !== null) {
      this.scene.nodes[place]?.element.focus({ preventScroll: true });
    }
  }

  private onDoubleClick(event: MouseEvent): void {
    const id = this.idOf(this.scene.nodeAt(event.target));
    if (id !== null) {
      event.preventDefault();
      this.open(id);
    }
  }

  private onOver(target: EventTarget | null): void {
    const node = this.scene.nodeAt(target);
    this.emphasis.hover(node, node === null ? this.scene.edgeAt(target) : null);
    const element = node === null ? undefined : this.scene.nodes[node];
    if (!element) {
      this.title.remove();
    } else if (this.title.parentNode !== element.element) {
      const { description } = element.node;
      this.title.textContent = [element.description, description].filter(Boolean).join('\n');
      element.element.prepend(this.title);
    }
  }

  private onFocus(event: FocusEvent): void {
    const place = this.scene.nodeAt(event.target);
    if (place === null) {
      return;
    }
    this.setCurrent(this.idOf(place));
    const element = this.scene.nodes[place]!.element;
    // Whoever clicks sees what was clicked on.
    if (element.matches(':focus-visible')) {
      this.emphasis.focus(place);
      this.camera.reveal(this.scene.picture!.layout.nodes[place]!);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { picture } = this.scene;
    const from = this.scene.nodeAt(event.target);
    if (!picture || from === null || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const { key } = event;
    if (isArrow(key)) {
      const { topology, layout, direction } = picture;
      this.go(neighbour({ topology, nodes: layout.nodes, direction }, from, key, this.cameFrom), from);
    } else if (!this.onCommand(key, from)) {
      return;
    }
    // JupyterLab and the browser have other uses for these keys.
    event.preventDefault();
    event.stopPropagation();
  }

  private onCommand(key: string, from: number): boolean {
    switch (key) {
      case 'Home':
        this.go(0, from);
        return true;
      case 'End':
        this.go(this.scene.nodes.length - 1, from);
        return true;
      case 'Enter':
        this.open(this.idOf(from)!);
        return true;
      case ' ':
        this.choose(this.idOf(from));
        return true;
      case 'Escape':
        if (this.selected === null) {
          return false;
        }
        this.choose(null);
        return true;
      case '+':
      case '=':
        this.camera.zoomTo(this.camera.scale * 1.25, undefined, true);
        return true;
      case '-':
        this.camera.zoomTo(this.camera.scale / 1.25, undefined, true);
        return true;
      case '0':
        this.camera.fit();
        return true;
      default:
        return false;
    }
  }

  private go(to: number, from: number): void {
    if (to !== from) {
      this.cameFrom = from;
      this.scene.nodes[to]?.element.focus({ preventScroll: true });
    }
  }
}
