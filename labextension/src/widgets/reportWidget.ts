import type { TranslationBundle } from '@jupyterlab/translation';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import type { Client } from '../api/client';
import { refusalOf } from '../model/refusals';
import { reportIcon } from './icons';

/** The page as the server made it, in a frame that runs nothing and reaches nothing; links open in a tab of their own. */
class ReportFrame extends Widget {
  constructor() {
    super({ node: document.createElement('div') });
    this.addClass('jp-dataops-report');
    this.frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
    this.frame.setAttribute('referrerpolicy', 'no-referrer');
    this.node.append(this.message, this.frame);
    this.message.className = 'jp-dataops-report-message';
    this.message.setAttribute('role', 'alert');
  }

  display(html: string, title: string): void {
    this.frame.title = title;
    this.frame.srcdoc = html;
    this.message.textContent = '';
  }

  tell(message: string): void {
    this.message.textContent = message;
  }

  private readonly frame = document.createElement('iframe');
  private readonly message = document.createElement('p');
}

/** The report of a run, in the main area. */
export class ReportWidget extends MainAreaWidget {
  constructor(
    private readonly client: Client,
    readonly runId: string,
    private readonly trans: TranslationBundle
  ) {
    const frame = new ReportFrame();
    super({ content: frame });
    this.frame = frame;
    this.id = `jp-dataops-report-${runId}`;
    this.title.icon = reportIcon;
    this.title.label = trans.__('Report');
    this.title.closable = true;
    this.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Ask for the report again'),
        onClick: () => void this.load()
      })
    );
    void this.load();
  }

  private async load(): Promise<void> {
    const request = { run_id: this.runId };
    try {
      const [{ html }, { run }] = await Promise.all([
        this.client.call('report', request),
        this.client.call('get_run', request)
      ]);
      const title = this.trans.__('Report of %1', run.name);
      this.title.label = title;
      this.title.caption = this.trans.__('Report of %1, run %2', run.name, run.run_id);
      this.frame.display(html, title);
    } catch (error) {
      const { message, hint } = refusalOf(error);
      this.frame.tell(`${message} ${hint}`.trim());
    }
  }

  private readonly frame: ReportFrame;
}
