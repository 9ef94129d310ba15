// Generated from the Python package's table of operations: do not edit.

import type * as wire from './wire.generated';

/** Every operation: what it takes, and what it answers. */
export interface Operations {
  preview: { request: wire.NotebookSource; response: wire.Preview };
  grammar: { request: wire.Nothing; response: wire.Grammar };
  spell_tags: { request: wire.TagsRequest; response: wire.Tags };
  propose_tags: { request: wire.NotebookSource; response: wire.Proposals };
  plan: { request: wire.PlanRequest; response: wire.PlanView };
  list_runs: { request: wire.RunsRequest; response: wire.RunList };
  create_run: { request: wire.RunRequest; response: wire.Started };
  get_run: { request: wire.RunRef; response: wire.RunView };
  cancel: { request: wire.RunRef; response: wire.Started };
  retry: { request: wire.RetryRequest; response: wire.Started };
  plan_retry: { request: wire.RetryRequest; response: wire.PlanView };
  resume: { request: wire.RunRef; response: wire.Started };
  explain: { request: wire.RunRef; response: wire.Explanation };
  timeline: { request: wire.RunRef; response: wire.Timeline };
  report: { request: wire.RunRef; response: wire.Report };
  list_notices: { request: wire.RunRef; response: wire.NoticeList };
  get_node: { request: wire.NodeRef; response: wire.NodeDetail };
  get_log: { request: wire.LogRequest; response: wire.LogChunk };
  get_outputs: { request: wire.AttemptRef; response: wire.Outputs };
  get_inputs: { request: wire.NodeRef; response: wire.Inputs };
  restore: { request: wire.AttemptRef; response: wire.Restoring };
  preview_artifact: { request: wire.ArtifactRef; response: wire.ArtifactPreview };
  list_assets: { request: wire.AssetsRequest; response: wire.AssetList };
  list_asset_versions: { request: wire.AssetRequest; response: wire.AssetVersions };
  list_schedules: { request: wire.SchedulesRequest; response: wire.ScheduleList };
  add_schedule: { request: wire.AddSchedule; response: wire.ScheduleKept };
  preview_trigger: { request: wire.TriggerRequest; response: wire.TriggerReading };
  get_schedule: { request: wire.ScheduleRequest; response: wire.ScheduleDetail };
  edit_schedule: { request: wire.EditSchedule; response: wire.ScheduleKept };
  remove_schedule: { request: wire.ScheduleRef; response: wire.ScheduleRemoved };
  pause_schedule: { request: wire.PauseSchedule; response: wire.ScheduleView };
  resume_schedule: { request: wire.ScheduleRef; response: wire.ScheduleView };
  run_schedule: { request: wire.RunSchedule; response: wire.Fired };
  plan_backfill: { request: wire.BackfillRequest; response: wire.BackfillView };
  backfill: { request: wire.BackfillRequest; response: wire.BackfillView };
  list_deployments: { request: wire.DeploymentsRequest; response: wire.DeploymentList };
  deploy: { request: wire.DeployRequest; response: wire.Deploying };
  get_deployment: { request: wire.DeploymentRequest; response: wire.DeploymentDetail };
  get_version: { request: wire.VersionRef; response: wire.VersionDetail };
  diff_versions: { request: wire.DiffRequest; response: wire.VersionDiffView };
  promote: { request: wire.PromoteRequest; response: wire.MoveView };
  rollback: { request: wire.RollbackRequest; response: wire.MoveView };
  plan_rollback: { request: wire.RollbackRequest; response: wire.RollbackPlan };
  get_deploy_outcome: { request: wire.OutcomeRequest; response: wire.DeployOutcome };
}

/** Where each is found below `dataops/v1/`; names in braces are fields of the request. */
export const ROUTES: { readonly [Name in keyof Operations]: { method: 'GET' | 'POST'; route: string } } = {
  preview: { method: 'POST', route: 'preview' },
  grammar: { method: 'GET', route: 'grammar' },
  spell_tags: { method: 'POST', route: 'tags' },
  propose_tags: { method: 'POST', route: 'proposals' },
  plan: { method: 'POST', route: 'plan' },
  list_runs: { method: 'GET', route: 'runs' },
  create_run: { method: 'POST', route: 'runs' },
  get_run: { method: 'GET', route: 'runs/{run_id}' },
  cancel: { method: 'POST', route: 'runs/{run_id}/cancel' },
  retry: { method: 'POST', route: 'runs/{run_id}/retry' },
  plan_retry: { method: 'POST', route: 'runs/{run_id}/retry/plan' },
  resume: { method: 'POST', route: 'runs/{run_id}/resume' },
  explain: { method: 'GET', route: 'runs/{run_id}/explanation' },
  timeline: { method: 'GET', route: 'runs/{run_id}/timeline' },
  report: { method: 'GET', route: 'runs/{run_id}/report' },
  list_notices: { method: 'GET', route: 'runs/{run_id}/notices' },
  get_node: { method: 'GET', route: 'runs/{run_id}/nodes/{node}' },
  get_log: { method: 'GET', route: 'runs/{run_id}/nodes/{node}/log' },
  get_outputs: { method: 'GET', route: 'runs/{run_id}/nodes/{node}/outputs' },
  get_inputs: { method: 'GET', route: 'runs/{run_id}/nodes/{node}/inputs' },
  restore: { method: 'GET', route: 'runs/{run_id}/nodes/{node}/restore' },
  preview_artifact: { method: 'GET', route: 'artifacts/{run_id}/{node}/{name}/preview' },
  list_assets: { method: 'GET', route: 'assets' },
  list_asset_versions: { method: 'GET', route: 'assets/{asset}' },
  list_schedules: { method: 'GET', route: 'schedules' },
  add_schedule: { method: 'POST', route: 'schedules' },
  preview_trigger: { method: 'POST', route: 'triggers' },
  get_schedule: { method: 'GET', route: 'schedules/{schedule}' },
  edit_schedule: { method: 'POST', route: 'schedules/{schedule}/edit' },
  remove_schedule: { method: 'POST', route: 'schedules/{schedule}/remove' },
  pause_schedule: { method: 'POST', route: 'schedules/{schedule}/pause' },
  resume_schedule: { method: 'POST', route: 'schedules/{schedule}/resume' },
  run_schedule: { method: 'POST', route: 'schedules/{schedule}/run' },
  plan_backfill: { method: 'POST', route: 'schedules/{schedule}/backfill/plan' },
  backfill: { method: 'POST', route: 'schedules/{schedule}/backfill' },
  list_deployments: { method: 'GET', route: 'deployments' },
  deploy: { method: 'POST', route: 'deployments' },
  get_deployment: { method: 'GET', route: 'deployments/{deployment}' },
  get_version: { method: 'GET', route: 'deployments/{deployment}/versions/{version}' },
  diff_versions: { method: 'GET', route: 'deployments/{deployment}/diff' },
  promote: { method: 'POST', route: 'deployments/{deployment}/promote' },
  rollback: { method: 'POST', route: 'deployments/{deployment}/rollback' },
  plan_rollback: { method: 'POST', route: 'deployments/{deployment}/rollback/plan' },
  get_deploy_outcome: { method: 'GET', route: 'runs/{run_id}/deployment' }
};
