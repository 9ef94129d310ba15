import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel, Notebook } from '@jupyterlab/notebook';
import type { TagChange } from '../api/wire.generated';

/** The tags of a cell, as they are written. Whatever else stands there is nobody's tag. */
export function tagsOf(cell: ICellModel): string[] {
  const tags: unknown = cell.getMetadata('tags');
  return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [];
}

/** The cells have these tags, in one step of undo; all other metadata stays. Cells that are gone are left out. */
export function setTags(model: INotebookModel, changes: readonly TagChange[]): void {
  const wanted = new Map(changes.map(({ cell_id, tags }) => [cell_id, tags]));
  // By itself an edit of metadata cannot be undone: this transaction can, and takes those inside with it.
  model.sharedModel.transact(() => {
    for (const cell of model.cells) {
      const tags = wanted.get(cell.id);
      if (tags === undefined) {
        continue;
      }
      if (tags.length > 0) {
        cell.setMetadata('tags', tags);
      } else {
        cell.deleteMetadata('tags');
      }
    }
  }, true);
}

/** Code cells that are selected, in document order; the active one where no other is. */
export function selectedCode(notebook: Notebook): ICellModel[] {
  return notebook.widgets
    .filter(cell => notebook.isSelectedOrActive(cell) && cell.model.type === 'code')
    .map(cell => cell.model);
}

/** A new empty cell with `tags` below the one at `index`, with the cursor in it. */
export function insertTagged(notebook: Notebook, index: number, tags: string[]): void {
  notebook.model?.sharedModel.insertCell(index + 1, { cell_type: 'code', source: '', metadata: { tags } });
  notebook.activeCellIndex = index + 1;
  notebook.deselectAll();
  notebook.mode = 'edit';
}
