import type { Client, Disposable } from '../api/client';
import { NO_SOURCE, PushedSource, type Source } from '../components/source';
import { refusalOf } from '../model/refusals';

/** What tells that a notebook was saved. */
interface Savings {
  onSaved(listener: () => void): Disposable;
}

/** The notebook as the kernel reads it from disk: looked at now, and whenever it is saved. */
export class SavedSource extends PushedSource implements Source, Disposable {
  constructor(
    private readonly client: Client & Savings,
    private readonly path: string
  ) {
    super({ ...NO_SOURCE, path });
    this.end = client.onSaved(() => this.refresh());
    this.refresh();
  }

  refresh(): void {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const request = { path: this.path, notebook: null };
    this.client.call('preview', request, { signal: asking.signal }).then(
      preview => this.push({ preview, problem: null }),
      (error: unknown) => {
        if (!asking.signal.aborted) {
          this.push({ problem: refusalOf(error) });
        }
      }
    );
  }

  dispose(): void {
    this.asking?.abort();
    this.end.dispose();
  }

  private readonly end: Disposable;
  private asking: AbortController | null = null;
}
