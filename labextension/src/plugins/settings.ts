import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import { DEFAULTS, readSettings, type Settings } from '../model/settings';
import { IDataOpsSettings, PACKAGE } from '../tokens';

const ID = `${PACKAGE}:plugin`;
const CELLS_ID = `${PACKAGE}:cells`;

class RegisteredSettings implements IDataOpsSettings {
  constructor(registry: ISettingRegistry | null, isEnglish: boolean) {
    // A schema that some other extension has spoilt must not take ours with it: then defaults hold.
    this.ready = registry === null ? Promise.resolve() : this.follow(registry, isEnglish).catch(() => undefined);
  }

  current = DEFAULTS;
  readonly ready: Promise<void>;

  get changed(): ISignal<IDataOpsSettings, Settings> {
    return this.signal;
  }

  private async follow(registry: ISettingRegistry, isEnglish: boolean): Promise<void> {
    // The server translates a schema that is asked for alone, and not those of extensions in the list that Lab starts with.
    const settings = await (isEnglish ? registry.load(ID) : registry.reload(ID));
    const read = () => {
      this.current = readSettings(settings.composite);
      this.signal.emit(this.current);
    };
    settings.changed.connect(read);
    read();
    if (!isEnglish) {
      await registry.reload(CELLS_ID);
    }
  }

  private readonly signal = new Signal<IDataOpsSettings, Settings>(this);
}

/** What the user has chosen: `schema/plugin.json`, which also has the menu, the toolbar buttons and the shortcuts. */
export const settingsPlugin: JupyterFrontEndPlugin<IDataOpsSettings> = {
  id: ID,
  description: 'Provides what the user has chosen for pipelines in notebooks.',
  autoStart: true,
  optional: [ISettingRegistry, ITranslator],
  provides: IDataOpsSettings,
  activate: (_: JupyterFrontEnd, registry: ISettingRegistry | null, translator: ITranslator | null) =>
    new RegisteredSettings(registry, /^en\b/.test(translator?.languageCode ?? 'en'))
};
