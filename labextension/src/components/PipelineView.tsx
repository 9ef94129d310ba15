import type { JSX } from 'react';
import type { Client } from '../api/client';
import type { Host } from './host';
import type { Source } from './source';

export interface PipelineViewProps {
  readonly client: Client;
  readonly host: Host;
  readonly source: Source;
}

/** A pipeline with its state, in the side panel and in the notebook widget alike. */
export function PipelineView({ host }: PipelineViewProps): JSX.Element {
  return <section aria-label={host.texts.__('Pipeline')} className="jp-dataops-view" />;
}
