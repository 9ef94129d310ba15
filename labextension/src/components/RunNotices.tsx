import { type JSX, useEffect, useId, useState } from 'react';
import type { NoticeState, NoticeView, Notified, RunSummary } from '../api/wire.generated';
import { formatExactly, formatWhen } from '../model/durations';
import { formatUntil } from '../model/moments';
import { isEnded } from '../model/run';
import type { AnyState } from '../model/states';
import type { Texts } from '../model/texts';
import { useSession, useTexts } from './context';
import { Icon, StateIcon } from './ui/Icon';
import { useCall } from './useCall';
import { useMinute } from './useMinute';

/** How a message looks: icon and colour of a state. */
const LOOK: Readonly<Record<NoticeState, AnyState>> = { sent: 'succeeded', waiting: 'queued', given_up: 'failed' };
/** Of what is to be sent it is known soon what became of it. */
const SOON_MS = 3000;
const LATER_MS = 60_000;

/** Whom the run has told of what: a line, which opens to the messages; nothing where nobody was, or is to be. */
export function RunNotices({ run }: { readonly run: RunSummary }): JSX.Element | null {
  const texts = useTexts();
  const { client } = useSession();
  const now = useMinute();
  const id = useId();
  const [isShown, setShown] = useState(false);
  const request = run.notifies === true ? { run_id: run.run_id } : null;
  const { data, reload } = useCall(client, 'list_notices', request, run.state);
  const notices = data?.notices ?? [];
  // A run that goes on may be late, and what waits is tried again.
  const mayChange = request !== null && (!isEnded(run) || notices.some(({ state }) => state === 'waiting'));
  useEffect(() => {
    const timer = mayChange ? setTimeout(reload, data?.notices.some(isFresh) ? SOON_MS : LATER_MS) : undefined;
    return () => clearTimeout(timer);
  }, [data, mayChange, reload]);
  if (notices.length === 0) {
    return null;
  }
  return (
    <div className="jp-dataops-notices">
      <button
        type="button"
        className="jp-dataops-notices-title"
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setShown(!isShown)}
      >
        <Icon name={isShown ? 'down' : 'next'} />
        <Icon name="bell" />
        <span>{summaryOf(notices, texts)}</span>
      </button>
      <ul
        id={id}
        className="jp-dataops-notices-list"
        aria-label={texts.__('Notifications of this run')}
        hidden={!isShown}
      >
        {notices.map(notice => (
          <Message key={notice.message_id} notice={notice} isOneOfMany={hasMany(notice, notices)} now={now} />
        ))}
      </ul>
    </div>
  );
}

/** Its event has just been, and nobody has tried to send it yet. */
function isFresh({ state, error, at }: NoticeView): boolean {
  return state === 'waiting' && error === '' && Date.now() - Date.parse(at) < LATER_MS;
}

/** Its receiver has more than one address. */
function hasMany({ receiver }: NoticeView, notices: readonly NoticeView[]): boolean {
  return notices.some(one => one.receiver === receiver && one.address > 1);
}

interface MessageProps {
  readonly notice: NoticeView;
  readonly isOneOfMany: boolean;
  readonly now: number;
}

function Message({ notice, isOneOfMany, now }: MessageProps): JSX.Element {
  const texts = useTexts();
  const { event, receiver, address, state, at, ended_at, error } = notice;
  return (
    <li data-is={state}>
      <StateIcon state={LOOK[state]} isSaid />
      <span title={texts.__('[notifications.%1], address %2', receiver, address)}>
        {isOneOfMany ? `${receiver}/${address}` : receiver}
      </span>
      <span className="jp-dataops-faint" title={formatExactly(at)}>
        {eventWord(event, texts)}
      </span>
      <span className="jp-dataops-notices-when" title={ended_at === null ? undefined : formatExactly(ended_at)}>
        {fateOf(notice, now, texts)}
      </span>
      {error ? <span className="jp-dataops-notices-why">{error}</span> : null}
    </li>
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

/** What somebody was told of. */
function eventWord(event: Notified, texts: Texts): string {
  switch (event) {
    case 'failed':
      return texts.__('failed');
    case 'crashed':
      return texts.__('crashed');
    case 'succeeded':
      return texts.__('succeeded');
    case 'recovered':
      return texts.__('recovered');
    case 'missed':
      return texts.__('missed');
    case 'late':
      return texts.__('late');
  }
}

function fateOf({ state, error, next_at, ended_at, attempts }: NoticeView, now: number, texts: Texts): string {
  switch (state) {
    case 'sent':
      return texts.__('sent %1', formatWhen(ended_at ?? '', now));
    case 'given_up':
      return texts._n('given up after %1 try', 'given up after %1 tries', attempts);
    case 'waiting':
      return error === '' || next_at === null
        ? texts.__('is to be sent')
        : texts.__('next try %1', formatUntil(next_at, now, texts));
  }
}
