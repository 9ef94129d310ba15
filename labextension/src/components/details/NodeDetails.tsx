import { type JSX, useEffect, useMemo, useRef } from 'react';
import type { NodeView } from '../../api/wire.generated';
import { elapsedMs, formatDuration } from '../../model/durations';
import { type Tab, tabFor } from '../../model/panel';
import { lookOf } from '../../model/tree';
import { useSelected, useSession, useTexts } from '../context';
import { viewOf } from '../sessionState';
import { Boundary } from '../ui/Boundary';
import { Button } from '../ui/Button';
import { StateChip } from '../ui/Icon';
import { RefusalNotice } from '../ui/Notice';
import { type TabItem, Tabs } from '../ui/Tabs';
import { useCall } from '../useCall';
import { useNow } from '../useNow';
import { useThrottled } from '../useThrottled';
import { About } from './About';
import { AttemptsTab } from './AttemptsTab';
import { ChecksTab } from './ChecksTab';
import { DataTab } from './DataTab';
import { ErrorTab } from './ErrorTab';
import { LogTab } from './LogTab';
import { NodeActions } from './NodeActions';
import { OutputsTab } from './OutputsTab';
import { type Detail, DetailProvider, useDetail } from './useDetail';
import { WhyTab } from './WhyTab';

/** Everything about one node, in this run or before any. */
export function NodeDetails({ name }: { name: string }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const node = useSelected(state => state.run?.nodes.get(name));
  const runId = useSelected(state => state.run?.run.run_id ?? null);
  const view = useSelected(state => viewOf(state, name));
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    // Asked for from elsewhere, with the keyboard: it is in the panel, and nowhere in particular.
    if (document.activeElement?.matches('.jp-dataops-panel')) {
      aside.current?.focus();
    }
  }, []);
  const version = useThrottled(node ? [node.state, node.attempt, node.reason, node.waiting].join() : '', 300);
  const answer = useCall(
    session.client,
    'get_node',
    node && runId !== null ? { run_id: runId, node: name } : null,
    version
  );
  const detail = useMemo(
    () => (node && runId !== null ? { name, runId, node, answer } : null),
    // `answer` is another object at each rendering; these are its parts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [name, runId, node, answer.data, answer.problem, answer.isLoading]
  );
  return (
    <aside
      ref={aside}
      tabIndex={-1}
      className="jp-dataops-details"
      aria-label={texts.__('Node %1', name)}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          session.open(null);
        }
      }}
    >
      <DetailsHead name={name} />
      <NodeActions name={name} />
      <NodeTrouble />
      {detail ? (
        <DetailProvider value={detail}>
          <DetailTabs detail={detail} view={view} />
        </DetailProvider>
      ) : (
        <div className="jp-dataops-scroll" tabIndex={0} role="region" aria-label={texts.__('About this node')}>
          <About view={view} />
        </div>
      )}
    </aside>
  );
}

function DetailsHead({ name }: { name: string }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const node = useSelected(state => state.run?.nodes.get(name));
  const isRunning = node?.state === 'running';
  const now = useNow(isRunning);
  const ms = node ? elapsedMs(node.started_at, node.finished_at, now) : null;
  return (
    <div className="jp-dataops-details-head">
      <h3 className="jp-dataops-details-name" title={name}>
        {name}
      </h3>
      <StateChip state={lookOf(node)} />
      {ms !== null && (isRunning || node?.finished_at) ? (
        <span className="jp-dataops-details-time">{formatDuration(ms)}</span>
      ) : null}
      {node && node.attempt > 1 ? (
        <span className="jp-dataops-details-time">{texts.__('attempt %1', node.attempt)}</span>
      ) : null}
      <span className="jp-dataops-bar-end">
        <Button
          look="quiet"
          icon="close"
          isIconOnly
          label={texts.__('Close details')}
          onClick={() => session.open(null)}
        />
      </span>
    </div>
  );
}

function NodeTrouble(): JSX.Element | null {
  const session = useSession();
  const trouble = useSelected(state => state.trouble);
  return trouble?.place === 'node' ? (
    <RefusalNotice refusal={trouble.refusal} onDismiss={() => session.forgive()} />
  ) : null;
}

function DetailTabs({ detail, view }: { detail: Detail; view: NodeView | undefined }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const panel = useSelected(state => state.panel);
  const { node, answer } = detail;
  const { data } = answer;
  const isCheck = node.severity !== null;
  const hasError = node.error !== null || (data?.attempts.some(attempt => attempt.failure !== null) ?? false);
  const failedChecks = data?.checks.filter(check => check.state === 'failed').length ?? 0;
  const all: (TabItem<Tab> & { isShown: boolean })[] = [
    { key: 'error', label: texts.__('Error'), isShown: hasError },
    { key: 'log', label: texts.__('Log'), isShown: true },
    { key: 'outputs', label: texts.__('Outputs'), isShown: true },
    { key: 'data', label: texts.__('Data'), isShown: true },
    {
      key: 'checks',
      label: texts.__('Checks'),
      isShown: !isCheck && (data?.checks.length ?? view?.checks.length ?? 0) > 0,
      ...(failedChecks > 0
        ? { badge: failedChecks, badgeText: texts._n('%1 check failed', '%1 checks failed', failedChecks) }
        : {})
    },
    {
      key: 'attempts',
      label: texts.__('Attempts'),
      isShown: node.attempt > 0 || (data?.attempts.length ?? 0) > 0,
      ...(node.attempt > 1 ? { badge: node.attempt } : {})
    },
    { key: 'why', label: texts.__('Why'), isShown: true }
  ];
  const items = all.filter(item => item.isShown);
  const { host } = useSession();
  const chosen = tabFor(panel, node.state, tab => items.some(item => item.key === tab));
  const safe = items.some(item => item.key === chosen) ? chosen : 'why';
  return (
    <Tabs
      label={texts.__('Details of %1', detail.name)}
      items={items}
      chosen={safe}
      onChoose={tab => session.openTab(tab, null)}
    >
      <Boundary texts={host.texts} resetKey={`${detail.runId} ${detail.name} ${safe}`}>
        <TabContent tab={safe} view={view} />
      </Boundary>
    </Tabs>
  );
}

function TabContent({ tab, view }: { tab: Tab; view: NodeView | undefined }): JSX.Element {
  if (tab === 'log') {
    return <LogTab />;
  }
  return (
    <ScrollPart>
      {tab === 'error' ? <ErrorTab /> : null}
      {tab === 'outputs' ? <OutputsTab /> : null}
      {tab === 'data' ? <DataTab view={view} /> : null}
      {tab === 'attempts' ? <AttemptsTab /> : null}
      {tab === 'checks' ? <ChecksTab /> : null}
      {tab === 'why' ? <WhyTab view={view} /> : null}
    </ScrollPart>
  );
}

function ScrollPart({ children }: { children: React.ReactNode }): JSX.Element {
  const { name } = useDetail();
  return (
    <div className="jp-dataops-scroll" tabIndex={0} role="region" aria-label={name}>
      {children}
    </div>
  );
}
