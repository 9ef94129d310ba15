import type * as wire from '../api/wire.generated';
import { at } from './builders';

export function aVersion(version: number, parts: Partial<wire.VersionView> = {}): wire.VersionView {
  return {
    deployment: 'flights',
    version,
    label: `flights@${version}`,
    digest: `${version}f3a9c`,
    path: 'flights.ipynb',
    notebook: 'flights.ipynb',
    created_at: at(version * 3600),
    created_by: 'ada',
    nodes: 4,
    files: ['flights.ipynb'],
    remarks: [],
    live: [],
    ...parts
  };
}

export function aMove(environment: string, version: number, parts: Partial<wire.MoveView> = {}): wire.MoveView {
  return {
    deployment: 'flights',
    environment,
    version,
    previous: null,
    kind: 'deploy',
    at: at(version * 3600),
    by: 'ada',
    test_run_id: null,
    promoted_from: null,
    schedules: [],
    remarks: [],
    ...parts
  };
}

export function aLive(environment: string, version: number, parts: Partial<wire.LiveView> = {}): wire.LiveView {
  return { ...aMove(environment, version), back_to: null, ...parts };
}

export function aDeployment(parts: Partial<wire.DeploymentDetail> = {}): wire.DeploymentDetail {
  return { name: 'flights', versions: [aVersion(1)], live: [], moves: [], ...parts };
}

export function aRollback(version: number, remarks: string[] = []): wire.RollbackPlan {
  return { version, previous: version + 1, schedules: [], remarks };
}
