import type { Client, Disposable } from '../api/client';
import type { Fix, RunSummary, Started } from '../api/wire.generated';
import { chooseRun, chooseTab, openNode, type Panel, type Tab, type View } from '../model/panel';
import { refusalOf } from '../model/refusals';
import { changeRuns, isEnded } from '../model/run';
import { createStore, type Schedule, type Store } from '../model/store';
import { Following } from './following';
import { agreesToCancel, type Host } from './host';
import {
  type Draft,
  firstState,
  jobsOf,
  NO_DRAFT,
  type Place,
  reading,
  type SessionState,
  shownRun
} from './sessionState';
import type { Source } from './source';

/**
 * What is shown of one notebook at a time, and what the user can do with it.
 *
 * `PipelineView` makes one for itself; who wants to drive the view from outside, as Lab's commands do, makes one and
 * hands it in. Follows the source: another notebook begins anew, but for what was typed for it before.
 */
export class Session implements Disposable {
  readonly store: Store<SessionState>;

  constructor(
    readonly client: Client,
    readonly host: Host,
    private readonly source: Source,
    schedule?: Schedule
  ) {
    this.store = createStore(firstState(client));
    this.following = new Following(client, this.store, schedule);
    this.disposables = [
      source.subscribe(() => this.followSource()),
      client.onConnection(connection => this.change({ connection }))
    ];
    this.followSource();
  }

  get state(): SessionState {
    return this.store.get();
  }

  dispose(): void {
    this.disposables.forEach(disposable => disposable.dispose());
    this.following.dispose();
  }

  show(view: View): void {
    this.changePanel(panel => ({ ...panel, view }));
  }

  /** Details of a node are shown; `null`: no details. */
  open(node: string | null, tab?: Tab): void {
    this.changePanel(panel => openNode(panel, node, tab));
    if (this.state.trouble?.place === 'node') {
      this.forgive();
    }
  }

  openTab(tab: Tab, attempt?: number | null): void {
    this.changePanel(panel => chooseTab(panel, tab, attempt));
  }

  /** This run is shown; `null`: the latest one, also when there is a newer one. */
  showRun(runId: string | null): void {
    const isLatest = runId !== null && runId === this.state.runs?.[0]?.run_id;
    this.changePanel(panel => chooseRun(panel, isLatest ? null : runId));
    this.following.followShownRun();
  }

  changePanel(change: (panel: Panel) => Panel): void {
    this.store.update(state => ({ ...state, panel: change(state.panel) }));
  }

  type(draft: Partial<Draft>): void {
    this.change({ draft: { ...this.state.draft, ...draft } });
    const { path } = this.state.source;
    if (path !== null) {
      this.drafts.set(path, this.state.draft);
    }
  }

  /** Asks again for what could not be told. */
  followAgain(): void {
    this.change({ runsProblem: null, runProblem: null });
    this.following.followNotebook(this.state.source.path);
  }

  /** The message of what failed is gone. */
  forgive(): void {
    this.change({ trouble: null });
  }

  /** A run of the notebook as it is on the screen: it is saved first. */
  startRun(
    { changed = false, select }: { changed?: boolean; select?: string } = {},
    place: Place = 'controls'
  ): Promise<void> {
    return this.act(changed ? 'run_changed' : 'run', place, async () => {
      const { source, draft } = this.state;
      if (source.path === null) {
        return;
      }
      await this.host.save?.();
      const started = await this.client.call('create_run', {
        path: source.path,
        parameters: { ...reading(this.state).values },
        select: select ?? (draft.select.trim() || null),
        changed,
        jobs: jobsOf(draft),
        fail_fast: draft.failFast
      });
      this.showStarted(started);
    });
  }

  /** What failed runs again, or what `what` says. */
  retry(what: { nodes?: string[]; select?: string } = {}, place: Place = 'controls'): Promise<void> {
    return this.act(what.nodes || what.select ? 'retry_node' : 'retry_failed', place, async () => {
      const run = shownRun(this.state);
      if (!run) {
        return;
      }
      // A node tried again in a run that goes on runs with what that run has pinned: nothing to save.
      if (isEnded(run)) {
        await this.host.save?.();
      }
      const { nodes = [], select = null } = what;
      const jobs = jobsOf(this.state.draft);
      this.showStarted(await this.client.call('retry', { run_id: run.run_id, nodes, select, jobs }));
    });
  }

  resume(): Promise<void> {
    return this.act('resume', 'controls', () =>
      this.withRun(run => this.client.call('resume', { run_id: run.run_id }))
    );
  }

  cancel(): Promise<void> {
    return this.act('cancel', 'controls', async () => {
      if (await agreesToCancel(this.host)) {
        await this.withRun(run => this.client.call('cancel', { run_id: run.run_id }));
      }
    });
  }

  openFailedNode(runId: string, node: string): Promise<void> {
    return this.act('open_failed_node', 'node', async () => this.host.openFailedNode?.(runId, node));
  }

  applyFix(fix: Fix): Promise<void> {
    return this.act('fix', 'problems', async () => this.host.applyFix?.(fix));
  }

  tagNotebook(): Promise<void> {
    return this.act('tag', 'start', async () => this.host.tagNotebook?.());
  }

  private async withRun(ask: (run: RunSummary) => Promise<Started>): Promise<void> {
    const run = shownRun(this.state);
    if (run) {
      this.showStarted(await ask(run));
    }
  }

  /** One action at a time; what it says when it fails is shown where it was begun. */
  private async act(busy: string, place: Place, what: () => Promise<void>): Promise<void> {
    if (this.state.busy !== null) {
      return;
    }
    this.change({ busy, trouble: null });
    try {
      await what();
    } catch (error) {
      this.change({ trouble: { place, refusal: refusalOf(error) } });
    } finally {
      this.change({ busy: null });
    }
  }

  private showStarted({ run }: Started): void {
    this.store.update(state => ({ ...state, runs: changeRuns(state.runs ?? [], [run]) }));
    this.showRun(run.run_id);
  }

  private followSource(): void {
    const source = this.source.get();
    const { path } = this.state.source;
    this.change({ source });
    if (source.path === path) {
      return;
    }
    const draft = (source.path !== null && this.drafts.get(source.path)) || NO_DRAFT;
    const fresh = { ...firstState(this.client), source, draft };
    this.change({ ...fresh, panel: { ...fresh.panel, view: this.state.panel.view } });
    this.following.followNotebook(source.path);
  }

  private change(change: Partial<SessionState>): void {
    this.store.update(state => ({ ...state, ...change }));
  }

  private readonly disposables: Disposable[];
  private readonly drafts = new Map<string, Draft>();
  private readonly following: Following;
}
