import type { JSX } from 'react';
import type { NoticeState, NoticeView, RunSummary } from '../api/wire.generated';
import { isEnded } from '../model/run';
import type { Texts } from '../model/texts';
import { useSession, useTexts } from './context';
import { NoticeItems, useNoticesAgain } from './NoticeItems';
import { Fold } from './ui/Fold';
import { Icon } from './ui/Icon';
import { useCall } from './useCall';

/** Whom the run has told of what: a line, which opens to the messages; nothing where nobody was, or is to be. */
export function RunNotices({ run }: { readonly run: RunSummary }): JSX.Element | null {
  const texts = useTexts();
  const { client } = useSession();
  const request = run.notifies === true ? { run_id: run.run_id } : null;
  const { data, reload } = useCall(client, 'list_notices', request, run.state);
  const notices = data?.notices ?? [];
  // A run that goes on may be late.
  useNoticesAgain(data?.notices, request !== null && !isEnded(run), reload);
  if (notices.length === 0) {
    return null;
  }
  const title = (
    <>
      <Icon name="bell" />
      <span>{summaryOf(notices, texts)}</span>
    </>
  );
  return (
    <Fold look="jp-dataops-notices" title={title}>
      <NoticeItems label={texts.__('Notifications of this run')} notices={notices} />
    </Fold>
  );
}

function summaryOf(notices: readonly NoticeView[], texts: Texts): string {
  const count = (state: NoticeState) => notices.filter(one => one.state === state).length;
  const [sent, waiting, lost] = [count('sent'), count('waiting'), count('given_up')];
  return [
    sent > 0 ? texts._n('%1 notification sent', '%1 notifications sent', sent) : '',
    waiting > 0 ? texts._n('%1 waits', '%1 wait', waiting) : '',
    lost > 0 ? texts.__('%1 given up', lost) : ''
  ]
    .filter(Boolean)
    .join(' · ');
}
