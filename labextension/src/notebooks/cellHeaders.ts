import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';
import type { DiagnosticView, Fix } from '../api/wire.generated';
import { type CellChip, chipsOf } from '../model/cellChips';
import { diagnosticKey, diagnosticsOf, SETTLED_AFTER_MS, Settling } from '../model/cellDiagnostics';
import type { INotebookPipeline } from '../tokens';
import { CellHeader } from '../widgets/cellHeader';
import { writeTags } from './cells';
import { activateCell } from './tagging';

/** What is to be seen at the cells. */
export interface Shown {
  readonly chips: boolean;
  readonly diagnostics: boolean;
  /** What failed can be retried at its chip. */
  readonly retry: boolean;
}

/** What the chips of all cells can ask for. */
export interface HeaderActions {
  /** With `focus`, the keyboard goes there, too. */
  show(node: string, focus: boolean): void;
  retry(pipeline: INotebookPipeline, node: string): void;
  edit(): void;
  openMenu(at: DOMRect): void;
}

/** Bars, chips and diagnostics in one view of a notebook. A cell that has nothing to show has no widget of ours. */
export class CellHeaders implements IDisposable {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly pipeline: INotebookPipeline,
    private readonly trans: TranslationBundle,
    private readonly actions: HeaderActions,
    private shown: Shown
  ) {
    pipeline.changed.connect(this.refresh, this);
    panel.content.modelChanged.connect(this.onModel, this);
    panel.content.activeCellChanged.connect(this.onActiveCell, this);
    panel.content.stateChanged.connect(this.onState, this);
    panel.disposed.connect(() => this.dispose(), this);
    this.onModel();
    this.onActiveCell();
  }

  isDisposed = false;

  show(shown: Shown): void {
    this.shown = shown;
    this.refresh();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    clearInterval(this.ticking);
    clearTimeout(this.waiting);
    Signal.clearData(this);
    for (const cell of this.panel.isDisposed ? [] : this.panel.content.widgets) {
      this.headers.get(cell)?.dispose();
    }
  }

  private readonly refresh = (): void => {
    const { preview, run, isReadOnly } = this.pipeline;
    const nowMs = Date.now();
    const chips = preview !== null && this.shown.chips ? chipsOf(preview, run) : new Map<string, CellChip>();
    const found =
      preview !== null && this.shown.diagnostics
        ? diagnosticsOf(preview, this.dismissed)
        : new Map<string, DiagnosticView[]>();
    this.running.clear();
    for (const cell of this.panel.content.widgets) {
      const id = cell.model.id;
      const chip = this.chipFor(chips.get(id));
      const diagnostics = found.get(id) ?? [];
      const header = this.headers.get(cell) ?? (chip || diagnostics.length > 0 ? this.make(cell) : null);
      if (header === null) {
        continue;
      }
      header.setChip(chip, !isReadOnly);
      if (this.settling.isSettled(id, nowMs)) {
        header.setDiagnostics(diagnostics, !isReadOnly);
      }
      if (header.isRunning) {
        this.running.add(header);
      }
    }
    this.tickWhileRunning();
  };

  private chipFor(chip: CellChip | undefined): CellChip | null {
    return chip?.canRetry && !this.shown.retry ? { ...chip, canRetry: false } : (chip ?? null);
  }

  private make(cell: Cell): CellHeader {
    const { panel, pipeline, actions } = this;
    const activate = (): void => activateCell(panel.content, cell);
    const header = new CellHeader(this.trans, {
      show: (node, focus) => {
        activate();
        actions.show(node, focus);
      },
      retry: node => actions.retry(pipeline, node),
      edit: () => {
        activate();
        actions.edit();
      },
      openMenu: at => {
        activate();
        actions.openMenu(at);
      },
      apply: fix => this.apply(cell, fix),
      dismiss: diagnostic => {
        this.dismissed.add(diagnosticKey(diagnostic));
        this.focusCell(cell, header);
        this.refresh();
      }
    });
    this.headers.set(cell, header);
    (cell.layout as PanelLayout).insertWidget(0, header);
    return header;
  }

  private apply(cell: Cell, fix: Fix): void {
    if (!this.pipeline.isReadOnly) {
      const header = this.headers.get(cell);
      if (header !== undefined) {
        this.focusCell(cell, header);
      }
      writeTags(this.panel, fix.changes);
      this.pipeline.refresh();
    }
  }

  /** What was pressed is about to go: the keyboard stays in the notebook. */
  private focusCell(cell: Cell, header: CellHeader): void {
    if (header.node.contains(document.activeElement)) {
      cell.node.focus({ preventScroll: true });
    }
  }

  private readonly onModel = (): void => {
    // A cell that moves, or comes back by undo, has a new widget, and is in the preview already.
    this.panel.content.model?.cells.changed.connect(this.onCells, this);
    this.refresh();
  };

  private readonly onCells = (): void => {
    if (!this.isRefreshing) {
      this.isRefreshing = true;
      // Once for all changes of one step, and after the notebook has made its widgets.
      queueMicrotask(() => {
        this.isRefreshing = false;
        if (!this.isDisposed) {
          this.refresh();
        }
      });
    }
  };

  private readonly onActiveCell = (): void => {
    this.typed?.model.sharedModel.changed.disconnect(this.onTyping, this);
    if (this.typed !== null) {
      this.leave(this.typed);
    }
    this.typed = this.panel.content.activeCell;
    this.typed?.model.sharedModel.changed.connect(this.onTyping, this);
  };

  private readonly onTyping = (_: unknown, change: { sourceChange?: unknown }): void => {
    if (this.typed !== null && change.sourceChange !== undefined && this.panel.content.mode === 'edit') {
      this.settling.touch(this.typed.model.id, Date.now());
      clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.refresh(), SETTLED_AFTER_MS);
    }
  };

  private readonly onState = (): void => {
    if (this.panel.content.mode === 'command' && this.typed !== null) {
      this.leave(this.typed);
    }
  };

  private leave(cell: Cell): void {
    if (this.settling.leave(cell.model.id)) {
      this.refresh();
    }
  }

  private tickWhileRunning(): void {
    if (this.running.size > 0 && this.ticking === 0) {
      this.ticking = window.setInterval(() => {
        if (this.panel.isVisible && document.visibilityState === 'visible') {
          const nowMs = Date.now();
          this.running.forEach(header => header.tick(nowMs));
        }
      }, 1000);
    } else if (this.running.size === 0 && this.ticking !== 0) {
      clearInterval(this.ticking);
      this.ticking = 0;
    }
  }

  private readonly headers = new WeakMap<Cell, CellHeader>();
  private readonly running = new Set<CellHeader>();
  private readonly settling = new Settling();
  private readonly dismissed = new Set<string>();
  private typed: Cell | null = null;
  private waiting = 0;
  private ticking = 0;
  private isRefreshing = false;
}
