import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import type { DiagnosticView, Fix, Severity } from '../api/wire.generated';
import { diagnosticKey } from '../model/cellDiagnostics';
import { sentence } from '../model/sentences';
import { severityWord } from '../model/severities';
import { button, element, setText, strokes } from './elements';

const ICONS: Readonly<Record<Severity, string>> = {
  error: 'M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12M8 5v3.6M8 10.8v.4',
  warning: 'M8 2.5l6 11h-12zM8 6.5v3M8 11.4v.4',
  info: 'M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12M8 7.4v3.6M8 4.8v.4'
};

/** So many are shown before somebody asks for the rest. */
const AT_ONCE = 3;

/** What can be done about a diagnostic. */
export interface DiagnosticActions {
  apply(fix: Fix): void;
  dismiss(diagnostic: DiagnosticView): void;
}

/** What is wrong with a cell, one line for each, with cures of one click. */
export class DiagnosticStrip {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly actions: DiagnosticActions
  ) {
    this.node.setAttribute('aria-label', trans.__('Problems of this cell'));
    this.unfold = button('jp-dataops-cellDiagnostic-more', () => {
      this.isUnfolded = true;
      this.set(this.diagnostics, this.canEdit);
    });
    this.more.append(this.unfold);
  }

  readonly node = element('ul', 'jp-dataops-cellDiagnostics');

  /** Lines that stay are not touched: what is being read or clicked does not move. */
  set(diagnostics: readonly DiagnosticView[], canEdit: boolean): void {
    this.diagnostics = diagnostics;
    this.canEdit = canEdit;
    const isFolded = !this.isUnfolded && diagnostics.length > AT_ONCE + 1;
    const lines = new Map<string, HTMLElement>();
    for (const diagnostic of isFolded ? diagnostics.slice(0, AT_ONCE) : diagnostics) {
      const look = JSON.stringify([diagnosticKey(diagnostic), diagnostic.severity, diagnostic.fixes, canEdit]);
      lines.set(look, this.lines.get(look) ?? this.line(diagnostic, canEdit));
    }
    for (const [look, line] of this.lines) {
      if (!lines.has(look)) {
        line.remove();
      }
    }
    [...lines.values()].forEach((line, at) => {
      if (this.node.children[at] !== line) {
        this.node.insertBefore(line, this.node.children[at] ?? null);
      }
    });
    this.lines = lines;
    this.node.hidden = lines.size === 0;
    if (isFolded) {
      setText(this.unfold, this.trans.__('%1 more', diagnostics.length - AT_ONCE));
      this.node.append(this.more);
    } else {
      this.more.remove();
    }
  }

  private line(diagnostic: DiagnosticView, canEdit: boolean): HTMLElement {
    const { trans, actions } = this;
    const { severity, code, message, hint, fixes } = diagnostic;
    const line = element('li', 'jp-dataops-cellDiagnostic');
    line.dataset['severity'] = severity;
    line.dataset['code'] = code;
    const icon = element('span', 'jp-dataops-cellDiagnostic-icon', strokes(ICONS[severity]));
    icon.setAttribute('role', 'img');
    icon.setAttribute('aria-label', severityWord(severity, trans));
    const text = element(
      'span',
      'jp-dataops-cellDiagnostic-text',
      element('span', 'jp-dataops-cellDiagnostic-message', sentence(message)),
      ' ',
      element('span', 'jp-dataops-cellDiagnostic-hint', sentence(hint)),
      ' ',
      element('span', 'jp-dataops-cellDiagnostic-code', code)
    );
    if (canEdit) {
      for (const fix of fixes) {
        const cure = button('jp-dataops-cellDiagnostic-fix', () => actions.apply(fix));
        cure.textContent = fix.title;
        text.append(' ', cure);
      }
    }
    const dismiss = button('jp-dataops-cellDiagnostic-dismiss', () => actions.dismiss(diagnostic));
    dismiss.title = trans.__('Hide until the page is reloaded');
    dismiss.setAttribute('aria-label', trans.__('Hide %1', code));
    dismiss.append(closeIcon.element({ tag: 'span', stylesheet: 'menuItem' }));
    line.append(icon, text, dismiss);
    return line;
  }

  private readonly more = element('li', 'jp-dataops-cellDiagnostic-rest');
  private readonly unfold: HTMLButtonElement;
  private lines = new Map<string, HTMLElement>();
  private diagnostics: readonly DiagnosticView[] = [];
  private canEdit = false;
  private isUnfolded = false;
}
