import type { AssetUseView, AssetVersionView, AssetView } from '../api/wire.generated';

/** Those whose name, notebook or pipeline has all the words in it. */
export function fittingAssets(assets: readonly AssetView[], words: string): readonly AssetView[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return assets.filter(({ asset, notebook, pipeline }) => {
    const text = `${asset} ${notebook} ${pipeline ?? ''}`.toLowerCase();
    return wanted.every(word => text.includes(word));
  });
}

/** The Python that loads the newest version. */
export function loadingCode(asset: string): string {
  return `load_asset("${asset}")`;
}

/** The runs with a node that has loaded the version, or reuses what was computed from it: each once, the newest first. */
export function runsThatLoaded({ loaded_by }: AssetVersionView): readonly AssetUseView[] {
  return [...new Map(loaded_by.toReversed().map(use => [use.run_id, use])).values()].toReversed();
}
