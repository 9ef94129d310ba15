import type { JSX } from 'react';
import type { AttemptView } from '../../api/wire.generated';
import { elapsedMs, formatBytes, formatDuration, formatExactly, formatWhen } from '../../model/durations';
import { useHost, useSession, useTexts } from '../context';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { StateChip } from '../ui/Icon';
import { Waiting } from '../ui/Waiting';
import { useNow } from '../useNow';
import { Fact } from './About';
import { useDetail } from './useDetail';

/** Every try at the node, newest first. */
export function AttemptsTab(): JSX.Element {
  const texts = useTexts();
  const { answer } = useDetail();
  return (
    <Waiting answer={answer}>
      {({ attempts }) =>
        attempts.length === 0 ? (
          <Empty icon="retry" title={texts.__('It has not been tried yet.')} />
        ) : (
          <ol className="jp-dataops-attempts" aria-label={texts.__('Attempts')}>
            {[...attempts].reverse().map(attempt => (
              <Attempt key={`${attempt.run_id} ${attempt.attempt}`} attempt={attempt} />
            ))}
          </ol>
        )
      }
    </Waiting>
  );
}

function Attempt({ attempt }: { attempt: AttemptView }): JSX.Element {
  const texts = useTexts();
  const host = useHost();
  const session = useSession();
  const { runId } = useDetail();
  const isRunning = attempt.state === 'running';
  const now = useNow(isRunning);
  const ms = elapsedMs(attempt.started_at, attempt.finished_at, now);
  const { failure, notebook_path: path, peak_memory_bytes: memory, run_id: madeIn } = attempt;
  const packages = Object.entries(attempt.packages);
  return (
    <li className="jp-dataops-attempt">
      <div className="jp-dataops-attempt-head">
        <strong>{texts.__('Attempt %1', attempt.attempt)}</strong>
        <StateChip state={attempt.state} />
        <span title={formatExactly(attempt.started_at)}>{formatWhen(attempt.started_at, now)}</span>
        {ms === null ? null : <span>{formatDuration(ms)}</span>}
      </div>
      {failure ? (
        <div className="jp-dataops-attempt-error">
          {failure.ename}: {failure.evalue}
        </div>
      ) : null}
      <dl className="jp-dataops-facts">
        <Fact name={texts.__('Kernel')}>{attempt.kernel}</Fact>
        <Fact name={texts.__('Python')}>{attempt.python}</Fact>
        <Fact name={texts.__('Memory')}>{memory === null ? null : texts.__('%1 at most', formatBytes(memory))}</Fact>
        <Fact name={texts.__('Made in')}>
          {madeIn === runId ? null : (
            <button type="button" className="jp-dataops-link" onClick={() => session.showRun(madeIn)}>
              {madeIn}
            </button>
          )}
        </Fact>
      </dl>
      {packages.length > 0 ? (
        <details className="jp-dataops-disclosure">
          <summary>{texts._n('%1 package', '%1 packages', packages.length)}</summary>
          <dl className="jp-dataops-facts">
            {packages.map(([name, version]) => (
              <Fact key={name} name={name}>
                {version}
              </Fact>
            ))}
          </dl>
        </details>
      ) : null}
      <div className="jp-dataops-actions">
        <Button icon="list" label={texts.__('Log')} onClick={() => session.openTab('log', attempt.attempt)} />
        <Button icon="cell" label={texts.__('Outputs')} onClick={() => session.openTab('outputs', attempt.attempt)} />
        {path !== null && host.openFile ? (
          <Button icon="notebook" label={texts.__('Open executed notebook')} onClick={() => host.openFile?.(path)} />
        ) : null}
      </div>
    </li>
  );
}
