import type { INotebookModel } from '@jupyterlab/notebook';
import type { NotebookSource } from '../api/wire.generated';

/** The first minor version of nbformat whose cells have ids, which everything about a cell is found by. */
const WITH_IDS = 5;

/** The notebook as it is on the screen, without outputs: those may be many megabytes, and say nothing of the pipeline. */
export function sourceOf(path: string, model: INotebookModel): NotebookSource {
  const cells = Array.from(model.cells, cell => ({
    id: cell.id,
    cell_type: cell.type,
    metadata: cell.metadata,
    source: cell.sharedModel.getSource(),
    ...(cell.type === 'code' ? { outputs: [], execution_count: null } : {})
  }));
  return {
    path,
    notebook: {
      nbformat: model.nbformat,
      nbformat_minor: Math.max(WITH_IDS, model.nbformatMinor),
      metadata: model.metadata,
      cells
    }
  };
}
