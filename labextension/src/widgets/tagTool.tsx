import { NotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout } from '@lumino/widgets';
import type { FocusEvent, FormEvent, JSX, KeyboardEvent, MouseEvent } from 'react';
import type { CellView, Grammar } from '../api/wire.generated';
import { type Suggestions, TagEditor } from '../components/tags/TagEditor';
import type { Spell } from '../components/tags/useSpelling';

/** What the tool shows. */
export interface ToolView {
  readonly cell: CellView;
  readonly grammar: Grammar;
  readonly suggestions: Suggestions;
  readonly isReadOnly: boolean;
}

/** What the tool asks for. */
export interface ToolSource {
  /** Of the active cell; `null`: there is nothing to edit, for that reason. */
  view(): ToolView | null;
  reason(): string;
  readonly spell: Spell;
  write(cellId: string, tags: readonly string[]): void;
}

/** The form of tags in the property inspector: follows the active cell, and writes what was typed when a field is left. */
export class TagTool extends NotebookTools.Tool {
  constructor(trans: TranslationBundle, source: ToolSource) {
    super();
    this.addClass('jp-dataops-tagTool');
    this.body = new ToolBody(trans, source);
    const layout = new PanelLayout();
    layout.addWidget(this.body);
    this.layout = layout;
  }

  /** Looks again at what there is. */
  refresh(): void {
    if (this.isVisible) {
      this.body.update();
    }
  }

  protected override onActiveCellChanged(): void {
    this.refresh();
  }

  protected override onAfterShow(): void {
    this.refresh();
  }

  protected override onAfterAttach(): void {
    this.refresh();
  }

  private readonly body: ToolBody;
}

class ToolBody extends ReactWidget {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly source: ToolSource
  ) {
    super();
  }

  protected override render(): JSX.Element {
    const view = this.source.view();
    this.cell = view?.cell ?? null;
    if (view === null) {
      return <p className="jp-dataops-tagTool-none">{this.source.reason()}</p>;
    }
    this.follow(view.cell);
    return (
      <div onBlur={this.onBlur} onKeyDown={this.onKeyDown} onChange={this.onChange} onClick={this.onClick}>
        <TagEditor
          key={this.shown.form}
          texts={this.trans}
          grammar={view.grammar}
          tags={view.cell.tags}
          suggestions={view.suggestions}
          isReadOnly={view.isReadOnly}
          spell={this.source.spell}
          onTags={this.onTags}
        />
      </div>
    );
  }

  /** Tags that somebody else changed make a new form; those that this one wrote do not. */
  private follow(cell: CellView): void {
    const tags = written(cell);
    const isOwn = cell.id === this.shown.cell && (tags === this.shown.tags || tags === this.shown.wrote);
    if (!isOwn) {
      this.shown = { cell: cell.id, tags, wrote: '', form: this.shown.form + 1 };
      this.latest = null;
      this.isWanted = false;
    } else if (tags === this.shown.wrote) {
      this.shown = { ...this.shown, tags };
    }
  }

  private readonly onTags = (tags: readonly string[] | null): void => {
    this.latest = tags;
    this.writeIfWanted();
  };

  private readonly onBlur = (event: FocusEvent): void => {
    if (isTyped(event.target)) {
      this.want();
    }
  };

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && isTyped(event.target)) {
      this.want();
    }
  };

  private readonly onChange = (event: FormEvent): void => {
    // What was spelled before is not what the form says now.
    this.latest = null;
    this.isWanted = !isTyped(event.target);
  };

  private readonly onClick = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('.jp-dataops-otherTags button') !== null) {
      this.latest = null;
      this.isWanted = true;
    }
  };

  /** Writes once the form says something that can be written: half a name is nobody's node. */
  private want(): void {
    this.isWanted = true;
    this.writeIfWanted();
  }

  private writeIfWanted(): void {
    const { cell, latest } = this;
    if (cell === null || latest === null || !this.isWanted) {
      return;
    }
    this.isWanted = false;
    const tags = JSON.stringify(latest);
    if (tags !== written(cell)) {
      this.shown = { ...this.shown, wrote: tags };
      this.source.write(cell.id, latest);
    }
  }

  /** The cell of the form, its tags when the form last agreed with them, those that the form wrote, and which form it is. */
  private shown = { cell: '', tags: '', wrote: '', form: 0 };
  private cell: CellView | null = null;
  private latest: readonly string[] | null = null;
  private isWanted = false;
}

function written(cell: CellView): string {
  return JSON.stringify(cell.tags.map(tag => tag.text));
}

/** Letter by letter; a choice is made at once. */
function isTyped(target: EventTarget): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'text');
}
