import type { INotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Grammar } from '../api/wire.generated';
import { refusalOf } from '../model/refusals';
import { sentences } from '../model/sentences';
import { namesIn } from '../model/tagActions';
import { Wanted } from '../model/wanted';
import { type IDataOps, PACKAGE, type PipelineChange } from '../tokens';
import { TagTool, type ToolSource, type ToolView } from '../widgets/tagTool';
import { writeTags } from './cells';
import type { Tagger } from './tagger';

/** Above the sections of JupyterLab. */
const RANK = 1;

/** What the section of the property inspector shows: the tags of the active cell. */
export class ToolContent implements ToolSource {
  constructor(
    private readonly dataops: IDataOps,
    tagger: Tagger,
    private readonly trans: TranslationBundle
  ) {
    this.tool = new TagTool(trans, this);
    this.spell = tagger.spell;
    this.grammar = new Wanted(
      () => tagger.grammar(),
      () => this.tool.refresh()
    );
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
    const grammar = this.grammar.want();
    return active?.preview && cell !== undefined && cell.role !== 'text' && grammar !== null
      ? { cell, grammar, suggestions: namesIn(active.preview), isReadOnly: active.isReadOnly }
      : null;
  }

  reason(): string {
    const type = this.dataops.activePanel?.content.activeCell?.model.type;
    if (type !== 'code') {
      return this.trans.__('Only code cells are part of a pipeline.');
    }
    const { problem } = this.grammar;
    if (problem === null) {
      return '';
    }
    const { message, hint } = refusalOf(problem);
    return sentences(message, hint);
  }

  write(cellId: string, tags: readonly string[]): void {
    const { active, activePanel } = this.dataops;
    if (activePanel !== null && active?.isReadOnly === false) {
      writeTags(activePanel, [{ cell_id: cellId, tags: [...tags] }]);
      active.refresh();
    }
  }

  private readonly follow = (): void => {
    this.followed?.changed.disconnect(this.refresh, this);
    this.followed = this.dataops.active;
    this.followed?.changed.connect(this.refresh, this);
    this.grammar.forgive();
    this.tool.refresh();
  };

  private readonly refresh = (_: unknown, change: PipelineChange): void => {
    // Tags say the same however a run goes.
    if (change !== 'run') {
      this.tool.refresh();
    }
  };

  private readonly tool: TagTool;
  private readonly grammar: Wanted<Grammar>;
  private followed: IDataOps['active'] = null;
}
