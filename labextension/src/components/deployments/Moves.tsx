import type { JSX } from 'react';
import type { Client } from '../../api/client';
import type { MoveView, ScheduleMoveView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import type { Texts } from '../../model/texts';
import { useTexts } from '../context';
import type { Host } from '../host';
import { openRunWith } from '../openRun';
import { Icon } from '../ui/Icon';
import { RefusalNotice } from '../ui/Notice';
import { useActing } from '../useActing';
import { useMinute } from '../useMinute';

interface MovesProps {
  readonly moves: readonly MoveView[];
  readonly client: Client;
  readonly host: Host;
}

const SIGNS = { added: '+', changed: '~', removed: '−', left: '!' } as const;
const ICONS = { deploy: 'deploy', promote: 'promote', rollback: 'rollback' } as const;

/** What was made live where, by whom, newest first. */
export function Moves({ moves, client, host }: MovesProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  const acting = useActing();
  const openRun = openRunWith(client, host, acting);
  return (
    <>
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      <ol className="jp-dataops-moves" aria-label={texts.__('History')}>
        {moves.map(move => {
          const { at, by, kind, environment, version, test_run_id, schedules, remarks } = move;
          return (
            <li key={`${at} ${environment} ${version}`}>
              <Icon name={ICONS[kind]} />
              <span>{moveText(move, texts)}</span>
              <span className="jp-dataops-faint" title={formatExactly(at)}>
                {texts.__('%1 by %2', formatAgo(at, now, texts), by)}
              </span>
              {schedules.length > 0 ? (
                <span className="jp-dataops-faint">{schedulesText(schedules, texts)}</span>
              ) : null}
              {remarks.map(remark => (
                <span key={remark} className="jp-dataops-moves-remark">
                  {remark}
                </span>
              ))}
              {test_run_id !== null && openRun ? (
                <button type="button" className="jp-dataops-link" onClick={() => openRun(test_run_id)}>
                  {texts.__('test run')}
                </button>
              ) : null}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** What became of schedules, as signs that need no language. */
function schedulesText(schedules: readonly ScheduleMoveView[], texts: Texts): string {
  return texts.__('schedules: %1', schedules.map(({ name, change }) => `${SIGNS[change]}${name}`).join(' '));
}

function moveText({ kind, environment, version, previous, promoted_from }: MoveView, texts: Texts): string {
  switch (kind) {
    case 'deploy':
      return texts.__('@%1 deployed to %2', version, environment);
    case 'promote':
      return texts.__('@%1 promoted from %2 to %3', version, promoted_from ?? '?', environment);
    case 'rollback':
      return texts.__('%1 rolled back from @%2 to @%3', environment, previous ?? '?', version);
  }
}
