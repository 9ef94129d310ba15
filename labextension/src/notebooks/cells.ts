/** Finding cells of an open notebook by their ids, going to them, and writing their tags. */
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { TagChange } from '../api/wire.generated';

function cellOf(panel: NotebookPanel, cellId: string): Cell | null {
  return panel.content.widgets.find(cell => cell.model.id === cellId) ?? null;
}

/** The cell is in sight and selected; with `line` (1-based) the cursor is there. `false`: there is no such cell. */
export async function goToCell(panel: NotebookPanel, cellId: string, line?: number | null): Promise<boolean> {
  await panel.revealed;
  const cell = cellOf(panel, cellId);
  if (cell === null) {
    return false;
  }
  const notebook = panel.content;
  NotebookActions.expandParent(cell, notebook);
  await notebook.scrollToCell(cell, 'smart');
  notebook.activeCellIndex = notebook.widgets.indexOf(cell);
  if (line) {
    cell.inputHidden = false;
    notebook.mode = 'edit';
    // A cell that was out of sight has an editor only now.
    await cell.ready;
    const position = { line: Math.min(line, cell.editor?.lineCount ?? line) - 1, column: 0 };
    cell.editor?.setCursorPosition(position);
    cell.editor?.revealPosition(position);
    cell.editor?.focus();
  } else {
    notebook.mode = 'command';
  }
  return true;
}

/** The cells have these tags, as one step for *Undo*. Cells that are gone are left out. */
export function writeTags(panel: NotebookPanel, changes: readonly TagChange[]): void {
  const { model } = panel.content;
  stopCapturing(model?.sharedModel);
  model?.sharedModel.transact(() => {
    for (const { cell_id, tags } of changes) {
      const cell = cellOf(panel, cell_id);
      if (tags.length > 0) {
        cell?.model.setMetadata('tags', tags);
      } else {
        cell?.model.deleteMetadata('tags');
      }
    }
  });
  stopCapturing(model?.sharedModel);
}

/** What follows is a step of *Undo* of its own, and not one with what was done a moment before. */
function stopCapturing(shared: object | undefined): void {
  const { undoManager } = (shared ?? {}) as { undoManager?: { stopCapturing(): void } };
  undoManager?.stopCapturing();
}
