/** Commands for what is seen in the notebook. */
export const CellCommands = {
  /** With `{node}`: the panel shows the details of that node. */
  showNode: 'dataops:show-node',
  toggleChips: 'dataops:toggle-chips',
  editTags: 'dataops:edit-tags',
  startNode: 'dataops:start-node',
  makeSetup: 'dataops:make-setup',
  makeParameters: 'dataops:make-parameters',
  addCheck: 'dataops:add-check',
  skipCells: 'dataops:skip-cells',
  clearTags: 'dataops:clear-tags',
  tagNotebook: 'dataops:tag-notebook'
} as const;
