import { OperationError } from '../src/api/client';
import type * as wire from '../src/api/wire.generated';
import type { Answers } from '../src/testing/fakeClient';
import { artifact, detailOf, DIFFERENCES, FAILURE } from './details';
import { logBytes, logPieces } from './logs';
import { timelineOf } from './spans';

const TABLE: wire.TableView = {
  columns: ['flight', 'origin', 'destination', 'departed', 'delay', 'cancelled'],
  dtypes: ['string', 'category', 'category', 'datetime64[us]', 'float64', 'bool'],
  rows: Array.from({ length: 12 }, (_, index) => [
    `LH${400 + index}`,
    ['FRA', 'MUC', 'BER'][index % 3],
    ['JFK', 'CDG', 'LIS', null][index % 4],
    `2025-01-0${(index % 9) + 1} 0${index % 10}:15`,
    [-3, 12.5, 0, 48.25, null][index % 5],
    index % 7 === 0
  ]),
  row_count: 612_405
};

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120" role="img" aria-label="Delays"><rect width="300" height="120" fill="#fff"/>' +
  Array.from({ length: 24 }, (_, i) => {
    const height = 8 + ((i * 37) % 90);
    return `<rect x="${10 + i * 12}" y="${115 - height}" width="9" height="${height}" fill="#4878d0"/>`;
  }).join('') +
  '</svg>';

/** One that is sent, one that is tried again, and one that is given up. */
function noticesOf({ run }: wire.RunView): wire.NoticeView[] {
  const at = run.finished_at ?? run.created_at;
  const notice = (parts: Partial<wire.NoticeView>): wire.NoticeView => ({
    event: 'failed',
    receiver: 'team',
    address: 1,
    state: 'sent',
    at,
    attempts: 1,
    next_at: null,
    ended_at: at,
    error: '',
    run_id: run.run_id,
    fire_time: null,
    message_id: `${parts.receiver ?? 'team'}/${parts.address ?? 1} ${parts.event ?? 'failed'}`,
    ...parts
  });
  const soon = new Date(Date.now() + 600_000).toISOString();
  return [
    notice({}),
    notice({ address: 2, state: 'waiting', next_at: soon, ended_at: null, error: 'the service answers: error=503' }),
    notice({
      receiver: 'on-call-analysts',
      event: 'late',
      state: 'given_up',
      attempts: 6,
      error: 'no URL is at env:PAGER_URL; set it where notifications are sent from'
    })
  ];
}

/** What Python would answer about a run. */
export function answersFor(views: Map<string, wire.RunView>): Answers {
  const viewOf = (id: string) => {
    const view = views.get(id) ?? [...views.values()][0];
    if (!view) {
      throw new OperationError({ code: 'no_such_run', message: `There is no run ${id}.`, where: '', hint: '' }, 404);
    }
    return view;
  };
  const nodeOf = (id: string, name: string) => {
    const view = viewOf(id);
    const node = view.nodes.find(item => item.node === name);
    if (!node) {
      throw new OperationError(
        { code: 'no_such_node', message: `There is no node ${name}.`, where: '', hint: '' },
        404
      );
    }
    return { view, node };
  };
  return {
    get_node: ({ run_id, node }) => {
      const found = nodeOf(run_id, node);
      return detailOf(found.node, found.view);
    },
    timeline: ({ run_id }) => timelineOf(viewOf(run_id)),
    list_notices: ({ run_id }) => ({ run_id, notices: noticesOf(viewOf(run_id)) }),
    explain: ({ run_id }) => ({
      run_id,
      verdict: 'evaluate failed: KeyError',
      node: 'evaluate',
      failure: FAILURE,
      others: [],
      compared_with: '20261127T0812-abcdef120',
      differences: DIFFERENCES
    }),
    get_log: ({ node, start, max_bytes = 262_144 }) => {
      const pieces = logPieces(node);
      const bytes = logBytes(node);
      const size = bytes.at(-1) ?? 0;
      const from = start ?? Math.max(0, size - max_bytes);
      const first = bytes.findIndex(offset => offset >= from);
      let end = first;
      while (end < pieces.length && (bytes[end + 1] ?? 0) - from <= max_bytes) {
        end += 1;
      }
      return {
        attempt: 1,
        start: bytes[first] ?? 0,
        next: bytes[end] ?? 0,
        size,
        is_complete: node !== 'features',
        pieces: pieces.slice(first, end)
      };
    },
    get_outputs: ({ node }) => ({
      attempt: 1,
      cells: [
        {
          cell_id: `cell-${node}`,
          source: 'joined.head()\njoined.delay.hist()',
          outputs: [{ output_type: 'display_data', data: { 'text/plain': '<Figure>' }, metadata: {} }],
          html: `<table><thead><tr><th></th><th>origin</th><th>destination</th><th>delay</th></tr></thead><tbody><tr><th>0</th><td>FRA</td><td>JFK</td><td>-3.0</td></tr><tr><th>1</th><td>MUC</td><td>CDG</td><td>12.5</td></tr></tbody></table>${SVG}<pre>612405 rows</pre>`
        }
      ]
    }),
    preview_artifact: ({ node, name }) => {
      const isTable = name !== 'options';
      return {
        artifact: isTable
          ? artifact(name, node)
          : artifact(name, node, { type: 'dict', serializer: 'json', shape: null }),
        table: isTable ? TABLE : null,
        text: isTable ? null : "{'depth': 6, 'rate': 0.1}",
        is_cut: false
      };
    },
    plan: ({ changed }) => ({
      mode: changed ? 'changed' : 'run',
      decisions: viewOf('').graph.nodes.map((node, index) => ({
        node: node.name,
        action: changed && index < 6 ? 'reuse' : 'run',
        reason:
          changed && index < 6
            ? 'nothing it depends on has changed'
            : index === 6
              ? 'its code changed'
              : 'a node above runs',
        source_run_id: changed && index < 6 ? 'abc' : null
      }))
    }),
    plan_retry: () => ({
      mode: 'retry',
      decisions: viewOf('').graph.nodes.map((node, index) => ({
        node: node.name,
        action: index < 9 ? 'reuse' : 'run',
        reason: index < 9 ? 'it succeeded' : 'it failed',
        source_run_id: null
      }))
    })
  };
}
