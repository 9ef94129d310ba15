import type { JSX } from 'react';

/** An environment in which a version is live, and which. */
export function LiveTag({ environment, version }: { environment: string; version?: number }): JSX.Element {
  return (
    <span className="jp-dataops-liveTag">
      <span className="jp-dataops-liveTag-dot" aria-hidden="true" />
      {environment}
      {version === undefined ? null : <span className="jp-dataops-faint">@{version}</span>}
    </span>
  );
}
