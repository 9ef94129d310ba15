import type { Texts } from '../model/texts';
import type { Layout } from './layout';
import { html } from './svg';

/** What there is to say where there is no graph, or not the best one. */
export class Message {
  readonly element = html('div', { role: 'note' });

  constructor(private readonly texts: Texts) {
    this.say('');
  }

  /** The first picture takes a while: said only where it does. */
  showWaiting(): void {
    this.say(this.texts.__('Arranging the graph…'), 'jp-mod-late');
  }

  showLayout({ nodes, fallback }: Layout): void {
    if (nodes.length === 0) {
      this.say(this.texts.__('No nodes yet'));
    } else if (fallback === 'size' || fallback === 'timeout') {
      this.say(this.texts.__('Arranged in plain rows: too large to be arranged neatly'), 'jp-mod-note');
    } else if (fallback) {
      this.say(
        this.texts.__('Arranged in plain rows: this page does not let the graph be arranged neatly'),
        'jp-mod-note'
      );
    } else {
      this.say('');
    }
  }

  private say(text: string, modifier = ''): void {
    this.element.className = `jp-dataops-graph-message ${modifier}`;
    this.element.textContent = text;
  }
}
