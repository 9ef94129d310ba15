import type { JSX } from 'react';
import type { VersionView } from '../../api/wire.generated';
import { versionBefore } from '../../model/deployments';
import { formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import { sentence } from '../../model/sentences';
import { useTexts } from '../context';
import { Button } from '../ui/Button';
import { useMinute } from '../useMinute';
import { LiveTag } from './LiveTag';

interface VersionsProps {
  readonly versions: readonly VersionView[];
  readonly onCompare: (version: number) => void;
}

/** Versions of a deployment, newest first. */
export function Versions({ versions, onCompare }: VersionsProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  return (
    <ol className="jp-dataops-versions" aria-label={texts.__('Versions')}>
      {versions.map(({ version, digest, created_at, created_by, live, nodes, remarks }) => (
        <li key={version}>
          <span className="jp-dataops-versions-number">@{version}</span>
          <span className="jp-dataops-versions-about">
            <span title={formatExactly(created_at)}>
              {texts.__('%1 by %2', formatAgo(created_at, now, texts), created_by)}
            </span>
            {live.map(environment => (
              <LiveTag key={environment} environment={environment} />
            ))}
            <span className="jp-dataops-versions-small">
              {nodes === null ? '' : `${texts._n('%1 node', '%1 nodes', nodes)} · `}
              <code className="jp-dataops-code" title={digest}>
                {digest.split(':').at(-1)?.slice(0, 8)}
              </code>
              {remarks.length > 0 ? ` · ${remarks.map(sentence).join(' ')}` : ''}
            </span>
          </span>
          {versionBefore(versions, version) === null ? null : (
            <Button
              look="quiet"
              icon="difference"
              isIconOnly
              label={texts.__('What is new in version %1', version)}
              onClick={() => onCompare(version)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}
