import type * as wire from '../src/api/wire.generated';
import { aDetail, aFailure, anAttempt } from '../src/testing/builders';

const TRACEBACK = [
  '\u001b[31m---------------------------------------------------------------------------\u001b[39m',
  '\u001b[31mKeyError\u001b[39m                                  Traceback (most recent call last)',
  '\u001b[36mCell\u001b[39m\u001b[36m \u001b[39m\u001b[32mIn[14]\u001b[39m\u001b[32m, line 4\u001b[39m',
  '\u001b[32m      2\u001b[39m scores = {}',
  '\u001b[32m      3\u001b[39m \u001b[38;5;28;01mfor\u001b[39;00m name \u001b[38;5;129;01min\u001b[39;00m models:',
  '\u001b[32m----> \u001b[39m\u001b[32m4\u001b[39m     error = mean_error(\u001b[43mfitted\u001b[49m\u001b[43m[\u001b[49m\u001b[43mname\u001b[49m\u001b[43m]\u001b[49m, test_set)',
  '\u001b[32m      5\u001b[39m     scores[name] = error',
  '',
  "\u001b[31mKeyError\u001b[39m: 'boosted'"
].join('\n');

export const FAILURE = aFailure({
  evalue: "'boosted'",
  cell_id: 'cell-evaluate',
  line: 4,
  cell_index: 13,
  traceback: TRACEBACK,
  source: [
    { line: 2, text: 'scores = {}' },
    { line: 3, text: 'for name in models:' },
    { line: 4, text: '    error = mean_error(fitted[name], test_set)' },
    { line: 5, text: '    scores[name] = error' },
    { line: 6, text: 'best = min(scores, key=scores.get)' }
  ]
});

export const DIFFERENCES: wire.DifferenceView[] = [
  {
    kind: 'code',
    node: 'train',
    name: 'train',
    sentence: 'The code of train, which makes fitted, has changed.',
    old: null,
    new: null,
    diff: '--- a\n+++ b\n@@ -1,3 +1,3 @@\n for name, model in models.items():\n-    fitted[name] = model.fit(train_set)\n+    fitted[name.title()] = model.fit(train_set)',
    pointed_at: true
  },
  {
    kind: 'parameters',
    node: 'load_flights',
    name: 'year',
    sentence: 'The parameter year is another one.',
    old: 2024,
    new: 2025,
    diff: '',
    pointed_at: false
  },
  {
    kind: 'packages',
    node: 'evaluate',
    name: 'pandas',
    sentence: 'pandas has another version.',
    old: '2.2.3',
    new: '3.0.1',
    diff: '',
    pointed_at: false
  }
];

export function artifact(name: string, producer: string, parts: Partial<wire.ArtifactView> = {}): wire.ArtifactView {
  return {
    digest: `sha256-${name}`,
    name,
    producer,
    type: 'pandas.core.frame.DataFrame',
    serializer: 'parquet',
    size_bytes: 48_211_004,
    shape: [612_405, 14],
    columns: { origin: 'category', delay: 'float64' },
    preview: '',
    ...parts
  };
}

export function detailOf(node: wire.NodeRunView, view: wire.RunView): wire.NodeDetail {
  const graphNode = view.graph.nodes.find(item => item.name === node.node);
  const begun = Date.parse(node.started_at ?? new Date().toISOString());
  const iso = (seconds: number) => new Date(begun + seconds * 1000).toISOString();
  const attempts = Array.from({ length: node.attempt }, (_, index) => {
    const isLast = index + 1 === node.attempt;
    const hasFailed = !isLast || node.state === 'failed';
    return anAttempt(index + 1, {
      run_id: view.run.run_id,
      started_at: iso(index * 2),
      finished_at: isLast ? node.finished_at : iso(index * 2 + 1.6),
      state: isLast && node.state === 'running' ? 'running' : hasFailed ? 'failed' : 'succeeded',
      failure: hasFailed && !(isLast && node.state === 'running') ? failureOf(node) : null,
      kernel: 'forked off the run’s first kernel',
      peak_memory_bytes: 612_000_000,
      packages: { pandas: '3.0.1', numpy: '2.4.0', 'scikit-learn': '1.9.1', pyarrow: '23.0.0' },
      notebook_path: `runs/${view.run.run_id}/${node.node}.${index + 1}.ipynb`
    });
  });
  const hasOutputs = node.state === 'succeeded' || node.state === 'reused';
  return aDetail(node, {
    run_id: view.run.run_id,
    description: graphNode?.description ?? '',
    cells: graphNode?.cells ?? [],
    attempts,
    inputs: (graphNode?.reads ?? []).map((name, index) => artifact(name, graphNode?.upstream[index] ?? 'load_flights')),
    outputs: hasOutputs
      ? [
          ...(graphNode?.binds ?? []).map(name => artifact(name, node.node)),
          artifact('options', node.node, {
            type: 'dict',
            serializer: 'json',
            size_bytes: 212,
            shape: null,
            columns: null
          })
        ]
      : [],
    published: [],
    loaded: [],
    checks: view.nodes.filter(other => graphNode?.checks.includes(other.node)),
    children: view.nodes.filter(other => other.parent === node.node),
    changes: node.state === 'failed' ? DIFFERENCES : []
  });
}

function failureOf(node: wire.NodeRunView): wire.FailureView {
  return node.severity === null
    ? FAILURE
    : {
        ...FAILURE,
        cause: 'check_failed',
        ename: 'CheckFailed',
        evalue: 'len(joined) == len(flights) is False',
        traceback: '',
        source: [{ line: 1, text: 'len(joined) == len(flights)' }],
        line: 1,
        meaning: 'a check did not pass',
        facts: {
          values: { 'len(joined)': '612405', 'len(flights)': '612411' },
          failing_rows: {
            columns: ['', 'origin', 'destination', 'delay'],
            rows: [
              [1042, 'FRA', 'XXX', 12.5],
              [8813, 'MUC', null, -3],
              [9120, 'BER', 'XXX', 240]
            ],
            count: 6
          }
        }
      };
}
