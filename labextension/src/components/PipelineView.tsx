import type { JSX } from 'react';

/** A pipeline with its state, in the side panel and in the notebook widget alike. */
export function PipelineView({ label }: { readonly label: string }): JSX.Element {
  return <section aria-label={label} className="jp-dataops-view" />;
}
