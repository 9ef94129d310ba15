import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';
import type { Permissions } from './server';
import { AnnouncingClient } from '../api/announcing';
import type { Client } from '../api/client';
import { SharingClient } from '../api/sharing';
import type { RunSummary } from '../api/wire.generated';
import type { IDataOps, INotebookPipeline } from '../tokens';
import { NotebookPipeline } from './notebookPipeline';

type Context = DocumentRegistry.IContext<INotebookModel>;

/** The pipelines of the notebooks that a tracker knows. Views of one notebook share its pipeline. */
export class DataOps implements IDataOps {
  constructor(
    client: Client,
    private readonly tracker: INotebookTracker,
    permissions: Promise<Permissions>
  ) {
    this.permissions = permissions.then(({ execute, write }) => {
      this.mayRun = execute;
      this.mayWrite = write;
    });
    this.client = new AnnouncingClient(new SharingClient(client), run => this.started.emit(run));
    tracker.currentChanged.connect(this.onCurrent, this);
    tracker.widgetAdded.connect((_, panel) => this.of(panel), this);
    this.onCurrent();
  }

  readonly client: Client;
  readonly permissions: Promise<void>;
  mayRun = true;
  mayWrite = true;

  get runStarted(): ISignal<IDataOps, RunSummary> {
    return this.started;
  }

  get activePanel(): NotebookPanel | null {
    const panel = this.tracker.currentWidget;
    return panel === null || panel.isDisposed ? null : panel;
  }

  get active(): INotebookPipeline | null {
    const panel = this.activePanel;
    return panel === null ? null : this.of(panel);
  }

  get activeChanged(): ISignal<IDataOps, INotebookPipeline | null> {
    return this.signal;
  }

  of(panel: NotebookPanel): NotebookPipeline {
    const { context } = panel;
    let pipeline = this.pipelines.get(context);
    if (pipeline === undefined) {
      pipeline = new NotebookPipeline(this.client, context);
      this.pipelines.set(context, pipeline);
      context.disposed.connect(this.onClosed, this);
    }
    if (!this.views.has(panel.node)) {
      this.views.set(panel.node, pipeline);
      this.sight.observe(panel.node);
      panel.disposed.connect(() => {
        this.sight.unobserve(panel.node);
        this.see(panel.node, false);
      });
    }
    return pipeline;
  }

  find(path: string): NotebookPanel | null {
    return this.tracker.find(({ context }) => context.localPath === path) ?? null;
  }

  panelFor(path: string | undefined): NotebookPanel | null {
    return path === undefined ? this.activePanel : this.find(path);
  }

  /** Awake while any view of it is in sight. */
  private see(view: Element, isInSight: boolean): void {
    const pipeline = this.views.get(view);
    if (pipeline === undefined) {
      return;
    }
    const seen = this.inSight.get(pipeline) ?? new Set();
    this.inSight.set(pipeline, seen);
    if (isInSight) {
      seen.add(view);
      pipeline.wake();
    } else if (seen.delete(view) && seen.size === 0) {
      pipeline.sleep();
    }
  }

  private readonly onCurrent = (): void => {
    const active = this.active;
    if (active !== this.latest) {
      this.latest = active;
      this.signal.emit(active);
    }
  };

  private readonly onClosed = (context: Context): void => {
    this.pipelines.get(context)?.dispose();
    this.pipelines.delete(context);
    this.onCurrent();
  };

  private readonly pipelines = new Map<Context, NotebookPipeline>();
  private readonly views = new WeakMap<Element, NotebookPipeline>();
  private readonly inSight = new WeakMap<NotebookPipeline, Set<Element>>();
  /** A notebook behind another tab is not in sight, one in a split view is. */
  private readonly sight = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      this.see(target, isIntersecting);
    }
  });
  private readonly signal = new Signal<IDataOps, INotebookPipeline | null>(this);
  private readonly started = new Signal<IDataOps, RunSummary>(this);
  private latest: INotebookPipeline | null = null;
}
