import type { Host } from '../components/host';

/** The same in every copy of this module: each widget on a page is one of its own. */
const BRIDGE = Symbol.for('jupyter-dataops.host@1');

/** What JupyterLab's extension can do for a widget of the same page. */
export interface Bridge {
  /**
   * What the notebook with `element` in one of its outputs can do for the pipeline of `path`, which is relative to the
   * folder of that notebook; `null`: it can do nothing.
   */
  hostOf(element: HTMLElement, path: string, isReadOnly: boolean): Host | null;
}

/** A page without the extension has none. */
export function bridge(): Bridge | undefined {
  return (globalThis as { [BRIDGE]?: Bridge })[BRIDGE];
}

/** `made` serves the widgets of this page. */
export function offerBridge(made: Bridge): void {
  (globalThis as { [BRIDGE]?: Bridge })[BRIDGE] = made;
}
