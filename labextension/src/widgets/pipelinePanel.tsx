import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, treeViewIcon } from '@jupyterlab/ui-components';
import type { JSX } from 'react';
import { PANEL_ID } from '../tokens';

/** The components of a pipeline, in a side panel of JupyterLab. */
export class PipelinePanel extends ReactWidget {
  constructor(private readonly trans: TranslationBundle) {
    super();
    this.id = PANEL_ID;
    this.addClass('jp-dataops-panel');
    this.title.icon = treeViewIcon;
    this.title.caption = trans.__('Pipeline');
  }

  protected override render(): JSX.Element {
    return <section aria-label={this.trans.__('Pipeline')} />;
  }
}
