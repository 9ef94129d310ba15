import type { JSX } from 'react';
import { retryHindrance, selectHindrance } from '../../model/controls';
import { hindranceText } from '../controls/words';
import { useSelected, useSession, useTexts } from '../context';
import { cellOf, shownRun, situationOf } from '../sessionState';
import { Button } from '../ui/Button';

/** What can be done with one node. */
export function NodeActions({ name }: { name: string }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const { host } = session;
  const state = useSelected(whole => whole);
  const node = state.run?.nodes.get(name);
  const run = shownRun(state);
  const situation = situationOf(state, host);
  const target = cellOf(state, name);
  const reason = hindranceText(selectHindrance(situation), texts);
  const retryReason = hindranceText(retryHindrance(situation, node?.state), texts);
  const select = (expression: string) =>
    run ? session.retry({ select: expression }, 'node') : session.startRun({ select: expression }, 'node');
  return (
    <div
      className="jp-dataops-toolbar jp-dataops-details-actions"
      role="group"
      aria-label={texts.__('Actions on %1', name)}
    >
      {host.isReadOnly ? null : (
        <>
          {run ? (
            <Button
              canShrink
              icon="retry"
              label={texts.__('Retry')}
              help={texts.__('Run this node again, and what is below')}
              reason={retryReason}
              onClick={() => void session.retry({ nodes: [name] }, 'node')}
            />
          ) : null}
          <Button
            canShrink
            icon="from"
            label={texts.__('Run from here')}
            help={texts.__('Run this node and all below')}
            reason={reason}
            onClick={() => void select(`${name}+`)}
          />
          <Button
            canShrink
            icon="only"
            label={texts.__('Run only this')}
            help={texts.__('Run this node alone')}
            reason={reason}
            onClick={() => void select(name)}
          />
        </>
      )}
      {target && host.goToCell ? (
        <Button
          canShrink
          icon="cell"
          label={texts.__('Go to cell')}
          onClick={() => host.goToCell?.(target.cell, target.line)}
        />
      ) : null}
    </div>
  );
}
