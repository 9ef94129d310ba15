/** One shape for all commands: what they are called, why they cannot be used, and how they tell what went wrong. */
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { tellProblem } from './telling';

/** What a command may be given; each command documents its own. */
export interface Arguments {
  readonly path?: string;
  readonly run_id?: string;
  readonly node?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly select?: string;
  readonly cwd?: string;
  readonly focus?: boolean;
  readonly schedule?: string;
  readonly deployment?: string;
  readonly asset?: string;
  readonly environment?: string;
}

/** Of those that are no texts. */
const TYPES: Readonly<Record<string, string>> = { parameters: 'object', focus: 'boolean' };

export interface CommandSpec {
  readonly id: string;
  readonly label: string;
  readonly caption: string;
  readonly icon: LabIcon;
  /** Meaning of each argument, all optional; those named here are accepted. */
  readonly args?: { readonly [Name in keyof Arguments]?: string };
  /** In a launcher or the menu *New*, shorter than in the palette. */
  readonly shortLabel?: string;
  /** Why it cannot be used now, as a sentence; `null`: it can. */
  readonly whyNot?: (args: Arguments) => string | null;
  readonly execute: (args: Arguments) => Promise<unknown> | void;
}

function read(args: ReadonlyPartialJSONObject): Arguments {
  return args;
}

function describe({ args = {} }: CommandSpec): { args: ReadonlyPartialJSONObject } {
  const properties = Object.fromEntries(
    Object.entries(args).map(([name, description]) => [name, { type: TYPES[name] ?? 'string', description }])
  );
  return { args: { type: 'object', properties } };
}

/** The command exists, in the palette too. What goes wrong in it is told to the user. */
export function addCommand(
  commands: CommandRegistry,
  palette: ICommandPalette | null,
  category: string,
  spec: CommandSpec
): void {
  const { id, label, shortLabel, caption, icon, whyNot } = spec;
  commands.addCommand(id, {
    label: args => (args['isPalette'] || shortLabel === undefined ? label : shortLabel),
    caption: args => {
      const reason = whyNot?.(read(args)) ?? null;
      return reason === null ? caption : `${caption}\n${reason}`;
    },
    icon: args => (args['isPalette'] ? undefined : icon),
    isEnabled: args => (whyNot?.(read(args)) ?? null) === null,
    describedBy: describe(spec) as { args: never },
    execute: async args => {
      try {
        return (await spec.execute(read(args))) ?? null;
      } catch (error) {
        tellProblem(error);
        return null;
      }
    }
  });
  palette?.addItem({ command: id, category, args: { isPalette: true } });
}
