import { type JSX, type ReactNode, useEffect } from 'react';
import type { NoticeState, NoticeView, Notified } from '../api/wire.generated';
import { formatExactly, formatWhen } from '../model/durations';
import { formatUntil } from '../model/moments';
import type { AnyState } from '../model/states';
import type { Texts } from '../model/texts';
import { useTexts } from './context';
import { StateIcon } from './ui/Icon';
import { useMinute } from './useMinute';

/** How a message looks: icon and colour of a state. */
const LOOK: Readonly<Record<NoticeState, AnyState>> = { sent: 'succeeded', waiting: 'queued', given_up: 'failed' };
/** Of what is to be sent it is known soon what became of it. */
const SOON_MS = 3000;
const LATER_MS = 60_000;

interface NoticeItemsProps {
  readonly label: string;
  readonly notices: readonly NoticeView[];
  /** What a message is about, where that is not evident from where the list stands. */
  readonly about?: (notice: NoticeView) => ReactNode;
}

/** Whom somebody told of what, and what became of each message. */
export function NoticeItems({ label, notices, about }: NoticeItemsProps): JSX.Element {
  const now = useMinute();
  return (
    <ul className="jp-dataops-notices-list" aria-label={label}>
      {notices.map(notice => (
        <Message
          key={notice.message_id}
          notice={notice}
          isOneOfMany={hasMany(notice, notices)}
          about={about?.(notice)}
          now={now}
        />
      ))}
    </ul>
  );
}

/** Asks again while something waits to be sent, or `mayCome`. */
export function useNoticesAgain(
  notices: readonly NoticeView[] | undefined,
  mayCome: boolean,
  reload: () => void
): void {
  const mayChange = mayCome || notices?.some(({ state }) => state === 'waiting') === true;
  useEffect(() => {
    const timer = mayChange ? setTimeout(reload, notices?.some(isFresh) ? SOON_MS : LATER_MS) : undefined;
    return () => clearTimeout(timer);
  }, [notices, mayChange, reload]);
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
  readonly about: ReactNode;
  readonly now: number;
}

function Message({ notice, isOneOfMany, about, now }: MessageProps): JSX.Element {
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
      {about ? <span className="jp-dataops-notices-about">{about}</span> : null}
      {error ? <span className="jp-dataops-notices-why">{error}</span> : null}
    </li>
  );
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
