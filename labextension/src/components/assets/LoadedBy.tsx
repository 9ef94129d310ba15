import type { JSX } from 'react';
import type { AssetVersionView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { runsThatLoaded } from '../../model/assets';
import { useTexts } from '../context';

/** How many runs are named. */
const NAMED = 5;

interface LoadedByProps {
  readonly version: AssetVersionView;
  /** `null`: the page cannot show runs. */
  readonly openRun: ((runId: string) => void) | null;
}

/** Which runs have loaded a version: whom to tell, where it was a bad one. */
export function LoadedBy({ version, openRun }: LoadedByProps): JSX.Element | null {
  const texts = useTexts();
  const runs = runsThatLoaded(version);
  if (runs.length === 0) {
    return null;
  }
  const more = runs.length - NAMED;
  return (
    <div className="jp-dataops-asset-other">
      {texts.__('loaded by')}{' '}
      {runs.slice(0, NAMED).map(({ run_id, notebook, path, created_at }, index) => (
        <span key={run_id}>
          {index > 0 ? ', ' : ''}
          {openRun ? (
            <button
              type="button"
              className="jp-dataops-link"
              title={`${path ?? notebook} · ${formatExactly(created_at)}`}
              aria-label={texts.__('Show the run of %1 that loaded %2', notebook, version.label)}
              onClick={() => openRun(run_id)}
            >
              {notebook}
            </button>
          ) : (
            <span title={path ?? undefined}>{notebook}</span>
          )}
        </span>
      ))}
      {version.is_cut ? ` ${texts.__('and more')}` : more > 0 ? ` ${texts.__('and %1 more', more)}` : ''}
    </div>
  );
}
