import { pathOf, type Curve } from './geometry';
import type { GraphEdge } from './model';
import { svg } from './svg';

/** A line, with its arrow head, and what the pointer can hit. */
export class EdgeElement {
  readonly element: SVGGElement;
  private readonly line = svg('path', { class: 'jp-dataops-graph-line' });

  constructor(
    readonly edge: GraphEdge,
    readonly curve: Curve,
    { isImplied, isHittable }: { readonly isImplied: boolean; readonly isHittable: boolean }
  ) {
    const path = pathOf(curve);
    this.line.setAttribute('d', path);
    this.element = svg('g', { class: 'jp-dataops-graph-edge', 'data-kind': edge.kind }, this.line);
    this.element.classList.toggle('jp-mod-implied', isImplied);
    if (isHittable && !isImplied) {
      this.element.prepend(svg('path', { class: 'jp-dataops-graph-hit', d: path }));
    }
  }

  setClass(name: `jp-mod-${string}`, isOn: boolean): void {
    this.element.classList.toggle(name, isOn);
  }
}
