import type { ICommandPalette } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { IDataOps } from '../tokens';
import { addCommand, type CommandSpec } from '../widgets/command';

/** Commands that can be used or not depending on which notebook is active, and on what the user may do. */
export function addNotebookCommands(
  commands: CommandRegistry,
  palette: ICommandPalette | null,
  category: string,
  dataops: IDataOps,
  specs: readonly CommandSpec[]
): void {
  specs.forEach(spec => addCommand(commands, palette, category, spec));
  const notify = () => specs.forEach(({ id }) => commands.notifyCommandChanged(id));
  dataops.activeChanged.connect(notify);
  void dataops.permissions.then(notify);
}
