import type * as wire from '../api/wire.generated';
import type { Host } from '../components/host';
import type { Tab } from '../model/panel';
import { aDetail, aFailure, anAttempt, aNodeRun, aRun, aRunView, at } from './builders';
import type { Answers } from './fakeClient';
import { settled, show, type Shown } from './view';

export const FAILED_VIEW = aRunView(
  [
    aNodeRun('load', 'succeeded'),
    aNodeRun('clean', 'failed', {
      attempt: 2,
      error: { cause: 'exception', ename: 'KeyError', evalue: 'delay', cell_id: 'cell-clean', line: 2 }
    })
  ],
  { run: aRun('run-1', { state: 'failed', finished_at: at(9) }) }
);

/** The details of `clean`, which has failed twice, with one tab open. */
export async function openDetails(
  tab: Tab,
  detail: Partial<wire.NodeDetail> = {},
  answers: Answers = {},
  host: Partial<Host> = {}
): Promise<Shown> {
  const attempts = [
    anAttempt(1, { failure: aFailure(), state: 'failed' }),
    anAttempt(2, { failure: aFailure(), state: 'failed' })
  ];
  const shown = await show({
    view: FAILED_VIEW,
    host,
    answers: {
      get_node: ({ node }) =>
        aDetail(FAILED_VIEW.nodes.find(item => item.node === node) ?? aNodeRun(node), { attempts, ...detail }),
      ...answers
    }
  });
  await settled(() => shown.session.open('clean', tab));
  await settled();
  return shown;
}
