import { type JSX, useDeferredValue, useState } from 'react';
import type { Client } from '../../api/client';
import type { AssetView } from '../../api/wire.generated';
import { fittingAssets } from '../../model/assets';
import type { Store } from '../../model/store';
import { useStore, useTexts } from '../context';
import type { Host } from '../host';
import type { Place } from '../place';
import { Empty } from '../ui/Empty';
import { Marked } from '../ui/Marked';
import { SearchField } from '../ui/SearchField';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { AssetRow } from './AssetRow';
import { useRunsRevision } from './useRunsRevision';

interface AssetsProps {
  readonly client: Client;
  readonly host: Host;
  readonly place: Store<Place>;
}

/** What pipelines have published for each other: the newest version of each asset, and of one that is open all. */
export function AssetsView({ client, host, place }: AssetsProps): JSX.Element {
  const revision = useStore(place, state => state.revision);
  const answer = useCall(client, 'list_assets', {}, `${revision} ${useRunsRevision(client)}`);
  return (
    <div className="jp-dataops-assets">
      <Waiting answer={answer}>
        {({ assets }) => <AssetList assets={assets} client={client} host={host} place={place} />}
      </Waiting>
    </div>
  );
}

/** With fewer than this, all are seen at once. */
const MANY = 8;

function AssetList({ assets, client, host, place }: AssetsProps & { assets: readonly AssetView[] }): JSX.Element {
  const texts = useTexts();
  const open = useStore(place, state => state.asset);
  const [words, setWords] = useState('');
  const shown = fittingAssets(assets, useDeferredValue(words));
  if (assets.length === 0) {
    return (
      <Empty icon="asset" title={texts.__('Nothing is published yet.')}>
        <Marked
          text={texts.__(
            'An asset is a value that any notebook can load by its name. To publish one, tag a cell of its node `asset:NAME=VARIABLE`, and run the pipeline.'
          )}
        />
      </Empty>
    );
  }
  return (
    <>
      <div className="jp-dataops-filter">
        {assets.length < MANY ? (
          <span className="jp-dataops-faint">{texts._n('%1 asset', '%1 assets', assets.length)}</span>
        ) : (
          <SearchField label={texts.__('Filter assets by name or notebook')} words={words} onWords={setWords} />
        )}
      </div>
      {shown.length === 0 ? <Empty icon="search" title={texts.__('No asset fits the filter.')} /> : null}
      <ul className="jp-dataops-schedules" aria-label={texts.__('Assets')}>
        {shown.map(asset => (
          <AssetRow
            key={asset.asset}
            newest={asset}
            isOpen={asset.asset === open}
            client={client}
            host={host}
            onToggle={() => place.update(state => ({ ...state, asset: asset.asset === open ? null : asset.asset }))}
          />
        ))}
      </ul>
    </>
  );
}
