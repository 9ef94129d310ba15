import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { COMMANDS } from '../commands';
import type { Host } from '../components/host';
import type { Bridge } from '../anywidget/bridge';
import { goToCell, writeTags } from './cells';
import { labHost, type LabHostOptions } from './labHost';
import { pathFrom } from './paths';
import { saveOrAbort } from './saving';
import { attempt } from '../widgets/telling';

/** JupyterLab for the panels in outputs of its notebooks, each about a notebook of its own. */
export function widgetHosts(tracker: INotebookTracker, options: LabHostOptions): Bridge {
  return {
    hostOf: (element, { folder, path, isReadOnly }) => {
      const shown = tracker.find(panel => panel.node.contains(element));
      const full = shown && folder !== null ? pathFrom(shown.context.path, folder, path) : null;
      if (!shown || folder === null || full === null) {
        return null;
      }
      const file = (name: string) => pathFrom(shown.context.path, folder, name);
      return { ...labHost(options), ...hostOf(full, file, options), isReadOnly };
    }
  };
}

/** What differs from the side panel, which is about the active notebook. */
function hostOf(
  path: string,
  file: (name: string) => string | null,
  { dataops, actions, settings, commands, trans }: LabHostOptions
): Partial<Host> {
  const open = (): Promise<NotebookPanel> => actions.open(path);
  return {
    goToCell: (cellId, line) => attempt(open().then(panel => goToCell(panel, cellId, line))),
    save: async () => {
      const panel = dataops.find(path);
      if (panel !== null) {
        await saveOrAbort(panel, settings.current.saveBeforeRun, trans);
      }
    },
    openFile: name => {
      const found = file(name);
      attempt(
        found === null ? Promise.reject(new Error(trans.__('%1 cannot be opened here.', name))) : actions.open(found)
      );
    },
    // The panel shows what is saved: so is what was mended.
    applyFix: async fix => {
      const panel = await open();
      writeTags(panel, fix.changes);
      await panel.context.save();
    },
    tagNotebook: async () => {
      const panel = await open();
      await commands.execute(COMMANDS.tagNotebook, { path });
      await panel.context.save();
    }
  };
}
