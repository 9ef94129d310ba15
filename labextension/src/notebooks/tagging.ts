import type { Cell, ICellModel } from '@jupyterlab/cells';
import { type Notebook, NotebookActions } from '@jupyterlab/notebook';

/** The tags of a cell, as they are written. Whatever else stands there is nobody's tag. */
export function tagsOf(cell: ICellModel): string[] {
  const tags: unknown = cell.getMetadata('tags');
  return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [];
}

/** Code cells that are selected, in document order; the active one where no other is. */
export function selectedCode(notebook: Notebook): ICellModel[] {
  return notebook.widgets
    .filter(cell => notebook.isSelectedOrActive(cell) && cell.model.type === 'code')
    .map(cell => cell.model);
}

/** The cell is the active one, and keys go to it; a selection that it is part of stays. */
export function activateCell(notebook: Notebook, cell: Cell): void {
  if (!notebook.isSelectedOrActive(cell)) {
    notebook.deselectAll();
    notebook.activeCellIndex = notebook.widgets.indexOf(cell);
  }
  if (!cell.node.contains(document.activeElement)) {
    notebook.mode = 'command';
    void NotebookActions.focusActiveCell(notebook, { preventScroll: true });
  }
}

/** A new empty cell with `tags` below the one at `index`, with the cursor in it. */
export function insertTagged(notebook: Notebook, index: number, tags: string[]): void {
  notebook.model?.sharedModel.insertCell(index + 1, { cell_type: 'code', source: '', metadata: { tags } });
  notebook.activeCellIndex = index + 1;
  notebook.deselectAll();
  notebook.mode = 'edit';
}
