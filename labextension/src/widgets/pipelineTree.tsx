/** The components of the panels: a chunk of its own, loaded when a panel is first in sight. */
import { createRoot } from 'react-dom/client';
import type { JSX } from 'react';
import type { Client, Disposable } from '../api/client';
import type { Host } from '../components/host';
import { SessionView } from '../components/PipelineView';
import { RunsView } from '../components/RunsView';
import { Session } from '../components/session';
import type { Source } from '../components/source';

function mount(node: HTMLElement, element: JSX.Element): Disposable {
  const root = createRoot(node);
  root.render(element);
  return { dispose: () => root.unmount() };
}

/** The pipeline of `source` is shown in `node`; `session` drives it. */
export function mountPipeline(
  node: HTMLElement,
  client: Client,
  host: Host,
  source: Source
): Disposable & { session: Session } {
  const session = new Session(client, host, source);
  const mounted = mount(node, <SessionView session={session} />);
  return {
    session,
    dispose: () => {
      mounted.dispose();
      session.dispose();
    }
  };
}

/** The runs of all notebooks are shown in `node`. */
export function mountRuns(node: HTMLElement, client: Client, host: Host): Disposable {
  return mount(node, <RunsView client={client} host={host} />);
}
