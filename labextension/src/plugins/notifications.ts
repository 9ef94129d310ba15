import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { RunSummary } from '../api/wire.generated';
import { Notices } from '../model/notices';
import { IDataOps, IDataOpsSettings, PACKAGE } from '../tokens';
import { RunNotifications } from '../widgets/runNotifications';

/** Kept by each tab of the browser for itself, over a reload. */
const GOING = `${PACKAGE}:going`;

function remembered(): string[] {
  try {
    const ids: unknown = JSON.parse(sessionStorage.getItem(GOING) ?? '[]');
    return Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

/** Tells how runs go, in one notification for each. */
export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:notifications`,
  description: 'Tells how runs go.',
  autoStart: true,
  requires: [IDataOps, IDataOpsSettings],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    settings: IDataOpsSettings,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const notices = new Notices(remembered());
    const notifications = new RunNotifications(app.commands, trans);
    let isWatching = false;

    const hear = (runs: readonly RunSummary[]) => {
      const rules = { scope: settings.current.notifications, isOpen: (path: string) => dataops.find(path) !== null };
      notices.after(runs, rules).forEach(notice => notifications.tell(notice));
      sessionStorage.setItem(GOING, JSON.stringify(notices.going));
    };
    // As late as possible: a page without notebooks needs no connection.
    const watch = () => {
      if (!isWatching && settings.current.notifications !== 'none') {
        isWatching = true;
        dataops.client.watch({ op: 'watch_runs' }, told => {
          if (told.kind === 'runs') {
            hear(told.runs);
          } else {
            isWatching = false;
          }
        });
      }
    };
    dataops.runStarted.connect((_, run) => {
      notices.start(run);
      watch();
      hear([run]);
    });
    dataops.activeChanged.connect(watch);
    settings.changed.connect((_, { notifications: scope }) => (scope === 'all' ? watch() : undefined));
    if (dataops.active !== null || notices.going.length > 0) {
      void settings.ready.then(watch);
    }
  }
};
