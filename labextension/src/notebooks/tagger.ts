import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { CellView, Grammar, Preview, Tags, TagsRequest } from '../api/wire.generated';
import { cellsToName, requestForRole, withoutOurs } from '../model/tagActions';
import { NO_ROLE } from '../model/tagForm';
import type { IDataOps, INotebookPipeline } from '../tokens';
import { sourceOf } from './source';
import { writeTags } from './cells';
import { insertTagged, selectedCode, tagsOf } from './tagging';

/** What an edit of tags is made from: the notebook, and what its tags say right now. */
export interface Tagged {
  readonly panel: NotebookPanel;
  readonly pipeline: INotebookPipeline;
  readonly preview: Preview;
  readonly grammar: Grammar;
  /** The selected code cells, in document order. */
  readonly cells: readonly CellView[];
}

/** Edits of tags by one click, in the notebook that is active. Tags are taken apart and spelled by Python alone. */
export class Tagger {
  constructor(private readonly dataops: IDataOps) {}

  /** Whether there are cells that may be tagged: this one, or where it is `null` those that are selected. */
  canTag(cell: Cell | null): boolean {
    const { activePanel, active } = this.dataops;
    if (activePanel === null || active?.isReadOnly !== false) {
      return false;
    }
    return cell === null ? selectedCode(activePanel.content).length > 0 : cell.model.type === 'code';
  }

  readonly spell = (request: TagsRequest, signal?: AbortSignal): Promise<Tags> =>
    this.dataops.client.call('spell_tags', request, signal ? { signal } : {});

  /** The tag language; asked for once. */
  grammar(): Promise<Grammar> {
    this.asked ??= this.dataops.client.call('grammar', {}).catch((error: unknown) => {
      this.asked = null;
      throw error;
    });
    return this.asked;
  }

  /** The selected cells of the active notebook; `null`: there is nothing to tag. */
  async selected(): Promise<Tagged | null> {
    const { activePanel: panel, active: pipeline } = this.dataops;
    if (panel === null || pipeline === null || !this.canTag(null)) {
      return null;
    }
    const models = selectedCode(panel.content);
    const [grammar, preview] = await Promise.all([this.grammar(), this.previewOf(panel, pipeline, models)]);
    const ids = new Set(models.map(model => model.id));
    return { panel, pipeline, preview, grammar, cells: preview.cells.filter(cell => ids.has(cell.id)) };
  }

  /** The selected cells are a node of that name, which goes on below them. */
  async startNode(tagged: Tagged, name: string): Promise<void> {
    const named = cellsToName(tagged.cells);
    await this.spellAll(tagged, cell => requestFor(tagged, cell, named.has(cell.id) ? 'node' : NO_ROLE, name));
  }

  /** Each selected cell has that role. */
  async setRole(tagged: Tagged, role: string, name = ''): Promise<void> {
    await this.spellAll(tagged, cell => requestFor(tagged, cell, role, name));
  }

  /** The selected cells have no tags of ours. */
  clear(tagged: Tagged): void {
    this.write(
      tagged,
      tagged.cells.map(cell => withoutOurs(cell.tags))
    );
  }

  /** A cell below the last selected one tests that node. */
  async addCheck(tagged: Tagged, node: string): Promise<void> {
    const { tags } = await this.spell({ entries: [{ key: 'check', value: node }], others: [] });
    const last = tagged.cells.at(-1);
    const { content } = tagged.panel;
    const index = content.widgets.findIndex(cell => cell.model.id === last?.id);
    insertTagged(content, index === -1 ? content.activeCellIndex : index, tags);
    tagged.pipeline.refresh();
  }

  /** The selected cells have exactly these tags. */
  write({ panel, pipeline, cells }: Tagged, tags: readonly (readonly string[])[]): void {
    writeTags(
      panel,
      cells.map((cell, at) => ({ cell_id: cell.id, tags: [...(tags[at] ?? [])] }))
    );
    pipeline.refresh();
  }

  private async spellAll(tagged: Tagged, requestOf: (cell: CellView) => TagsRequest): Promise<void> {
    const spelled = await Promise.all(tagged.cells.map(cell => this.spell(requestOf(cell))));
    const problem = spelled.flatMap(({ problems }) => problems)[0];
    if (problem !== undefined) {
      throw new Error(`${problem.message}. ${problem.hint}`);
    }
    this.write(
      tagged,
      spelled.map(({ tags }) => tags)
    );
  }

  /** What follows the notebook looks a moment later; an edit must not be made from what stood there before. */
  private async previewOf(
    panel: NotebookPanel,
    pipeline: INotebookPipeline,
    models: readonly ICellModel[]
  ): Promise<Preview> {
    const { preview } = pipeline;
    const known = new Map(preview?.cells.map(cell => [cell.id, cell.tags.map(tag => tag.text)]));
    const isKnown = models.every(model => JSON.stringify(known.get(model.id)) === JSON.stringify(tagsOf(model)));
    return preview !== null && isKnown
      ? preview
      : this.dataops.client.call('preview', sourceOf(pipeline.path, panel.context.model));
  }

  private asked: Promise<Grammar> | null = null;
}

function requestFor({ grammar }: Tagged, cell: CellView, role: string, name: string): TagsRequest {
  return requestForRole(cell.tags, grammar, role, role === NO_ROLE ? '' : name);
}
