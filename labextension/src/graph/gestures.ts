import type { Camera } from './camera';
import type { Point } from './geometry';

const THRESHOLD = 4;
const WHEEL_LINE = 16;
const WHEEL_ZOOM = 0.0022;
const PINCH_ZOOM = 0.01;

/** Dragging, wheel and pinching move the camera. Ends with the signal. */
export class Gestures {
  /** Where the fingers are, on the screen. */
  private readonly pointers = new Map<number, Point>();
  private start: Point | null = null;
  private isDragging = false;
  private corner = { left: 0, top: 0 };

  constructor(
    private readonly area: HTMLElement,
    private readonly camera: Camera,
    signal: AbortSignal
  ) {
    const options = { signal };
    area.addEventListener('pointerdown', event => this.onDown(event), options);
    area.addEventListener('pointermove', event => this.onMove(event), options);
    area.addEventListener('pointerup', event => this.onUp(event), options);
    area.addEventListener('pointercancel', event => this.onUp(event), options);
    area.addEventListener('wheel', event => this.onWheel(event), { signal, passive: false });
    // What ends a drag is no click on whatever is below.
    area.addEventListener('click', event => this.onClick(event), { signal, capture: true });
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 && event.button !== 1) {
      return;
    }
    if (event.button === 1) {
      event.preventDefault();
    }
    const point = this.local(event);
    this.pointers.set(event.pointerId, point);
    this.start = point;
    this.isDragging = this.pointers.size > 1;
  }

  private onMove(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      return;
    }
    const now = this.local(event);
    if (!this.isDragging && this.start && Math.hypot(now.x - this.start.x, now.y - this.start.y) > THRESHOLD) {
      this.isDragging = true;
      // Not before: a captured pointer would click on the area and not on the node.
      this.area.setPointerCapture(event.pointerId);
      this.area.classList.add('jp-mod-dragging');
    }
    if (!this.isDragging) {
      return;
    }
    this.pointers.set(event.pointerId, now);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const ratio = distance(now, other) / Math.max(1, distance(before, other));
      this.camera.zoomTo(this.camera.scale * ratio, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    }
    const share = other ? 0.5 : 1;
    this.camera.panBy({ x: (now.x - before.x) * share, y: (now.y - before.y) * share });
  }

  private onUp(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) {
      this.start = null;
      this.area.classList.remove('jp-mod-dragging');
    }
  }

  private onClick(event: MouseEvent): void {
    if (this.isDragging && this.area.contains(event.target as Node)) {
      event.stopPropagation();
      event.preventDefault();
    }
    this.isDragging = false;
  }

  /** Over a graph that is in sight, and at its ends, the wheel is the page's. */
  private onWheel(event: WheelEvent): void {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE;
    if (event.ctrlKey || event.metaKey) {
      // A pinch on a touchpad comes as a wheel with small steps, and needs larger ones.
      const rate = Math.abs(event.deltaY) < 30 ? PINCH_ZOOM : WHEEL_ZOOM;
      this.camera.zoomTo(this.camera.scale * Math.exp(-event.deltaY * unit * rate), this.local(event));
      event.preventDefault();
      return;
    }
    const [x, y] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    if (this.camera.scrollBy({ x: -x * unit, y: -y * unit })) {
      event.preventDefault();
    }
  }

  private local(event: MouseEvent): Point {
    // Asking costs a layout: not for each movement.
    if (!this.start) {
      this.corner = this.area.getBoundingClientRect();
    }
    const { left, top } = this.corner;
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
