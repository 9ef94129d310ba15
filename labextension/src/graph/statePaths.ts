import type { AnyState } from '../model/states';
import { svg } from './svg';

/** Many small shapes as one path for each state: few elements, and the colours are the style sheet's. */
export class StatePaths {
  private readonly paths = new Map<AnyState, SVGPathElement>();

  constructor(
    private readonly parent: SVGElement,
    private readonly className: string
  ) {}

  /** Shapes by state; states that are not there have none. */
  draw(shapes: ReadonlyMap<AnyState, string>): void {
    for (const [state, path] of this.paths) {
      if (!shapes.has(state)) {
        path.remove();
        this.paths.delete(state);
      }
    }
    for (const [state, shape] of shapes) {
      const path = this.paths.get(state) ?? this.added(state);
      if (path.getAttribute('d') !== shape) {
        path.setAttribute('d', shape);
      }
    }
  }

  private added(state: AnyState): SVGPathElement {
    const path = svg('path', { class: this.className, 'data-state': state });
    this.paths.set(state, path);
    this.parent.append(path);
    return path;
  }
}
