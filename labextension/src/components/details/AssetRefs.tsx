import type { JSX } from 'react';
import type { AssetRef } from '../../api/wire.generated';
import { useHost, useSession, useTexts } from '../context';
import { openRunWith } from '../openRun';
import { RefusalNotice } from '../ui/Notice';
import { useActing } from '../useActing';

interface AssetRefsProps {
  readonly published: readonly AssetRef[];
  readonly loaded: readonly AssetRef[];
}

/** Which versions of assets the node published, and which it loaded, with the way to the run that they are from. */
export function AssetRefs({ published, loaded }: AssetRefsProps): JSX.Element | null {
  const texts = useTexts();
  const host = useHost();
  const { client } = useSession();
  const acting = useActing();
  const openRun = openRunWith(client, host, acting);
  if (published.length + loaded.length === 0) {
    return null;
  }
  return (
    <section className="jp-dataops-artifacts" aria-label={texts.__('Assets')}>
      <div className="jp-dataops-label">{texts.__('Assets')}</div>
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      <ul className="jp-dataops-assetRefs">
        {published.map(({ label }) => (
          <li key={`published ${label}`}>
            <code className="jp-dataops-artifact-name">{label}</code>
            <span className="jp-dataops-faint">{texts.__('published')}</span>
          </li>
        ))}
        {loaded.map(({ label, run_id, notebook, path }) => (
          <li key={`loaded ${label} ${run_id}`}>
            <code className="jp-dataops-artifact-name">{label}</code>
            <span className="jp-dataops-faint">{texts.__('loaded, published by')}</span>
            {openRun ? (
              <button
                type="button"
                className="jp-dataops-link"
                title={path ?? undefined}
                aria-label={texts.__('Show the run of %1 that published %2', notebook, label)}
                onClick={() => openRun(run_id)}
              >
                {notebook}
              </button>
            ) : (
              <span title={path ?? undefined}>{notebook}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
