import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { JSX } from 'react';
import type { ProposedTags } from '../api/wire.generated';

/** Each proposal with the beginning of its cell, to be taken or left. */
class ProposalList extends ReactWidget {
  constructor(
    private readonly changes: readonly ProposedTags[],
    private readonly sources: ReadonlyMap<string, string>,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-dataops-proposals');
    this.chosen = new Set(changes.map(change => change.cell_id));
  }

  getValue(): ProposedTags[] {
    return this.changes.filter(change => this.chosen.has(change.cell_id));
  }

  protected override render(): JSX.Element {
    return (
      <table>
        <thead>
          <tr>
            <th scope="col">{this.trans.__('Take')}</th>
            <th scope="col">{this.trans.__('Cell')}</th>
            <th scope="col">{this.trans.__('Tags')}</th>
          </tr>
        </thead>
        <tbody>{this.changes.map(change => this.row(change))}</tbody>
      </table>
    );
  }

  private row(change: ProposedTags): JSX.Element {
    const { cell_id, cell_index, after, reason } = change;
    const name = this.trans.__('Cell %1', cell_index + 1);
    return (
      <tr key={cell_id}>
        <td>
          <input
            type="checkbox"
            aria-label={name}
            checked={this.chosen.has(cell_id)}
            onChange={({ target }) => this.choose(cell_id, target.checked)}
          />
        </td>
        <td>
          <code title={this.sources.get(cell_id)}>{firstLines(this.sources.get(cell_id) ?? '')}</code>
        </td>
        <td>
          {after.map(tag => (
            <span key={tag} className="jp-dataops-tag">
              {tag}
            </span>
          ))}
          <div className="jp-dataops-reason">{reason}</div>
        </td>
      </tr>
    );
  }

  private choose(cellId: string, isChosen: boolean): void {
    if (isChosen) {
      this.chosen.add(cellId);
    } else {
      this.chosen.delete(cellId);
    }
    this.update();
  }

  private readonly chosen: Set<string>;
}

function firstLines(source: string): string {
  return source
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(0, 2)
    .join('\n');
}

/** The proposals that the user takes. */
export async function chooseProposals(
  changes: readonly ProposedTags[],
  sources: ReadonlyMap<string, string>,
  trans: TranslationBundle
): Promise<ProposedTags[]> {
  const { button, value } = await showDialog<ProposedTags[]>({
    title: trans.__('Tag the cells as a pipeline?'),
    body: new ProposalList(changes, sources, trans),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Tag Cells') })]
  });
  return button.accept ? (value ?? []) : [];
}
