import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import { namesIn, nodeAbove } from '../model/tagActions';
import type { IDataOps } from '../tokens';
import type { Tagged, Tagger } from './tagger';

/** An edit of tags that has a command. `cell`: the one that it is asked for at; `null`: the active one. */
export interface TagEdit {
  readonly id: string;
  readonly label: (cell: Cell | null) => string;
  readonly caption: string;
  readonly isPossible: (cell: Cell | null) => boolean;
  readonly run: (tagged: Tagged) => Promise<void> | void;
}

/** The edits of tags, and what each is called. Dialogs are loaded when somebody asks for them. */
export class TagEdits {
  constructor(
    private readonly dataops: IDataOps,
    private readonly tagger: Tagger,
    private readonly trans: TranslationBundle
  ) {}

  all(): TagEdit[] {
    const { trans, tagger } = this;
    const edit = (
      id: string,
      label: string | TagEdit['label'],
      caption: string,
      run: TagEdit['run'],
      isPossible: TagEdit['isPossible'] = () => true
    ): TagEdit => ({ id, caption, run, isPossible, label: typeof label === 'string' ? () => label : label });
    return [
      edit(
        COMMANDS.editTags,
        trans.__('Edit Pipeline Tags…'),
        trans.__('Edit what this cell is to the data pipeline'),
        tagged => this.edit(tagged)
      ),
      edit(
        COMMANDS.startNode,
        trans.__('Start Node Here…'),
        trans.__('The selected cells begin a node of the data pipeline'),
        tagged => this.startNode(tagged)
      ),
      edit(
        COMMANDS.addCheck,
        cell => this.checkLabel(cell),
        trans.__('A new cell below tests what the node made'),
        tagged => this.addCheck(tagged),
        cell => this.nodeAt(cell) !== null
      ),
      edit(COMMANDS.makeSetup, trans.__('Make Setup'), trans.__('The selected cells run first in every node'), tagged =>
        tagger.setRole(tagged, 'setup')
      ),
      edit(
        COMMANDS.makeParameters,
        trans.__('Make Parameters'),
        trans.__('The cell declares the parameters of the pipeline'),
        tagged => tagger.setRole({ ...tagged, cells: tagged.cells.slice(0, 1) }, 'parameters')
      ),
      edit(
        COMMANDS.skipCells,
        trans.__('Remove from Pipeline (Skip)'),
        trans.__('The selected cells never run in the pipeline'),
        tagged => tagger.setRole(tagged, 'skip')
      ),
      edit(
        COMMANDS.clearTags,
        trans.__('Clear Pipeline Tags'),
        trans.__('The selected cells have no tags of the pipeline; other tags stay'),
        tagged => tagger.clear(tagged)
      )
    ];
  }

  private async edit(tagged: Tagged): Promise<void> {
    const { grammar, preview, panel } = tagged;
    const active = tagged.cells.find(({ id }) => id === panel.content.activeCell?.model.id) ?? tagged.cells[0];
    if (active === undefined) {
      return;
    }
    const { askTags } = await import('../widgets/tagDialog');
    const tags = await askTags({
      trans: this.trans,
      grammar,
      tags: active.tags,
      suggestions: namesIn(preview),
      spell: this.tagger.spell
    });
    if (tags !== null) {
      this.tagger.write({ ...tagged, cells: [active] }, [tags]);
    }
  }

  private async startNode(tagged: Tagged): Promise<void> {
    const { grammar, preview } = tagged;
    const { askNodeName } = await import('../widgets/nameDialog');
    const { nodes } = namesIn(preview);
    const name = await askNodeName({ trans: this.trans, grammar, nodes, spell: this.tagger.spell });
    if (name !== null) {
      await this.tagger.startNode(tagged, name);
    }
  }

  private async addCheck(tagged: Tagged): Promise<void> {
    const last = tagged.cells.at(-1);
    const node = last === undefined ? null : nodeAbove(tagged.preview, last.id);
    if (node !== null) {
      await this.tagger.addCheck(tagged, node);
    }
  }

  private checkLabel(cell: Cell | null): string {
    const node = this.nodeAt(cell);
    return node === null ? this.trans.__('Add Check') : this.trans.__('Add Check for “%1”', node);
  }

  private nodeAt(cell: Cell | null): string | null {
    const { active, activePanel } = this.dataops;
    const model = (cell ?? activePanel?.content.activeCell)?.model;
    return active?.preview && model !== undefined ? nodeAbove(active.preview, model.id) : null;
  }
}
