import type { INotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Grammar } from '../api/wire.generated';
import { refusalOf } from '../model/refusals';
import { sentences } from '../model/sentences';
import { namesIn } from '../model/tagActions';
import { type IDataOps, PACKAGE } from '../tokens';
import { TagTool, type ToolSource, type ToolView } from '../widgets/tagTool';
import { writeTags } from './cells';
import type { Tagger } from './tagger';

/** Above the sections of JupyterLab. */
const RANK = 1;

/** What the section of the property inspector shows: the tags of the active cell. */
export class ToolContent implements ToolSource {
  constructor(
    private readonly dataops: IDataOps,
    private readonly tagger: Tagger,
    private readonly trans: TranslationBundle
  ) {
    this.tool = new TagTool(trans, this);
    this.spell = tagger.spell;
  }

  readonly spell: Tagger['spell'];

  addTo(tools: INotebookTools): void {
    tools.addSection({ sectionName: PACKAGE, label: this.trans.__('Data Pipeline'), rank: RANK });
    tools.addItem({ tool: this.tool, section: PACKAGE });
    this.dataops.activeChanged.connect(this.follow, this);
    this.follow();
  }

  view(): ToolView | null {
    const { active, activePanel } = this.dataops;
    const id = activePanel?.content.activeCell?.model.id;
    const cell = active?.preview?.cells.find(one => one.id === id);
    if (this.grammar === null) {
      this.ask();
    }
    return active?.preview && cell !== undefined && cell.role !== 'text' && this.grammar !== null
      ? { cell, grammar: this.grammar, suggestions: namesIn(active.preview), isReadOnly: active.isReadOnly }
      : null;
  }

  reason(): string {
    const type = this.dataops.activePanel?.content.activeCell?.model.type;
    return type === 'code' ? this.problem : this.trans.__('Only code cells are part of a pipeline.');
  }

  write(cellId: string, tags: readonly string[]): void {
    const { active, activePanel } = this.dataops;
    if (activePanel !== null && active?.isReadOnly === false) {
      writeTags(activePanel, [{ cell_id: cellId, tags: [...tags] }]);
      active.refresh();
    }
  }

  private ask(): void {
    this.tagger.grammar().then(
      grammar => {
        this.grammar = grammar;
        this.tool.refresh();
      },
      (error: unknown) => {
        const { message, hint } = refusalOf(error);
        this.problem = sentences(message, hint);
        this.tool.refresh();
      }
    );
  }

  private readonly follow = (): void => {
    this.followed?.changed.disconnect(this.refresh, this);
    this.followed = this.dataops.active;
    this.followed?.changed.connect(this.refresh, this);
    this.refresh();
  };

  private readonly refresh = (): void => {
    this.tool.refresh();
  };

  private readonly tool: TagTool;
  private grammar: Grammar | null = null;
  private problem = '';
  private followed: IDataOps['active'] = null;
}
