import type { DiagnosticView, Preview } from '../api/wire.generated';
import { byGravity } from './severities';

/** What tells one diagnostic of a cell from the others, also in the next preview. */
export function diagnosticKey(diagnostic: DiagnosticView): string {
  return JSON.stringify([diagnostic.cell_id, diagnostic.code, diagnostic.message]);
}

/** What is wrong with each cell, by the cell's id, gravest first; without those of `dismissed` (keys). */
export function diagnosticsOf(preview: Preview, dismissed: ReadonlySet<string>): Map<string, DiagnosticView[]> {
  const found = new Map<string, DiagnosticView[]>();
  const tagged = new Set(preview.cells.filter(cell => cell.tags.some(tag => isOurs(tag))).map(cell => cell.id));
  for (const diagnostic of preview.diagnostics) {
    const { cell_id: cell } = diagnostic;
    // A notebook that is no pipeline is not told what would be wrong with it as one.
    if (cell === null || dismissed.has(diagnosticKey(diagnostic)) || !(preview.is_pipeline || tagged.has(cell))) {
      continue;
    }
    const others = found.get(cell);
    if (others === undefined) {
      found.set(cell, [diagnostic]);
    } else {
      others.push(diagnostic);
    }
  }
  for (const diagnostics of found.values()) {
    diagnostics.sort(byGravity);
  }
  return found;
}

function isOurs(tag: { key: string | null; problem: string | null }): boolean {
  return tag.key !== null || tag.problem !== null;
}

/** How long a cell has to be left alone until what is found in it is shown. */
export const SETTLED_AFTER_MS = 1200;

/**
 * Which cells are being typed in. Half a line is nearly always a syntax error: what is found in such a cell is shown once
 * it has been left alone for a while, so that nothing comes, goes, or moves the text meanwhile.
 */
export class Settling {
  /** The cell was typed in. */
  touch(cellId: string, nowMs: number): void {
    this.touched.set(cellId, nowMs);
  }

  /** The cursor is elsewhere: nobody is about to go on typing there. `false`: nobody was. */
  leave(cellId: string): boolean {
    return this.touched.delete(cellId);
  }

  isSettled(cellId: string, nowMs: number): boolean {
    const at = this.touched.get(cellId);
    return at === undefined || nowMs - at >= SETTLED_AFTER_MS;
  }

  private readonly touched = new Map<string, number>();
}
