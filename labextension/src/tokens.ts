import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Client } from './api/client';
import type { Preview, RunSummary, RunView } from './api/wire.generated';
import type { Settings } from './model/settings';
import type { Actions } from './notebooks/actions';

/** What starts every id of ours: plugins, and the settings schema of each. */
export const PACKAGE = 'jupyter-dataops';

/** The side panel that follows the active notebook. */
export const PANEL_ID = 'jp-dataops-pipeline';

/** The side panel with the runs of all notebooks. */
export const RUNS_ID = 'jp-dataops-runs';

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

  /** The user may start, retry and cancel runs; taken for granted until `permissions`. */
  readonly mayRun: boolean;

  /** It is known what the user may do. Never rejects. */
  readonly permissions: Promise<void>;

  /** A run was started, retried or resumed from this page. */
  readonly runStarted: ISignal<IDataOps, RunSummary>;

  /** One object for each open notebook, however many views it has; gone with the last of them. */
  of(panel: NotebookPanel): INotebookPipeline;

  /** A view of the notebook at this path, as the server knows it; `null`: it is not open. */
  find(path: string): NotebookPanel | null;

  /** As `find`; without a path, the view of the active notebook. */
  panelFor(path: string | undefined): NotebookPanel | null;

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

/** What the user has chosen. */
export interface IDataOpsSettings {
  /** Defaults until they have been read, and where they cannot be. */
  readonly current: Settings;

  readonly changed: ISignal<IDataOpsSettings, Settings>;

  /** They have been read, or cannot be. Never rejects. */
  readonly ready: Promise<void>;
}

export const IDataOpsSettings = new Token<IDataOpsSettings>(
  `${PACKAGE}:IDataOpsSettings`,
  'What the user has chosen for pipelines in notebooks.'
);

/** What the user can do with runs; for the plugins of this extension. */
export const IDataOpsActions = new Token<Actions>(`${PACKAGE}:IDataOpsActions`, 'What the user can do with runs.');
export type IDataOpsActions = Actions;
