import type { Host } from '../components/host';

/** The same in every copy of this module: each widget on a page is one of its own. */
const BRIDGE = Symbol.for('jupyter-dataops.host@1');

/** What a widget shows. */
export interface About {
  /** A notebook, relative to `folder`, as all paths that the widget is told of. */
  readonly path: string;
  /** Relative to the folder of the notebook with the widget in it; `null`: not known. */
  readonly folder: string | null;
  readonly isReadOnly: boolean;
}

/** What JupyterLab's extension can do for a widget of the same page. */
export interface Bridge {
  /** What the page can do for a widget whose view is `element`; `null`: nothing. */
  hostOf(element: HTMLElement, about: About): Host | null;
}

/** A page without the extension has none. */
export function bridge(): Bridge | undefined {
  return (globalThis as { [BRIDGE]?: Bridge })[BRIDGE];
}

/** `made` serves the widgets of this page. */
export function offerBridge(made: Bridge): void {
  (globalThis as { [BRIDGE]?: Bridge })[BRIDGE] = made;
}
