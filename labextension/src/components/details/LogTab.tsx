import { type JSX, useEffect, useRef, useState } from 'react';
import { formatBytes } from '../../model/durations';
import { useSelected, useSession, useStore, useTexts } from '../context';
import { Button } from '../ui/Button';
import { copyText } from '../ui/copy';
import { Empty } from '../ui/Empty';
import { RefusalNotice } from '../ui/Notice';
import { Loading } from '../ui/Waiting';
import { LogLines } from './LogLines';
import { type LogOf, LogReader } from './logReader';
import { LogSearch } from './LogSearch';
import { useLogSearch } from './useLogSearch';
import { useDetail } from './useDetail';

/** The log of the chosen attempt, by default the latest. */
export function LogTab(): JSX.Element {
  const texts = useTexts();
  const { node, name, runId, answer } = useDetail();
  const chosen = useSelected(state => state.panel.attempt);
  const attempt = chosen ?? node.attempt;
  // An attempt of a reused node was made in another run.
  const madeIn = answer.data?.attempts.find(view => view.attempt === attempt)?.run_id ?? runId;
  if (attempt < 1) {
    return <Empty icon="list" title={texts.__('Nothing has been printed: the node has not run yet.')} />;
  }
  return <LogOfAttempt key={`${madeIn} ${name} ${attempt}`} runId={madeIn} node={name} attempt={attempt} />;
}

function LogOfAttempt({ runId, node, attempt }: LogOf): JSX.Element {
  const { client } = useSession();
  const [reader, setReader] = useState<LogReader | null>(null);
  useEffect(() => {
    const opened = new LogReader(client, { runId, node, attempt });
    // What lives outside of React is made here, where it is also ended.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setReader(opened);
    return () => opened.dispose();
  }, [client, runId, node, attempt]);
  return reader ? <LogView reader={reader} attempt={attempt} /> : <Loading />;
}

function LogView({ reader, attempt }: { reader: LogReader; attempt: number }): JSX.Element {
  const texts = useTexts();
  const state = useStore(reader.store, whole => whole);
  const [isWrapped, setIsWrapped] = useState(true);
  const [isFollowing, setIsFollowing] = useState(true);
  const [isCopied, setIsCopied] = useState(false);
  const search = useLogSearch(reader, state.version);
  const root = useRef<HTMLDivElement>(null);
  const { node } = useDetail();
  const { lines } = reader.text;
  const copy = async () => {
    setIsCopied(await copyText(reader.text.lines.map(line => line.text).join('\n')));
    setTimeout(() => setIsCopied(false), 1500);
  };
  return (
    <div
      ref={root}
      className="jp-dataops-log"
      onKeyDown={event => {
        if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
          event.preventDefault();
          event.stopPropagation();
          root.current?.querySelector<HTMLInputElement>('input[type=search]')?.focus();
        }
      }}
    >
      <div className="jp-dataops-bar">
        <LogSearch
          search={search}
          onMove={() => {
            setIsFollowing(false);
          }}
        />
        <span className="jp-dataops-bar-end">
          {node.attempt > 1 ? <span className="jp-dataops-log-attempt">{texts.__('attempt %1', attempt)}</span> : null}
          <Button
            look="quiet"
            icon="follow"
            isIconOnly
            label={texts.__('Follow the end')}
            isPressed={isFollowing}
            onClick={() => setIsFollowing(!isFollowing)}
          />
          <Button
            look="quiet"
            icon="wrap"
            isIconOnly
            label={texts.__('Wrap long lines')}
            isPressed={isWrapped}
            onClick={() => setIsWrapped(!isWrapped)}
          />
          <Button
            look="quiet"
            icon="copy"
            isIconOnly
            label={isCopied ? texts.__('Copied') : texts.__('Copy the log')}
            onClick={() => void copy()}
          />
        </span>
      </div>
      {state.problem ? <RefusalNotice refusal={state.problem} onRetry={() => void reader.open()} /> : null}
      {state.earlierBytes > 0 ? (
        <button
          type="button"
          className="jp-dataops-log-earlier"
          aria-disabled={state.isLoading}
          onClick={() => {
            setIsFollowing(false);
            void reader.loadEarlier();
          }}
        >
          {state.isLoading
            ? texts.__('Loading…')
            : texts.__('Load earlier lines (%1 more)', formatBytes(state.earlierBytes))}
        </button>
      ) : null}
      {lines.length > 0 ? (
        <LogLines
          lines={lines}
          version={state.version}
          prepended={state.prepended}
          search={search}
          isWrapped={isWrapped}
          isFollowing={isFollowing}
          onFollow={setIsFollowing}
        />
      ) : state.isLoading ? (
        <Loading />
      ) : (
        <Empty
          icon="list"
          title={state.isComplete ? texts.__('It printed nothing.') : texts.__('Nothing has been printed yet.')}
        />
      )}
    </div>
  );
}
