import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';
import type { Client, Disposable } from '../api/client';
import type { Preview, RunView } from '../api/wire.generated';
import { Previewing } from '../model/previewing';
import { viewOf } from '../model/run';
import { pageTimers } from '../model/timers';
import type { INotebookPipeline, PipelineChange } from '../tokens';
import { LatestRun } from './latestRun';
import { sourceOf } from './source';

type Context = DocumentRegistry.IContext<INotebookModel>;

/** Follows one open notebook while a view of it is in sight; what it knows is kept meanwhile. */
export class NotebookPipeline implements INotebookPipeline {
  constructor(
    private readonly client: Client,
    private readonly context: Context
  ) {
    this.previewing = new Previewing({
      read: () => (context.isReady ? sourceOf(this.path, context.model) : null),
      ask: (source, signal) => client.call('preview', source, { signal }),
      tell: ({ preview, problem }) => {
        this.preview = preview;
        this.problem = problem;
        this.signal.emit('preview');
      },
      timers: pageTimers
    });
    context.pathChanged.connect(this.onPath, this);
    context.fileChanged.connect(this.onFile, this);
    context.model.contentChanged.connect(this.onContent, this);
    context.model.stateChanged.connect(this.onFile, this);
    void context.ready.then(() => this.onContent());
    this.connection = client.onConnection(state => {
      // The server is back: what could not be asked meanwhile is asked now.
      if (state === 'connected' && this.problem !== null) {
        this.onContent();
      }
    });
  }

  preview: Preview | null = null;
  problem: unknown = null;
  run: RunView | null = null;
  isDisposed = false;
  /** Somebody may look. */
  isAwake = false;

  get path(): string {
    return this.context.localPath;
  }

  get changed(): ISignal<INotebookPipeline, PipelineChange> {
    return this.signal;
  }

  get isReadOnly(): boolean {
    return this.context.model.readOnly || this.context.contentsModel?.writable === false;
  }

  refresh(): void {
    this.previewing.refresh();
  }

  /** It is worth knowing what the notebook says: somebody may look. */
  wake(): void {
    if (!this.isAwake) {
      this.isAwake = true;
      this.previewing.touch();
      this.latest ??= this.follow();
    }
  }

  /** Nobody looks: nothing is asked. The latest run is followed all the same, to be there when somebody does. */
  sleep(): void {
    this.isAwake = false;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    this.previewing.dispose();
    this.latest?.dispose();
    this.connection.dispose();
    Signal.clearData(this);
  }

  private follow(): LatestRun {
    return new LatestRun(this.client, this.path, model => {
      this.run = viewOf(model);
      this.signal.emit('run');
    });
  }

  private readonly onPath = (): void => {
    this.latest?.dispose();
    this.run = null;
    this.latest = this.isAwake ? this.follow() : null;
    this.signal.emit('path');
    this.signal.emit('run');
    this.onContent();
  };

  private readonly onFile = (): void => {
    if (this.wasReadOnly !== this.isReadOnly) {
      this.wasReadOnly = this.isReadOnly;
      this.signal.emit('access');
    }
  };

  private readonly onContent = (): void => {
    if (this.isAwake) {
      this.previewing.touch();
    }
  };

  private readonly signal = new Signal<INotebookPipeline, PipelineChange>(this);
  private readonly previewing: Previewing;
  private readonly connection: Disposable;
  private latest: LatestRun | null = null;
  private wasReadOnly = false;
}
