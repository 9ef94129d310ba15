import type { Disposable } from '../api/client';
import { NO_SOURCE, type Source, type SourceState } from '../components/source';
import { refusalOf } from '../model/refusals';
import type { IDataOps, INotebookPipeline } from '../tokens';

/** The active notebook, as the panel follows it. */
export class ActiveSource implements Source {
  constructor(private readonly dataops: IDataOps) {
    dataops.activeChanged.connect(this.follow, this);
    this.follow();
  }

  get(): SourceState {
    if (this.followed === null) {
      return NO_SOURCE;
    }
    const { path, preview, problem } = this.followed;
    return { path, preview, problem: problem === null ? null : refusalOf(problem) };
  }

  subscribe(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  private readonly follow = (): void => {
    this.followed?.changed.disconnect(this.onChanged, this);
    this.followed = this.dataops.active;
    this.followed?.changed.connect(this.onChanged, this);
    this.tell();
  };

  private readonly onChanged = (_: INotebookPipeline, change: string): void => {
    if (change === 'preview' || change === 'path') {
      this.tell();
    }
  };

  private tell(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }

  private readonly listeners = new Set<() => void>();
  private followed: INotebookPipeline | null = null;
}
