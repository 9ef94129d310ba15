import type { Direction } from '../graph/model';

/** What the main part of the panel shows. */
export type View = 'graph' | 'list' | 'timeline' | 'history' | 'problems';

/** What is shown of a node. */
export type Tab = 'log' | 'error' | 'outputs' | 'data' | 'attempts' | 'checks' | 'why';

/** What the user has chosen to look at. */
export interface Panel {
  readonly view: View;
  /** The node whose details are shown. */
  readonly node: string | null;
  /** The tab the user asked for; `null`: what fits the node's state best. */
  readonly tab: Tab | null;
  /** The attempt whose log is shown; `null`: the latest. */
  readonly attempt: number | null;
  /** The run that is shown; `null`: the latest, whichever that will be. */
  readonly run: string | null;
  /** Groups of the list that are closed. */
  readonly closed: ReadonlySet<string>;
  /** As the user has turned the graph; `null`: what fits the panel's width. */
  readonly direction: Direction | null;
}

export const FIRST_PANEL: Panel = {
  view: 'graph',
  node: null,
  tab: null,
  attempt: null,
  run: null,
  closed: new Set(),
  direction: null
};

/** Opening a node keeps the tab, so that going through nodes compares the same thing of each. */
export function openNode(panel: Panel, node: string | null, tab?: Tab): Panel {
  const attempt = panel.node === node ? panel.attempt : null;
  return { ...panel, node, tab: tab ?? panel.tab, attempt };
}

export function chooseTab(panel: Panel, tab: Tab, attempt: number | null = panel.attempt): Panel {
  return { ...panel, tab, attempt };
}

/** Another run has the same nodes, but not the same attempts. */
export function chooseRun(panel: Panel, run: string | null): Panel {
  return { ...panel, run, attempt: null };
}

export function toggleGroup(panel: Panel, group: string): Panel {
  const closed = new Set(panel.closed);
  if (!closed.delete(group)) {
    closed.add(group);
  }
  return { ...panel, closed };
}

/** The tab that answers the first question about a node in this state. */
export function tabFor(panel: Panel, state: string | null, isKnown: (tab: Tab) => boolean): Tab {
  if (panel.tab !== null && isKnown(panel.tab)) {
    return panel.tab;
  }
  if (state === 'failed' || state === 'retrying') {
    return 'error';
  }
  return state === 'running' ? 'log' : state === 'succeeded' || state === 'reused' ? 'outputs' : 'why';
}
