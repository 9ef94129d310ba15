import { type JSX, useId, useState } from 'react';
import type { Action, DecisionView, PlanView } from '../../api/wire.generated';
import { useSelected, useSession, useTexts } from '../context';
import type { Texts } from '../../model/texts';
import { reading, shownRun } from '../sessionState';
import { Empty } from '../ui/Empty';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';

type Mode = 'run' | 'changed' | 'retry';

/** What a run would do with each node, and why; nothing is started for it. */
export function PlanPreview(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const [mode, setMode] = useState<Mode>('changed');
  const path = useSelected(state => state.source.path) ?? '';
  const draft = useSelected(state => state.draft);
  const run = useSelected(shownRun);
  const seq = useSelected(state => state.run?.seq ?? 0);
  const { values } = reading(session.state);
  const isRetry = mode === 'retry' && run !== null;
  const select = draft.select.trim() || null;
  const request = { path, parameters: { ...values }, select, changed: mode === 'changed' };
  const plan = useCall(session.client, 'plan', isRetry ? null : request);
  const retryPlan = useCall(session.client, 'plan_retry', isRetry ? { run_id: run.run_id } : null, seq);
  return (
    <div className="jp-dataops-plan">
      <div className="jp-dataops-field-input">
        <label htmlFor={`${id}-mode`}>{texts.__('With')}</label>
        <select
          id={`${id}-mode`}
          className="jp-dataops-input"
          value={mode}
          onChange={event => setMode(event.target.value as Mode)}
        >
          <option value="run">{texts.__('Run')}</option>
          <option value="changed">{texts.__('Run changed')}</option>
          {run ? <option value="retry">{texts.__('Retry failed')}</option> : null}
        </select>
        <span className="jp-dataops-field-help">{texts.__('Of the notebook as it was saved.')}</span>
      </div>
      <Waiting answer={isRetry ? retryPlan : plan}>{data => <Decisions plan={data} texts={texts} />}</Waiting>
    </div>
  );
}

function Decisions({ plan, texts }: { plan: PlanView; texts: Texts }): JSX.Element {
  const session = useSession();
  const counts = new Map<Action, number>();
  plan.decisions.forEach(({ action }) => counts.set(action, (counts.get(action) ?? 0) + 1));
  if (plan.decisions.length === 0) {
    return <Empty title={texts.__('No nodes.')} />;
  }
  return (
    <>
      <div className="jp-dataops-plan-summary" role="status">
        {(['run', 'reuse', 'skip'] as const)
          .filter(action => counts.has(action))
          .map(action => `${counts.get(action) ?? 0} ${words(action, texts)}`)
          .join(' · ')}
      </div>
      <ul className="jp-dataops-plan-list" tabIndex={0} aria-label={texts.__('What would run')}>
        {plan.decisions.map(decision => (
          <Decision key={decision.node} decision={decision} texts={texts} onOpen={() => session.open(decision.node)} />
        ))}
      </ul>
    </>
  );
}

const STATES = { run: 'running', reuse: 'reused', skip: 'skipped' } as const;

interface DecisionProps {
  readonly decision: DecisionView;
  readonly texts: Texts;
  readonly onOpen: () => void;
}

function Decision({ decision, texts, onOpen }: DecisionProps): JSX.Element {
  return (
    <li>
      <span className="jp-dataops-plan-action" data-state={STATES[decision.action]}>
        {words(decision.action, texts)}
      </span>
      <button type="button" className="jp-dataops-link" onClick={onOpen}>
        {decision.node}
      </button>
      <span className="jp-dataops-plan-reason">{decision.reason}</span>
    </li>
  );
}

function words(action: Action, texts: Texts): string {
  switch (action) {
    case 'run':
      return texts.__('run');
    case 'reuse':
      return texts.__('reuse');
    case 'skip':
      return texts.__('skip');
  }
}
