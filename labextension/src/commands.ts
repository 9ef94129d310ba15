/** Ids of commands, as they stand in menus, shortcuts and other extensions. */
export const COMMANDS = {
  runPipeline: 'dataops:run-pipeline',
  runChanged: 'dataops:run-changed',
  runNode: 'dataops:run-node',
  runFromNode: 'dataops:run-from-node',
  retryFailed: 'dataops:retry-failed',
  resumeRun: 'dataops:resume-run',
  cancelRun: 'dataops:cancel-run',
  openFailedNode: 'dataops:open-failed-node',
  openReport: 'dataops:open-report',
  goToNode: 'dataops:go-to-node',
  checkNotebook: 'dataops:check-notebook',
  tagNotebook: 'dataops:tag-notebook',
  newPipeline: 'dataops:new-pipeline',
  showPanel: 'dataops:show-panel',
  showRuns: 'dataops:show-runs'
} as const;
