import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Client } from './api/client';
import type { NodeRunView, Preview, RunView } from './api/wire.generated';

/** What starts every id of ours: plugins, and the settings schema of each. */
export const PACKAGE = 'jupyter-dataops';

/** The side panel that follows the active notebook. */
export const PANEL_ID = 'jp-dataops-pipeline';

/** What of a pipeline is not as it was; `path`: the notebook was renamed; `access`: whether it may be changed. */
export type PipelineChange = 'preview' | 'run' | 'path' | 'access';

/** The pipeline in one open notebook: what its cells say now, unsaved as they are, and how its latest run goes. */
export interface INotebookPipeline {
  /** As the server knows it: relative to its root, with `/`, without a drive. */
  readonly path: string;

  /** Of the notebook a moment ago, kept while the server cannot be asked; `null`: not known yet. */
  readonly preview: Preview | null;

  /** Why the notebook as it is now could not be looked at, such as an `OperationError`; `null`: it was. */
  readonly problem: unknown;

  /** The latest run of the notebook, live; `null`: none, or not known yet. */
  readonly run: RunView | null;

  /** A node, child or check in the latest run. */
  nodeRun(name: string): NodeRunView | null;

  /** The file cannot be written: neither tags nor fixes. */
  readonly isReadOnly: boolean;

  readonly changed: ISignal<INotebookPipeline, PipelineChange>;

  /** The notebook was closed. Signals are disconnected by then. */
  readonly isDisposed: boolean;

  /** Looks at the notebook again at once. */
  refresh(): void;
}

/** What the plugins of this extension share. */
export interface IDataOps {
  readonly client: Client;

  /** One object for each open notebook, however many views it has; gone with the last of them. */
  of(panel: NotebookPanel): INotebookPipeline;

  /** Of the active notebook; `null`: there is none. */
  readonly active: INotebookPipeline | null;

  /** The active notebook is another one. What changes within it, its `changed` tells. */
  readonly activeChanged: ISignal<IDataOps, INotebookPipeline | null>;

  /** The view of the active notebook. */
  readonly activePanel: NotebookPanel | null;
}

export const IDataOps = new Token<IDataOps>(
  `${PACKAGE}:IDataOps`,
  'The pipelines of open notebooks, their runs, and the way to Python.'
);
