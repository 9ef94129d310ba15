import type * as wire from '../api/wire.generated';
import { at } from './builders';

export function anAsset(
  asset: string,
  version: number,
  parts: Partial<wire.AssetVersionView> = {}
): wire.AssetVersionView {
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
    loaded_by: [],
    is_cut: false,
    ...parts
  };
}

/** A node of that run has loaded a version. */
export function anAssetUse(run_id: string, node: string, parts: Partial<wire.AssetUseView> = {}): wire.AssetUseView {
  return {
    run_id,
    run_state: 'succeeded',
    node,
    source_run_id: null,
    path: 'team/report.ipynb',
    notebook: 'report.ipynb',
    created_at: at(0),
    ...parts
  };
}
