import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';
import { DEFAULTS, readSettings, type Settings } from '../model/settings';
import { IDataOpsSettings, PACKAGE } from '../tokens';

const ID = `${PACKAGE}:plugin`;

class RegisteredSettings implements IDataOpsSettings {
  constructor(registry: ISettingRegistry | null) {
    // A schema that some other extension has spoilt must not take ours with it: then defaults hold.
    this.ready = registry === null ? Promise.resolve() : this.follow(registry).catch(() => undefined);
  }

  current = DEFAULTS;
  readonly ready: Promise<void>;

  get changed(): ISignal<IDataOpsSettings, Settings> {
    return this.signal;
  }

  private async follow(registry: ISettingRegistry): Promise<void> {
    const settings = await registry.load(ID);
    const read = () => {
      this.current = readSettings(settings.composite);
      this.signal.emit(this.current);
    };
    settings.changed.connect(read);
    read();
  }

  private readonly signal = new Signal<IDataOpsSettings, Settings>(this);
}

/** What the user has chosen: `schema/plugin.json`, which also has the menu, the toolbar buttons and the shortcuts. */
export const settingsPlugin: JupyterFrontEndPlugin<IDataOpsSettings> = {
  id: ID,
  description: 'Provides what the user has chosen for pipelines in notebooks.',
  autoStart: true,
  optional: [ISettingRegistry],
  provides: IDataOpsSettings,
  activate: (_: JupyterFrontEnd, registry: ISettingRegistry | null) => new RegisteredSettings(registry)
};
