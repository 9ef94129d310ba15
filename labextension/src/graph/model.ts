import type { AnyState } from '../model/states';

export type NodeKind = 'node' | 'each' | 'notebook';
export type EdgeKind = 'data' | 'order' | 'both';

/** Which way edges go: from left to right, or from top to bottom. */
export type Direction = 'LR' | 'TB';

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly kind: NodeKind;
  /** Shown when the pointer rests on it. */
  readonly description?: string | undefined;
  /** How many checks it has. */
  readonly checks?: number | undefined;
}

export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  /** What travels along it. */
  readonly names: readonly string[];
  readonly kind: EdgeKind;
}

/** What does not change while a run goes on. The order of the nodes is that of the document. */
export interface GraphModel {
  readonly nodes: readonly GraphNode[];
  /** Those with an end that is no node are not drawn. Cycles are drawn. */
  readonly edges: readonly GraphEdge[];
}

/** How far something has come. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** How a node looks right now. An object that has been handed over is not changed: a new look is a new object. */
export interface NodeLook {
  readonly state: AnyState;
  /** 1-based; shown from the second on. */
  readonly attempt?: number | undefined;
  /** As it is to be read, such as `3.2 s`. */
  readonly duration?: string | undefined;
  /** Of its cells, or of the children of an `each:` node. */
  readonly progress?: Progress | undefined;
  /** States of the children of an `each:` or `notebook:` node, in order. */
  readonly children?: readonly AnyState[] | undefined;
  readonly checks?: { readonly passed: number; readonly failed: number; readonly warned: number } | undefined;
  /** It lies on the way that decides how long the run takes. */
  readonly isCritical?: boolean | undefined;
  /** Its cells are not as they were when it ran. */
  readonly isEdited?: boolean | undefined;
}

export const NO_LOOK: NodeLook = { state: 'none' };

/** The same text for two graphs that are laid out alike. */
export function topologyKey(model: GraphModel): string {
  return JSON.stringify([
    model.nodes.map(({ id, label, kind, checks }) => [id, label, kind, checks ? 1 : 0]),
    model.edges.map(({ source, target, kind }) => [source, target, kind])
  ]);
}

/** The same text for two looks that are drawn alike. */
export function lookKey(look: NodeLook): string {
  const { state, attempt, duration, progress, children, checks, isCritical, isEdited } = look;
  return JSON.stringify([
    state,
    attempt ?? 1,
    duration,
    progress && [progress.done, progress.total],
    children,
    checks && [checks.passed, checks.failed, checks.warned],
    isCritical ?? false,
    isEdited ?? false
  ]);
}
