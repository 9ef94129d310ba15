/** What starts every id of ours: plugins, and the settings schema of each. */
export const PACKAGE = 'jupyter-dataops';

/** The side panel that follows the active notebook. */
export const PANEL_ID = 'jp-dataops-pipeline';
