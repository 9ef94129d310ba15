import type * as wire from '../api/wire.generated';
import { at } from './builders';

export function anAsset(asset: string, version: number, parts: Partial<wire.AssetView> = {}): wire.AssetView {
  return {
    asset,
    version,
    label: `${asset}@${version}`,
    artifact: {
      digest: `d${version}`,
      name: 'clean',
      producer: 'clean',
      type: 'pandas.DataFrame',
      serializer: 'parquet',
      size_bytes: 2_048,
      shape: [3, 2],
      columns: { n: 'int64' },
      preview: 'n'
    },
    node: 'clean',
    run_id: `run-${version}`,
    path: 'team/orders.ipynb',
    notebook: 'orders.ipynb',
    pipeline: 'orders',
    published_at: at(version * 3600),
    ...parts
  };
}
