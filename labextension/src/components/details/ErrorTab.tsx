import type { JSX } from 'react';
import { useHost, useSelected, useSession, useTexts } from '../context';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { Differences } from './Differences';
import { Failure } from './Failure';
import { useDetail } from './useDetail';

/** Why the node failed last, what is likely to have caused it, and the ways to the place. */
export function ErrorTab(): JSX.Element {
  const texts = useTexts();
  const host = useHost();
  const session = useSession();
  const busy = useSelected(state => state.busy);
  const { answer, runId, name, node } = useDetail();
  return (
    <Waiting answer={answer}>
      {detail => {
        const failed = [...detail.attempts].reverse().find(attempt => attempt.failure !== null);
        const failure = failed?.failure;
        if (!failed || !failure) {
          return <Empty icon="problems" title={texts.__('No error.')} />;
        }
        const cell = failure.cell_id;
        return (
          <>
            {failed.attempt < node.attempt ? (
              <p className="jp-dataops-faint">
                {texts.__('Of attempt %1; a later attempt did not fail.', failed.attempt)}
              </p>
            ) : null}
            <div className="jp-dataops-actions">
              {host.openFailedNode && !host.isReadOnly ? (
                <Button
                  look="primary"
                  icon="rescue"
                  label={texts.__('Open failed node')}
                  help={texts.__('Bring its inputs into the live kernel, and go to the failing line')}
                  isBusy={busy === 'open_failed_node'}
                  onClick={() => void session.openFailedNode(runId, name)}
                />
              ) : null}
              {cell !== null && host.goToCell && failure.notebook === null ? (
                <Button
                  icon="cell"
                  label={texts.__('Go to cell')}
                  onClick={() => host.goToCell?.(cell, failure.line ?? undefined)}
                />
              ) : null}
            </div>
            <Failure failure={failure} />
            <LikelyCause />
          </>
        );
      }}
    </Waiting>
  );
}

/** What has changed since the node last succeeded, most likely cause first. */
function LikelyCause(): JSX.Element | null {
  const texts = useTexts();
  const session = useSession();
  const { runId, name, node } = useDetail();
  const answer = useCall(session.client, 'explain', node.state === 'failed' ? { run_id: runId } : null, node.attempt);
  // That it cannot be explained is no error of the node: there is just nothing to say.
  const explanation = answer.data;
  if (!explanation || explanation.node !== name) {
    return null;
  }
  const { differences, compared_with: before } = explanation;
  if (differences.length === 0) {
    return before === null ? null : (
      <p className="jp-dataops-faint">{texts.__('Nothing has changed since it last succeeded.')}</p>
    );
  }
  return (
    <section className="jp-dataops-cause" aria-label={texts.__('Likely cause')}>
      <div className="jp-dataops-label">{texts.__('Changed since it last succeeded, likely cause first')}</div>
      <Differences differences={differences} />
      {before !== null ? (
        <button type="button" className="jp-dataops-link" onClick={() => session.showRun(before)}>
          {texts.__('Show that run')}
        </button>
      ) : null}
    </section>
  );
}
