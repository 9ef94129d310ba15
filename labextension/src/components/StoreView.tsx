import { type JSX, useRef } from 'react';
import type { Client } from '../api/client';
import type { Store } from '../model/store';
import { AssetsView } from './assets/AssetsView';
import { TextsProvider, useStore } from './context';
import { DeploymentsView } from './deployments/DeploymentsView';
import type { Host } from './host';
import type { Place, StoreTab } from './place';
import { RunsView } from './RunsView';
import { SchedulesView } from './schedules/SchedulesView';
import { Boundary } from './ui/Boundary';
import { type TabItem, Tabs } from './ui/Tabs';
import { useKeptFocus } from './ui/useFocus';

export interface StoreViewProps {
  readonly client: Client;
  readonly host: Host;
  readonly place: Store<Place>;
}

/** What the whole store has: runs, what is scheduled, what is deployed, and what is published. */
export function StoreView({ client, host, place }: StoreViewProps): JSX.Element {
  const { texts } = host;
  const root = useRef<HTMLElement>(null);
  useKeptFocus(root);
  const tab = useStore(place, state => state.tab);
  const items: TabItem<StoreTab>[] = [
    { key: 'runs', label: texts.__('Runs') },
    { key: 'schedules', label: texts.__('Schedules') },
    { key: 'deployments', label: texts.__('Deployments') },
    { key: 'assets', label: texts.__('Assets') }
  ];
  return (
    <TextsProvider texts={texts}>
      <section
        ref={root}
        className="jp-dataops-view jp-dataops-store"
        aria-label={texts.__('All notebooks')}
        tabIndex={-1}
      >
        <Tabs
          label={texts.__('Runs, schedules, deployments and assets')}
          items={items}
          chosen={tab}
          onChoose={key => place.update(state => ({ ...state, tab: key }))}
        >
          <Boundary texts={texts} resetKey={tab}>
            {tab === 'runs' ? <RunsView client={client} host={host} /> : null}
            {tab === 'schedules' ? <SchedulesView client={client} host={host} place={place} /> : null}
            {tab === 'deployments' ? <DeploymentsView client={client} host={host} place={place} /> : null}
            {tab === 'assets' ? <AssetsView client={client} host={host} place={place} /> : null}
          </Boundary>
        </Tabs>
      </section>
    </TextsProvider>
  );
}
