import type { DeploymentDetail, LiveView, MoveView, Refusal, VersionView } from '../api/wire.generated';
import { sentence } from './sentences';
import type { Texts } from './texts';

/** Versions that an environment can go back to, first the one that a rollback goes to unless it is told another. */
export function rollbackTargets({ versions, moves }: DeploymentDetail, live: LiveView): readonly number[] {
  const been = moves.filter(move => move.environment === live.environment).map(move => move.version);
  const known = new Set(versions.map(one => one.version));
  const { version: present, back_to } = live;
  const others = [...new Set(been)].filter(one => one !== present && one !== back_to && known.has(one));
  return back_to === null ? others : [back_to, ...others];
}

/** Environments that what is live in one can be promoted to: those of the configuration, and where it is live already. */
export function promotionTargets(environments: readonly string[], live: readonly MoveView[], from: MoveView): string[] {
  const at = new Map(live.map(move => [move.environment, move.version]));
  const known = [...new Set([...environments, ...at.keys()])];
  return known.filter(name => name !== from.environment && at.get(name) !== from.version).sort();
}

/** The version before this one, as versions are numbered; `null`: it is the first that is known. */
export function versionBefore(versions: readonly VersionView[], version: number): number | null {
  const earlier = versions.map(one => one.version).filter(number => number < version);
  return earlier.length === 0 ? null : Math.max(...earlier);
}

/** What stands in the form of a deployment. */
export interface DeployDraft {
  readonly environment: string;
  readonly name: string;
  readonly test: boolean;
  readonly typed: Readonly<Record<string, string>>;
  /** It takes the place of a notebook at another place. */
  readonly takeover: boolean;
}

/** Whether the server wants a takeover to be asked for: the deployment is of a notebook at another place. */
export function isOfAnother(refusal: Refusal | null): boolean {
  return refusal?.code === 'another_notebook';
}

/** The refusal as a page says it: a takeover is asked for with a box, and not with options of the command line. */
export function deployRefusal(refusal: Refusal, texts: Texts): Refusal {
  return isOfAnother(refusal)
    ? {
        ...refusal,
        message: sentence(refusal.message),
        hint: texts.__('With project = "NAME" in dataops.toml, a notebook is the same one in every checkout.')
      }
    : refusal;
}
