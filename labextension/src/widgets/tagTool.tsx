import { NotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { PanelLayout } from '@lumino/widgets';
import { type JSX, useCallback, useRef } from 'react';
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

  protected override onActiveCellChanged(_: Message): void {
    this.refresh();
  }

  protected override onAfterShow(_: Message): void {
    this.refresh();
  }

  protected override onAfterAttach(_: Message): void {
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
    if (view === null) {
      return <p className="jp-dataops-tagTool-none">{this.source.reason()}</p>;
    }
    const written = JSON.stringify(view.cell.tags.map(tag => tag.text));
    // Tags that somebody else changed make a new form; those that it wrote itself do not.
    const isOwn = view.cell.id === this.shown.cell && (written === this.shown.tags || written === this.shown.wrote);
    if (!isOwn) {
      this.shown = { cell: view.cell.id, tags: written, wrote: '', form: this.shown.form + 1 };
    } else if (written === this.shown.wrote) {
      this.shown = { ...this.shown, tags: written };
    }
    return (
      <LiveEditor
        key={this.shown.form}
        trans={this.trans}
        view={view}
        spell={this.source.spell}
        write={tags => {
          this.shown = { ...this.shown, wrote: JSON.stringify(tags) };
          this.source.write(view.cell.id, tags);
        }}
      />
    );
  }

  /** The cell of the form, its tags when the form last agreed with them, those that the form wrote, and which form it is. */
  private shown = { cell: '', tags: '', wrote: '', form: 0 };
}

interface LiveEditorProps {
  readonly trans: TranslationBundle;
  readonly view: ToolView;
  readonly spell: Spell;
  write(tags: readonly string[]): void;
}

/** Writes when a choice is made, a field is left, or Enter is pressed: half a name is nobody's node. */
function LiveEditor({ trans, view, spell, write }: LiveEditorProps): JSX.Element {
  const latest = useRef<readonly string[] | null>(null);
  const isWanted = useRef(false);
  const writeIfWanted = (): void => {
    const tags = latest.current;
    if (isWanted.current && tags !== null) {
      isWanted.current = false;
      if (JSON.stringify(tags) !== JSON.stringify(view.cell.tags.map(tag => tag.text))) {
        write(tags);
      }
    }
  };
  const commit = useRef(writeIfWanted);
  commit.current = writeIfWanted;
  const want = (): void => {
    isWanted.current = true;
    commit.current();
  };
  const onTags = useCallback((tags: readonly string[] | null) => {
    latest.current = tags;
    commit.current();
  }, []);
  const isTyped = (target: EventTarget): boolean =>
    target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'text');
  return (
    <div
      onBlur={event => isTyped(event.target) && want()}
      onKeyDown={event => event.key === 'Enter' && isTyped(event.target) && want()}
      onChange={event => {
        // What was typed before is not what is chosen now; the form's next answer is.
        latest.current = null;
        isWanted.current = !isTyped(event.target);
      }}
      onClick={event => {
        if (event.target instanceof HTMLElement && event.target.closest('.jp-dataops-otherTags button')) {
          latest.current = null;
          isWanted.current = true;
        }
      }}
    >
      <TagEditor
        texts={trans}
        grammar={view.grammar}
        tags={view.cell.tags}
        suggestions={view.suggestions}
        isReadOnly={view.isReadOnly}
        spell={spell}
        onTags={onTags}
      />
    </div>
  );
}
