import { type JSX, useState } from 'react';
import type { Client } from '../../api/client';
import type { AssetVersionView, AssetView } from '../../api/wire.generated';
import { loadingCode } from '../../model/assets';
import { formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import { useTexts } from '../context';
import type { Host } from '../host';
import { openRunWith } from '../openRun';
import { ArtifactRow } from '../ui/ArtifactRow';
import { Button } from '../ui/Button';
import { copyText } from '../ui/copy';
import { RefusalNotice } from '../ui/Notice';
import { Waiting } from '../ui/Waiting';
import { useActing } from '../useActing';
import { useCall } from '../useCall';
import { useMinute } from '../useMinute';
import { LoadedBy } from './LoadedBy';
import { useRunsRevision } from './useRunsRevision';

interface AssetDetailsProps {
  readonly id: string;
  readonly newest: AssetView;
  readonly path: string | null;
  readonly client: Client;
  readonly host: Host;
}

/** How an asset is loaded, and its versions, newest first: when, by whom, and what each is. */
export function AssetDetails({ id, newest, path, client, host }: AssetDetailsProps): JSX.Element {
  const texts = useTexts();
  const version = `${newest.version} ${useRunsRevision(client)}`;
  const answer = useCall(client, 'list_asset_versions', { asset: newest.asset }, version);
  return (
    <div id={id} className="jp-dataops-asset-body">
      <LoadingCode asset={newest.asset} />
      <div className="jp-dataops-asset-from">
        {texts.__('from node %1 of', newest.node)}{' '}
        {path !== null && host.openFile ? (
          <button type="button" className="jp-dataops-link" onClick={() => host.openFile?.(path)}>
            {path}
          </button>
        ) : (
          newest.notebook
        )}
      </div>
      <Waiting answer={answer}>
        {({ versions }) => <Versions versions={versions} newest={newest} client={client} host={host} />}
      </Waiting>
    </div>
  );
}

/** The line of code that loads the newest version, to be copied. */
function LoadingCode({ asset }: { asset: string }): JSX.Element {
  const texts = useTexts();
  const [isCopied, setIsCopied] = useState(false);
  const code = loadingCode(asset);
  return (
    <div className="jp-dataops-asset-code">
      <code className="jp-dataops-code">{code}</code>
      <Button
        look="quiet"
        icon="copy"
        isIconOnly
        label={isCopied ? texts.__('Copied') : texts.__('Copy the code that loads it')}
        onClick={() => void copyText(code).then(setIsCopied)}
      />
    </div>
  );
}

interface VersionsProps {
  readonly versions: readonly AssetVersionView[];
  readonly newest: AssetView;
  readonly client: Client;
  readonly host: Host;
}

function Versions({ versions, newest, client, host }: VersionsProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  const acting = useActing();
  const openRun = openRunWith(client, host, acting);
  return (
    <>
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      <ol className="jp-dataops-asset-versions" aria-label={texts.__('Versions of %1', newest.asset)}>
        {versions.map(one => (
          <li key={one.version} data-version={one.version}>
            <ArtifactRow
              client={client}
              runId={one.run_id}
              artifact={one.artifact}
              name={`@${one.version}`}
              hasType={one.artifact.type !== newest.artifact.type}
            >
              <span className="jp-dataops-faint" title={formatExactly(one.published_at)}>
                {formatAgo(one.published_at, now, texts)}
              </span>
              {openRun ? (
                <Button
                  look="quiet"
                  icon="open"
                  isIconOnly
                  label={texts.__('Show the run of %1 that published %2', one.notebook, one.label)}
                  onClick={() => openRun(one.run_id)}
                />
              ) : null}
            </ArtifactRow>
            {one.notebook === newest.notebook ? null : (
              <span className="jp-dataops-asset-other">{texts.__('published by %1', one.notebook)}</span>
            )}
            <LoadedBy version={one} openRun={openRun} />
          </li>
        ))}
      </ol>
    </>
  );
}
