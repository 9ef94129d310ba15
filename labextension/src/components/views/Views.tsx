import type { JSX } from 'react';
import type { View } from '../../model/panel';
import { useSelected, useSession, useTexts } from '../context';
import { Boundary } from '../ui/Boundary';
import { RefusalNotice } from '../ui/Notice';
import { type TabItem, Tabs } from '../ui/Tabs';
import { GraphArea } from './GraphArea';
import { History } from './History';
import { NodeList } from './NodeList';
import { Problems } from './Problems';
import { TimelineView } from './TimelineView';

/** The run, or the notebook, in one of five ways. */
export function Views(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const view = useSelected(state => state.panel.view);
  const path = useSelected(state => state.source.path);
  const runs = useSelected(state => state.runs?.length ?? 0);
  const problems = useSelected(state => state.source.preview?.diagnostics.length ?? 0);
  const runProblem = useSelected(state => state.runProblem);
  const items: TabItem<View>[] = [
    { key: 'graph', label: texts.__('Graph'), icon: 'graph' },
    { key: 'list', label: texts.__('List'), icon: 'list' },
    { key: 'timeline', label: texts.__('Timeline'), icon: 'timeline' },
    { key: 'history', label: texts.__('History'), icon: 'history', ...(runs > 0 ? { badge: runs } : {}) },
    {
      key: 'problems',
      label: texts.__('Problems'),
      icon: 'problems',
      ...(problems > 0 ? { badge: problems, badgeText: texts._n('%1 problem', '%1 problems', problems) } : {})
    }
  ];
  return (
    <Tabs
      look="views"
      label={texts.__('Views of the pipeline')}
      items={items}
      chosen={view}
      onChoose={key => session.show(key)}
    >
      {runProblem ? <RefusalNotice refusal={runProblem} onRetry={() => session.followAgain()} /> : null}
      <Boundary texts={texts} resetKey={`${view} ${path ?? ''}`}>
        {view === 'graph' ? <GraphArea /> : null}
        {view === 'list' ? <NodeList /> : null}
        {view === 'timeline' ? <TimelineView /> : null}
        {view === 'history' ? <History /> : null}
        {view === 'problems' ? <Problems /> : null}
      </Boundary>
    </Tabs>
  );
}
