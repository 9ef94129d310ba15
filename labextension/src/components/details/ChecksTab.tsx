import { type JSX, useState } from 'react';
import type { NodeRunView } from '../../api/wire.generated';
import { lookOf } from '../../model/tree';
import { useSelected, useSession, useTexts } from '../context';
import { Empty } from '../ui/Empty';
import { StateChip } from '../ui/Icon';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { Found } from './Failure';
import { useDetail } from './useDetail';

/** What the checks of the node say; a failed one shows what it found. */
export function ChecksTab(): JSX.Element {
  const texts = useTexts();
  const { answer } = useDetail();
  return (
    <Waiting answer={answer}>
      {({ checks }) =>
        checks.length === 0 ? (
          <Empty title={texts.__('It has no checks.')} />
        ) : (
          <ul className="jp-dataops-checks" aria-label={texts.__('Checks')}>
            {checks.map(check => (
              <Check key={check.node} told={check} />
            ))}
          </ul>
        )
      }
    </Waiting>
  );
}

function Check({ told }: { told: NodeRunView }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  // The run knows sooner than the details, which are asked for.
  const check = useSelected(state => state.run?.nodes.get(told.node)) ?? told;
  const [isOpen, setIsOpen] = useState(false);
  const isFailed = check.state === 'failed';
  const label = check.node.slice(check.node.lastIndexOf('/') + 1);
  return (
    <li className="jp-dataops-check">
      <div className="jp-dataops-check-head">
        <StateChip state={lookOf(check)} />
        <button type="button" className="jp-dataops-link" onClick={() => session.open(check.node, 'log')}>
          {label}
        </button>
        {check.severity === 'warn' ? <span className="jp-dataops-tag">{texts.__('warns only')}</span> : null}
      </div>
      {check.error ? (
        <div className="jp-dataops-attempt-error">
          {check.error.ename}
          {check.error.evalue ? `: ${check.error.evalue}` : ''}
        </div>
      ) : check.state === 'succeeded' ? null : (
        <div className="jp-dataops-faint">{check.reason}</div>
      )}
      {isFailed ? (
        <details
          className="jp-dataops-disclosure"
          open={isOpen}
          onToggle={event => setIsOpen(event.currentTarget.open)}
        >
          <summary>{texts.__('What it found')}</summary>
          {isOpen ? <Evidence name={check.node} attempt={check.attempt} /> : null}
        </details>
      ) : null}
    </li>
  );
}

function Evidence({ name, attempt }: { name: string; attempt: number }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const { runId } = useDetail();
  const answer = useCall(session.client, 'get_node', { run_id: runId, node: name }, attempt);
  return (
    <Waiting answer={answer}>
      {({ attempts }) => {
        const facts = attempts.at(-1)?.failure?.facts ?? {};
        return Object.keys(facts).length > 0 ? (
          <Found facts={facts} />
        ) : (
          <p className="jp-dataops-faint">{texts.__('It tells no more than that.')}</p>
        );
      }}
    </Waiting>
  );
}
