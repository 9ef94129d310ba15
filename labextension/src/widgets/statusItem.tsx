import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { TextsProvider } from '../components/context';
import { StateIcon } from '../components/ui/Icon';
import { type Status, statusOf } from '../model/status';
import type { INotebookPipeline } from '../tokens';

/** How the pipeline of the active notebook goes, in the status bar. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly open: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-dataops-status');
  }

  /** What there is to say; `null`: nothing. */
  status: Status | null = null;

  follow(pipeline: INotebookPipeline | null): void {
    this.status = statusOf(pipeline?.preview ?? null, pipeline?.run?.run ?? null, this.trans);
    this.update();
  }

  protected override render(): JSX.Element | null {
    if (this.status === null) {
      return null;
    }
    const { state, text, progress } = this.status;
    return (
      <button
        type="button"
        className="jp-dataops-status-button"
        title={this.trans.__('Show the pipeline')}
        onClick={this.open}
      >
        <TextsProvider texts={this.trans}>
          <StateIcon state={state} isSaid />
        </TextsProvider>
        <span className="jp-dataops-status-text">{text}</span>
        {progress !== null && <progress className="jp-dataops-status-progress" value={progress} aria-hidden="true" />}
      </button>
    );
  }
}
