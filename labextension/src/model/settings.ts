/** What the user can choose, as `schema/plugin.json` documents it. */
export interface Settings {
  readonly saveBeforeRun: 'always' | 'ask' | 'never';
  readonly showPanelOnRun: boolean;
  readonly confirmCancel: boolean;
  readonly jobs: number;
  readonly failFast: boolean;
  readonly panelSide: 'left' | 'right';
  readonly graphDirection: 'fit' | 'down' | 'right';
  readonly showChips: boolean;
  readonly showDiagnostics: boolean;
  readonly showStatus: boolean;
  readonly notifications: 'open' | 'all' | 'failures' | 'none';
}

/** Where settings cannot be read, and for each that is not as it should be. */
export const DEFAULTS: Settings = {
  saveBeforeRun: 'always',
  showPanelOnRun: true,
  confirmCancel: true,
  jobs: 0,
  failFast: false,
  panelSide: 'right',
  graphDirection: 'fit',
  showChips: true,
  showDiagnostics: true,
  showStatus: true,
  notifications: 'open'
};

const CHOICES: { readonly [Name in keyof Settings]?: readonly Settings[Name][] } = {
  saveBeforeRun: ['always', 'ask', 'never'],
  panelSide: ['left', 'right'],
  graphDirection: ['fit', 'down', 'right'],
  notifications: ['open', 'all', 'failures', 'none']
};

function isFit(name: keyof Settings, value: unknown): boolean {
  const choices: readonly unknown[] | undefined = CHOICES[name];
  return choices ? choices.includes(value) : typeof value === typeof DEFAULTS[name];
}

/** A file of settings that was edited by hand may hold anything. */
export function readSettings(stored: Readonly<Record<string, unknown>>): Settings {
  const names = Object.keys(DEFAULTS) as (keyof Settings)[];
  const fit = names.filter(name => isFit(name, stored[name]));
  return { ...DEFAULTS, ...Object.fromEntries(fit.map(name => [name, stored[name]])) };
}

/** Hands on a value that is another one than before: settings are told as a whole, whichever of them has changed. */
export function onlyNew<Value>(take: (value: Value) => void): (value: Value) => void {
  let known: { readonly value: Value } | null = null;
  return value => {
    if (known === null || known.value !== value) {
      known = { value };
      take(value);
    }
  };
}
