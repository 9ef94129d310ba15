import { type JSX, useEffect, useId, useRef } from 'react';
import type { Client } from '../../api/client';
import type { AssetView } from '../../api/wire.generated';
import { formatBytes, formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import { useTexts } from '../context';
import type { Host } from '../host';
import { shortType } from '../ui/ArtifactRow';
import { Icon } from '../ui/Icon';
import { useMinute } from '../useMinute';
import { AssetDetails } from './AssetDetails';

interface AssetRowProps {
  readonly newest: AssetView;
  readonly isOpen: boolean;
  readonly client: Client;
  readonly host: Host;
  readonly onToggle: () => void;
}

/** An asset with its newest version: what that is, when and by whom it was published. It opens to all versions. */
export function AssetRow({ newest, isOpen, client, host, onToggle }: AssetRowProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  const { asset, version, artifact, notebook, path, published_at } = newest;
  const shape = artifact.shape?.map(size => size.toLocaleString()).join(' × ') ?? formatBytes(artifact.size_bytes);
  useEffect(() => {
    // Asked for from elsewhere, or far down: its versions are to be seen.
    if (isOpen) {
      row.current?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [isOpen]);
  return (
    <li ref={row} className="jp-dataops-schedule jp-dataops-asset" data-is="active" data-asset={asset}>
      <button
        type="button"
        className="jp-dataops-schedule-open"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={onToggle}
      >
        <span className="jp-dataops-run-line">
          <Icon name="asset" />
          <span className="jp-dataops-run-name">{asset}</span>
          <span className="jp-dataops-schedule-next">@{version}</span>
        </span>
        <span className="jp-dataops-schedule-facts">
          <span title={artifact.type}>
            {shortType(artifact.type)} {shape}
          </span>
          <span title={formatExactly(published_at)}>
            {texts.__('%1 by %2', formatAgo(published_at, now, texts), newest.pipeline ?? notebook)}
          </span>
        </span>
      </button>
      {isOpen ? <AssetDetails id={id} newest={newest} path={path} client={client} host={host} /> : null}
    </li>
  );
}
