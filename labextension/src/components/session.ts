import type { Client, Disposable } from '../api/client';
import type { Fix, RunSummary, Started } from '../api/wire.generated';
import { chooseRun, chooseTab, FIRST_PANEL, openNode, type Panel, type Tab, type View } from '../model/panel';
import { isAbort, refusalOf } from '../model/refusals';
import { changeRuns, isEnded, latestOf } from '../model/run';
import { createStore, type Schedule, type Store } from '../model/store';
import { Following } from './following';
import { agreesToCancel, type Host } from './host';
import {
  defaultsOf,
  type Draft,
  firstState,
  NO_DRAFT,
  type Place,
  reading,
  type SessionState,
  shownRun,
  type Trouble
} from './sessionState';
import type { Source } from './source';

type Acting = Pick<SessionState, 'busy' | 'trouble'>;

/**
 * What is shown of one notebook at a time, and what the user can do with it.
 *
 * `PipelineView` shows it; who has made it can drive the view from outside, as Lab's commands do. Follows the source:
 * another notebook begins anew, but for what was typed for it before.
 * What an action is about is settled when it is begun: whatever it waits for, it never turns to something else.
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
    const isLatest = runId !== null && runId === latestOf(this.state.runs)?.run_id;
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
    this.tell(this.state.source.path, { busy: this.state.busy, trouble: null });
  }

  /** A run of the notebook as it is on the screen: it is saved first. */
  startRun(
    { changed = false, select }: { changed?: boolean; select?: string } = {},
    place: Place = 'controls'
  ): Promise<void> {
    const { source, draft } = this.state;
    const { path } = source;
    const { jobs, failFast } = defaultsOf(draft, this.host);
    const parameters = { ...reading(this.state).values };
    const chosen = select ?? (draft.select.trim() || null);
    return this.act(changed ? 'run_changed' : 'run', place, async () => {
      if (path === null) {
        return;
      }
      await this.host.save?.();
      return this.client.call('create_run', { path, parameters, select: chosen, changed, jobs, fail_fast: failFast });
    });
  }

  /** What failed runs again, or what `what` says. */
  retry(what: { nodes?: string[]; select?: string } = {}, place: Place = 'controls'): Promise<void> {
    const { nodes = [], select = null } = what;
    const { jobs } = defaultsOf(this.state.draft, this.host);
    return this.actOnRun(what.nodes || what.select ? 'retry_node' : 'retry_failed', place, async run => {
      // A node tried again in a run that goes on runs with what that run has pinned: nothing to save.
      if (isEnded(run)) {
        await this.host.save?.();
      }
      return this.client.call('retry', { run_id: run.run_id, nodes, select, jobs });
    });
  }

  resume(): Promise<void> {
    return this.actOnRun('resume', 'controls', run => this.client.call('resume', { run_id: run.run_id }));
  }

  cancel(): Promise<void> {
    return this.actOnRun('cancel', 'controls', async run =>
      (await agreesToCancel(this.host, run)) ? this.client.call('cancel', { run_id: run.run_id }) : undefined
    );
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

  /** With the run that is shown now. */
  private actOnRun(busy: string, place: Place, ask: (run: RunSummary) => Promise<Started | undefined>): Promise<void> {
    const run = shownRun(this.state);
    return run ? this.act(busy, place, () => ask(run)) : Promise.resolve();
  }

  /** One action at a time for each notebook; what it says when it fails is shown where it was begun. */
  private async act(busy: string, place: Place, what: () => Promise<Started | void>): Promise<void> {
    const { path } = this.state.source;
    if (this.state.busy !== null) {
      return;
    }
    this.tell(path, { busy, trouble: null });
    let trouble: Trouble | null = null;
    try {
      const started = await what();
      if (started && path === this.state.source.path) {
        this.showStarted(started);
      }
    } catch (error) {
      // Somebody thought better of it, which they know.
      trouble = isAbort(error) ? null : { place, refusal: refusalOf(error) };
    }
    this.tell(path, { busy: null, trouble });
  }

  /** How it goes with the action of a notebook, which is shown with that notebook alone. */
  private tell(path: string | null, acting: Acting): void {
    this.acting.set(path, acting);
    if (path === this.state.source.path) {
      this.change(acting);
    }
  }

  private showStarted({ run }: Started): void {
    this.store.update(state => ({ ...state, runs: changeRuns(state.runs ?? [], [run]) }));
    this.showRun(run.run_id);
  }

  private followSource(): void {
    const source = this.source.get();
    const { source: before, panel } = this.state;
    if (source.path === before.path) {
      this.change({ source });
      return;
    }
    const { view, direction } = panel;
    this.change({
      ...firstState(this.client),
      ...this.acting.get(source.path),
      source,
      draft: (source.path !== null && this.drafts.get(source.path)) || NO_DRAFT,
      panel: { ...FIRST_PANEL, view, direction }
    });
    this.following.followNotebook(source.path);
  }

  private change(change: Partial<SessionState>): void {
    this.store.update(state => ({ ...state, ...change }));
  }

  private readonly disposables: Disposable[];
  private readonly acting = new Map<string | null, Acting>();
  private readonly drafts = new Map<string, Draft>();
  private readonly following: Following;
}
