import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { DiagnosticView } from '../api/wire.generated';
import type { CellChip } from '../model/cellChips';
import { LOOKS } from '../model/states';
import { type ChipActions, ChipRow } from './cellChip';
import { type DiagnosticActions, DiagnosticStrip } from './diagnosticStrip';
import { element } from './elements';

/**
 * All that is shown of the pipeline at one cell: the bar at its side, the chip above it, and what is wrong with it.
 *
 * It is the first widget of the cell's own layout, so that it lives, moves and goes with the cell in every windowing mode.
 */
export class CellHeader extends Widget {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly actions: ChipActions & DiagnosticActions
  ) {
    super();
    this.addClass('jp-dataops-cellHeader');
    this.gutter.setAttribute('aria-hidden', 'true');
    this.node.append(this.gutter);
  }

  /** The chip, or none. Nothing is touched where it looks as it did. */
  setChip(chip: CellChip | null, canEdit: boolean): void {
    const look = JSON.stringify([chip, canEdit]);
    if (look === this.look) {
      return;
    }
    this.look = look;
    this.chip = chip;
    this.gutter.hidden = chip === null;
    if (chip === null || chip.head === 'none') {
      this.row?.node.remove();
      this.row = null;
    }
    if (chip === null) {
      delete this.node.dataset['state'];
      return;
    }
    this.node.dataset['state'] = chip.state;
    this.gutter.dataset['kind'] = chip.kind;
    this.gutter.dataset['place'] = chip.place;
    if (chip.head !== 'none') {
      if (this.row === null) {
        this.row = new ChipRow(this.trans, this.actions);
        this.gutter.after(this.row.node);
      }
      this.row.set(chip, canEdit);
    }
  }

  setDiagnostics(diagnostics: readonly DiagnosticView[], canEdit: boolean): void {
    if (this.strip === null) {
      if (diagnostics.length === 0) {
        return;
      }
      this.strip = new DiagnosticStrip(this.trans, this.actions);
      this.node.append(this.strip.node);
    }
    this.strip.set(diagnostics, canEdit);
  }

  /** Its time goes on. */
  get isRunning(): boolean {
    return this.row !== null && this.chip !== null && this.chip.startedAt !== null && !LOOKS[this.chip.state].isDone;
  }

  tick(nowMs: number): void {
    this.row?.tick(nowMs);
  }

  private readonly gutter = element('div', 'jp-dataops-cellGutter');
  private row: ChipRow | null = null;
  private strip: DiagnosticStrip | null = null;
  private chip: CellChip | null = null;
  private look = '';
}
