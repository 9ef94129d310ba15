import type * as wire from '../src/api/wire.generated';

/** What each node did when, as far as the run tells. */
export function timelineOf(view: wire.RunView): wire.Timeline {
  const spans = view.nodes
    .filter(node => node.started_at !== null && node.severity === null && node.state !== 'reused')
    .flatMap((node): wire.SpanView[] => {
      const begin = Date.parse(node.started_at ?? '');
      const end = node.finished_at === null ? null : Date.parse(node.finished_at);
      const iso = (ms: number) => new Date(ms).toISOString();
      const queued = {
        node: node.node,
        kind: 'queued',
        attempt: 1,
        state: 'queued',
        started_at: iso(begin - 900),
        finished_at: iso(begin)
      } as const;
      if (node.attempt < 2 || end === null) {
        return [
          queued,
          {
            node: node.node,
            kind: 'attempt',
            attempt: 1,
            state: node.state,
            started_at: iso(begin),
            finished_at: end === null ? null : iso(end)
          }
        ];
      }
      const part = (end - begin) / node.attempt;
      return [
        queued,
        ...Array.from({ length: node.attempt }, (_, index): wire.SpanView[] => [
          {
            node: node.node,
            kind: 'attempt',
            attempt: index + 1,
            state: index + 1 < node.attempt ? 'failed' : node.state,
            started_at: iso(begin + part * index),
            finished_at: iso(begin + part * (index + (index + 1 < node.attempt ? 0.7 : 1)))
          },
          ...(index + 1 < node.attempt
            ? [
                {
                  node: node.node,
                  kind: 'waiting' as const,
                  attempt: index + 1,
                  state: 'retrying' as const,
                  started_at: iso(begin + part * (index + 0.7)),
                  finished_at: iso(begin + part * (index + 1))
                }
              ]
            : [])
        ]).flat()
      ];
    });
  return {
    run_id: view.run.run_id,
    spans,
    critical_path: [
      'load_flights',
      'clean_flights',
      'join',
      'features',
      'split',
      'train',
      'train[boosted]',
      'evaluate'
    ],
    seq: view.seq
  };
}
