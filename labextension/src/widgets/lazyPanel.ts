import type { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import type { Disposable } from '../api/client';

export interface LazyPanelOptions<Content extends Disposable> {
  readonly id: string;
  readonly icon: LabIcon;
  readonly caption: string;
  /** Said in place of the content where that could not be loaded. */
  readonly problem: string;
  /** What is in the panel: called when it is first in sight, and with each look until that went well; with a new node. */
  readonly load: (node: HTMLElement) => Promise<Content>;
}

/** A panel whose content is loaded when somebody first looks: starting the application does not wait for it. */
export class LazyPanel<Content extends Disposable> extends Widget {
  constructor(private readonly options: LazyPanelOptions<Content>) {
    super();
    this.id = options.id;
    this.addClass('jp-dataops-panel');
    this.node.tabIndex = -1;
    this.title.icon = options.icon;
    this.title.caption = options.caption;
    this.sight.observe(this.node);
  }

  /** What is in the panel, which is loaded where that has not been done. */
  takeContent(): Promise<Content> {
    return (this.loading ??= this.load());
  }

  /** The keyboard is in the panel, unless it is somewhere in it already. */
  focus(): void {
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
  }

  override dispose(): void {
    this.sight.disconnect();
    void this.loading?.then(
      content => content.dispose(),
      () => undefined
    );
    super.dispose();
  }

  private async load(): Promise<Content> {
    // A node that React draws in is React's alone: emptied by others, it fails with its next change, or its end.
    const place = document.createElement('div');
    place.className = 'jp-dataops-panel-place';
    this.node.replaceChildren(place);
    try {
      return await this.options.load(place);
    } catch (error) {
      // A chunk that could not be fetched: the next look, and not this one, tries again.
      this.loading = null;
      this.node.textContent = this.options.problem;
      throw error;
    }
  }

  private loading: Promise<Content> | null = null;
  /** Not by Lumino's messages: while the application starts, a panel counts as shown that nobody gets to see. */
  private readonly sight = new IntersectionObserver(entries => {
    const isSeen = entries.at(-1)?.isIntersecting === true;
    if (isSeen && !this.isSeen) {
      // Whoever takes the content is told why there is none; who looks reads it.
      this.takeContent().catch(() => undefined);
    }
    this.isSeen = isSeen;
  });
  private isSeen = false;
}
