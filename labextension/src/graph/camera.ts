import type { Box, Point, Size } from './geometry';
import {
  centered,
  detailAt,
  fitted,
  panned,
  READABLE,
  revealed,
  scrolled,
  visible,
  zoomed,
  type Transform
} from './viewport';

/** With more nodes, showing or hiding their texts takes so long that it waits for the movement to end. */
const MANY_NODES = 400;
const REST_MS = 120;
/** With more nodes, an overview says more than names that can be read. */
const FEW_NODES = 40;

/** What part of the graph is on the screen. */
export class Camera {
  private transform: Transform = { scale: 1, dx: 0, dy: 0 };
  private graph: Size = { width: 0, height: 0 };
  private view: Size = { width: 0, height: 0 };
  private isLarge = false;
  private isSmall = true;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frame: number | null = null;
  /** What is kept up when the size changes; `null`: the user has chosen a part. */
  private kept: 'readable' | 'whole' | null = 'readable';
  private readonly isStill: MediaQueryList;

  constructor(
    private readonly root: HTMLElement,
    private readonly stage: HTMLElement,
    private readonly onMoved: () => void
  ) {
    this.isStill = matchMedia('(prefers-reduced-motion: reduce)');
  }

  get scale(): number {
    return this.transform.scale;
  }

  /** What of the graph is in sight. */
  get window(): Box {
    return visible(this.transform, this.view);
  }

  get isWhole(): boolean {
    const { x, y, width, height } = this.window;
    return x <= 0 && y <= 0 && x + width >= this.graph.width && y + height >= this.graph.height;
  }

  setView(view: Size): void {
    const isFirst = this.view.width === 0;
    this.view = view;
    if (this.kept || isFirst) {
      this.keep();
    } else {
      this.move(panned(this.transform, { x: 0, y: 0 }, view, this.graph));
    }
  }

  setGraph(graph: Size, nodes: number): void {
    this.graph = graph;
    this.isLarge = nodes > MANY_NODES;
    this.isSmall = nodes <= FEW_NODES;
    if (this.kept) {
      this.keep();
    }
  }

  /** All of it is on the screen, however small. */
  fit(isGliding = true): void {
    this.kept = 'whole';
    this.keep(isGliding);
  }

  /** As at first: all of it, or where its names could not be read then, its beginning. */
  restart(): void {
    this.kept = 'readable';
    this.keep();
  }

  panBy(by: Point): void {
    this.kept = null;
    this.move(panned(this.transform, by, this.view, this.graph));
  }

  /** Whether there was anywhere to go. */
  scrollBy(by: Point): boolean {
    const next = scrolled(this.transform, by, this.view, this.graph);
    if (next.dx === this.transform.dx && next.dy === this.transform.dy) {
      return false;
    }
    this.kept = null;
    this.move(next);
    return true;
  }

  /** Around a point of the screen, by default its middle. */
  zoomTo(scale: number, anchor?: Point, isGliding = false): void {
    const middle = { x: this.view.width / 2, y: this.view.height / 2 };
    this.kept = null;
    this.move(zoomed(this.transform, scale, anchor ?? middle, this.view, this.graph), isGliding);
  }

  centerOn(point: Point, isGliding = false): void {
    this.kept = null;
    this.move(panned(centered(this.transform, point, this.view), { x: 0, y: 0 }, this.view, this.graph), isGliding);
  }

  reveal(box: Box): void {
    const next = revealed(this.transform, box, this.view);
    if (next.dx !== this.transform.dx || next.dy !== this.transform.dy) {
      this.kept = null;
      this.move(next, true);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
  }

  private keep(isGliding = false): void {
    const least = this.kept !== 'whole' && this.isSmall ? READABLE : 0;
    this.move(fitted(this.view, this.graph, least), isGliding);
  }

  private showDetail(): void {
    const detail = detailAt(this.transform.scale);
    if (this.root.dataset['detail'] !== detail) {
      this.root.dataset['detail'] = detail;
    }
  }

  /** However often it is asked to move, it moves once for each picture. */
  private move(next: Transform, isGliding = false): void {
    this.transform = next;
    this.root.classList.toggle('jp-mod-gliding', isGliding && !this.isStill.matches);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.apply();
    });
  }

  private apply(): void {
    const { scale, dx, dy } = this.transform;
    this.stage.style.transform = `translate(${dx.toFixed(2)}px, ${dy.toFixed(2)}px) scale(${scale.toFixed(4)})`;
    clearTimeout(this.timer);
    if (this.isLarge && this.root.dataset['detail']) {
      this.timer = setTimeout(() => this.showDetail(), REST_MS);
    } else {
      this.showDetail();
    }
    this.onMoved();
  }
}
