import { PathExt } from '@jupyterlab/coreutils';

/** What the server calls a file of `folder`, which is seen from the notebook at `from`; `null`: it lies outside. */
export function pathFrom(from: string, folder: string, path: string): string | null {
  const found = PathExt.normalize(PathExt.join(PathExt.dirname(from), folder, path));
  return found.startsWith('..') ? null : found;
}
