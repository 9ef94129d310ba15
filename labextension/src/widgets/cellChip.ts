import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import type { CellChip } from '../model/cellChips';
import { elapsedMs, formatDuration } from '../model/durations';
import { LOOKS } from '../model/states';
import { button, element, setText, stateIcon } from './elements';

/** What can be done at a chip. */
export interface ChipActions {
  /** The details of a node are shown; with `focus`, the keyboard goes there. */
  show(node: string, focus: boolean): void;
  retry(node: string): void;
  edit(): void;
  openMenu(at: DOMRect): void;
}

/** What stands above the first cell of a node or check, or of a block of setup: its name, and how it is. */
export class ChipRow {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly actions: ChipActions
  ) {
    this.chip = button('jp-dataops-cellChip', event => this.open(event));
    this.chip.append(this.icon, this.name, this.word, this.time, this.notes);
    this.retry = button('jp-dataops-cellChip-retry', () => this.shown?.node && actions.retry(this.shown.node));
    this.retry.textContent = trans.__('Retry');
    this.menu = button('jp-dataops-cellChip-menu', () => actions.openMenu(this.menu.getBoundingClientRect()));
    this.menu.setAttribute('aria-haspopup', 'menu');
    this.menu.title = trans.__('More for this cell');
    this.menu.setAttribute('aria-label', this.menu.title);
    this.menu.append(ellipsesIcon.element({ tag: 'span', stylesheet: 'menuItem' }));
    this.node.append(this.chip, this.retry, this.menu);
  }

  readonly node = element('div', 'jp-dataops-cellChipRow');

  /** The chip is shown so; without `canEdit` nothing here changes anything. */
  set(chip: CellChip, canEdit: boolean): void {
    const { kind, head, state } = chip;
    const isQuiet = head === 'quiet';
    if (this.shown?.state !== state) {
      this.icon.replaceChildren(stateIcon(state));
    }
    this.shown = chip;
    this.chip.dataset['kind'] = kind;
    this.chip.dataset['head'] = head;
    this.chip.disabled = chip.node === null && !canEdit;
    this.icon.hidden = isQuiet;
    setText(this.name, this.title(chip));
    setText(this.word, isQuiet || state === 'none' ? '' : this.trans.__(LOOKS[state].word));
    setText(this.notes, isQuiet ? '' : this.notesOf(chip).join(' · '));
    this.retry.hidden = isQuiet || !chip.canRetry || !canEdit;
    this.retry.setAttribute('aria-label', this.trans.__('Retry %1', chip.label));
    this.menu.hidden = !canEdit;
    this.tick(Date.now());
  }

  /** The time that a running node has taken so far. */
  tick(nowMs: number): void {
    const chip = this.shown;
    if (chip === null) {
      return;
    }
    const isQuiet = chip.head === 'quiet' || chip.state === 'skipped' || chip.state === 'upstream_failed';
    const elapsed = isQuiet ? null : elapsedMs(chip.startedAt, chip.finishedAt, nowMs);
    setText(this.time, elapsed === null ? '' : formatDuration(elapsed));
    this.describe(chip);
  }

  private describe(chip: CellChip): void {
    const { trans } = this;
    const word = chip.head === 'full' ? trans.__(LOOKS[chip.state].word) : '';
    const spoken = [this.title(chip), word, this.time.textContent, this.notes.textContent].filter(Boolean).join(', ');
    const hint = chip.node !== null ? trans.__('Show details') : this.chip.disabled ? '' : trans.__('Edit tags');
    const told = [chip.description, chip.reason, this.meaning(chip)].filter(Boolean).join('\n');
    const label = [this.role(chip), spoken].filter(Boolean).join(' ');
    setAttribute(this.chip, 'aria-label', hint ? `${label}. ${hint}` : label);
    setAttribute(this.chip, 'title', [told, hint].filter(Boolean).join('\n'));
  }

  private open({ detail }: MouseEvent): void {
    const chip = this.shown;
    if (chip?.node) {
      // Zero, where no button of a mouse was pressed.
      this.actions.show(chip.node, detail === 0);
    } else if (chip !== null) {
      this.actions.edit();
    }
  }

  private title(chip: CellChip): string {
    switch (chip.kind) {
      case 'setup':
        return this.trans.__('Setup');
      case 'parameters':
        return this.trans.__('Parameters');
      case 'skip':
        return this.trans.__('Not in the pipeline');
      case 'node':
      case 'check':
        return chip.label || (chip.checks ?? '');
    }
  }

  private role(chip: CellChip): string {
    return chip.kind === 'node' ? this.trans.__('Node') : chip.kind === 'check' ? this.trans.__('Check') : '';
  }

  private meaning({ kind, checks, isWarning }: CellChip): string {
    const { trans } = this;
    switch (kind) {
      case 'setup':
        return trans.__('Runs first in every node.');
      case 'parameters':
        return trans.__('Declares the parameters of the pipeline.');
      case 'skip':
        return trans.__('Never runs in the pipeline.');
      case 'check':
        return isWarning
          ? trans.__('Tests what %1 made, and only warns.', checks ?? '')
          : trans.__('Tests what %1 made.', checks ?? '');
      case 'node':
        return '';
    }
  }

  private notesOf(chip: CellChip): string[] {
    const { trans } = this;
    const notes: string[] = [];
    if (chip.kind === 'check' && chip.checks !== null) {
      notes.push(chip.isWarning ? trans.__('checks %1, warns', chip.checks) : trans.__('checks %1', chip.checks));
    }
    if (chip.progress !== null) {
      notes.push(trans.__('%1 of %2', ...chip.progress));
    }
    if (chip.attempt > 1) {
      notes.push(trans.__('attempt %1', chip.attempt));
    }
    if (chip.isEdited) {
      notes.push(trans.__('edited since'));
    }
    return notes;
  }

  private readonly chip: HTMLButtonElement;
  private readonly retry: HTMLButtonElement;
  private readonly menu: HTMLButtonElement;
  private readonly icon = element('span', 'jp-dataops-cellChip-icon');
  private readonly name = element('span', 'jp-dataops-cellChip-name');
  private readonly word = element('span', 'jp-dataops-cellChip-word');
  private readonly time = element('span', 'jp-dataops-cellChip-time');
  private readonly notes = element('span', 'jp-dataops-cellChip-notes');
  private shown: CellChip | null = null;
}

function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) {
    target.setAttribute(name, value);
  }
}
