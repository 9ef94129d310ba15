import type { JSX } from 'react';
import type { DiagnosticView } from '../../api/wire.generated';
import { sentence } from '../../model/sentences';
import { byGravity, severityWord } from '../../model/severities';
import { useHost, useSelected, useSession, useTexts } from '../context';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { StateIcon } from '../ui/Icon';
import { RefusalNotice } from '../ui/Notice';

const LOOKS = { error: 'failed', warning: 'warned', info: 'pending' } as const;
const NONE: readonly DiagnosticView[] = [];

/** What is wrong with the notebook, errors first, with cures. */
export function Problems(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const diagnostics = useSelected(state => state.source.preview?.diagnostics) ?? NONE;
  const trouble = useSelected(state => state.trouble);
  // The sort is stable: within one severity they stay in document order.
  const sorted = [...diagnostics].sort(byGravity);
  return (
    <div className="jp-dataops-problems">
      {trouble?.place === 'problems' ? (
        <RefusalNotice refusal={trouble.refusal} onDismiss={() => session.forgive()} />
      ) : null}
      {sorted.length === 0 ? (
        <Empty icon="problems" title={texts.__('No problems.')}>
          {texts.__('The notebook can run as it is.')}
        </Empty>
      ) : (
        <ul className="jp-dataops-problems-list" aria-label={texts.__('Problems')}>
          {sorted.map((diagnostic, index) => (
            <Problem key={index} diagnostic={diagnostic} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Problem({ diagnostic }: { diagnostic: DiagnosticView }): JSX.Element {
  const texts = useTexts();
  const host = useHost();
  const session = useSession();
  const { severity, message, hint, code, cell_id: cell, cell_index: index, node, fixes } = diagnostic;
  const place = [
    node === null ? '' : texts.__('node %1', node),
    index === null ? '' : texts.__('cell %1', index + 1)
  ].filter(Boolean);
  return (
    <li className="jp-dataops-problem" data-severity={severity}>
      <StateIcon state={LOOKS[severity]} isSaid />
      <div className="jp-dataops-problem-body">
        <div className="jp-dataops-problem-message">
          <span className="jp-dataops-hidden">{severityWord(severity, texts)}: </span>
          {sentence(message)}
        </div>
        {hint ? <div className="jp-dataops-problem-hint">{sentence(hint)}</div> : null}
        <div className="jp-dataops-problem-place">
          <span className="jp-dataops-code">{code}</span>
          {place.join(', ')}
        </div>
        <div className="jp-dataops-actions">
          {host.applyFix && !host.isReadOnly
            ? fixes.map(fix => (
                <Button key={fix.title} icon="fix" label={fix.title} onClick={() => void session.applyFix(fix)} />
              ))
            : null}
          {cell !== null && host.goToCell ? (
            <Button icon="cell" label={texts.__('Go to cell')} onClick={() => host.goToCell?.(cell)} />
          ) : null}
        </div>
      </div>
    </li>
  );
}
