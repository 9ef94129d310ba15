/** The components of the panels: a chunk of its own, loaded when a panel is first in sight. */
import { createRoot } from 'react-dom/client';
import type { JSX } from 'react';
import type { Client, Disposable } from '../api/client';
import type { Host } from '../components/host';
import { PipelineView } from '../components/PipelineView';
import { createPlace, type Place } from '../components/place';
import { Session } from '../components/session';
import type { Source } from '../components/source';
import { StoreView } from '../components/StoreView';
import type { Store } from '../model/store';

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
  const mounted = mount(node, <PipelineView session={session} />);
  return {
    session,
    dispose: () => {
      mounted.dispose();
      session.dispose();
    }
  };
}

/** Runs, schedules, deployments and assets of all notebooks are shown in `node`; `place` says what of them. */
export function mountStore(node: HTMLElement, client: Client, host: Host): Disposable & { place: Store<Place> } {
  const place = createPlace();
  return { place, ...mount(node, <StoreView client={client} host={host} place={place} />) };
}
