import { type JSX, useState } from 'react';
import type { Client } from '../api/client';
import type { Refusal, RunSummary, Started } from '../api/wire.generated';
import { refusalOf } from '../model/refusals';
import { isEnded } from '../model/run';
import { useTexts } from './context';
import { agreesToCancel, type Host } from './host';
import { Button } from './ui/Button';
import { Marked } from './ui/Marked';
import { RefusalNotice } from './ui/Notice';

interface RunActionsProps {
  readonly run: RunSummary;
  readonly client: Client;
  readonly host: Host;
}

/** What can be done with a run that is not shown in full. */
export function RunActions({ run, client, host }: RunActionsProps): JSX.Element {
  const texts = useTexts();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const act = async (ask: () => Promise<Started>) => {
    setIsBusy(true);
    setRefusal(null);
    try {
      await ask();
    } catch (error) {
      setRefusal(refusalOf(error));
    } finally {
      setIsBusy(false);
    }
  };
  const reason = isBusy ? texts.__('Another request is on its way.') : null;
  const ref = { run_id: run.run_id };
  const cancel = async () => {
    if (await agreesToCancel(host, run)) {
      await act(() => client.call('cancel', ref));
    }
  };
  const { path } = run;
  return (
    <div className="jp-dataops-runs-actions" role="group" aria-label={texts.__('Actions on the run')}>
      <div className="jp-dataops-runs-about">
        <span className="jp-dataops-code">{run.run_id}</span>
        <span>{path ?? texts.__('a notebook outside of this server')}</span>
        {run.reason ? (
          <span>
            <Marked text={run.reason} />
          </span>
        ) : null}
      </div>
      {refusal ? <RefusalNotice refusal={refusal} onDismiss={() => setRefusal(null)} /> : null}
      <div className="jp-dataops-actions">
        {host.openRun && path !== null ? (
          <Button look="primary" icon="open" label={texts.__('Open')} onClick={() => host.openRun?.(run)} />
        ) : null}
        {host.openReport ? (
          <Button icon="report" label={texts.__('Report')} onClick={() => host.openReport?.(run.run_id)} />
        ) : null}
        {host.isReadOnly ? null : (
          <>
            {isEnded(run) && run.state !== 'succeeded' ? (
              <Button
                icon="retry"
                label={texts.__('Retry failed')}
                reason={reason}
                onClick={() => void act(() => client.call('retry', { ...ref, jobs: host.defaults?.().jobs ?? null }))}
              />
            ) : null}
            {run.state === 'crashed' ? (
              <Button
                icon="resume"
                label={texts.__('Resume')}
                reason={reason}
                onClick={() => void act(() => client.call('resume', ref))}
              />
            ) : null}
            {isEnded(run) ? null : (
              <Button
                look="danger"
                icon="stop"
                label={texts.__('Cancel')}
                reason={run.state === 'cancelling' ? texts.__('The run is being cancelled.') : reason}
                onClick={() => void cancel()}
              />
            )}
          </>
        )}
      </div>
    </div>
  );
}
