import type { Texts } from '../model/texts';
import { Camera } from './camera';
import { Controls } from './controls';
import { Emphasis } from './emphasis';
import { Gestures } from './gestures';
import { Interaction, type GraphActions } from './interaction';
import { layoutOf } from './layout';
import { LayoutError, sharedLayout, type LayoutEngine } from './layoutService';
import { meterOf, shapeOf } from './measure';
import { Message } from './message';
import { Minimap } from './minimap';
import { topologyKey, type Direction, type GraphModel, type NodeLook } from './model';
import { Scene, type Picture } from './scene';
import { html } from './svg';
import { ENGLISH } from '../model/texts';
import { topologyOf } from './topology';

export interface GraphViewOptions extends GraphActions {
  readonly texts?: Texts | undefined;
  readonly direction?: Direction | undefined;
  readonly engine?: LayoutEngine | undefined;
  /** The user has turned it: to be remembered. */
  onTurn?(direction: Direction): void;
  /** All of it is on the screen. */
  onDrawn?(picture: Picture): void;
}

/** The live graph of a pipeline: in `element`, until it is disposed of. */
export class GraphView {
  private readonly root: HTMLElement;
  private readonly message: Message;
  private readonly probe = html('span', { class: 'jp-dataops-graph-probe', 'aria-hidden': 'true' }, 'Mx');
  private readonly noteProbe = html(
    'span',
    { class: 'jp-dataops-graph-probe jp-mod-note', 'aria-hidden': 'true' },
    'Mx'
  );
  private readonly life = new AbortController();
  private readonly scene: Scene;
  private readonly camera: Camera;
  private readonly emphasis: Emphasis;
  private readonly minimap: Minimap;
  private readonly controls: Controls;
  private readonly interaction: Interaction;
  private readonly observer: ResizeObserver;
  private readonly texts: Texts;
  private readonly engine: LayoutEngine;
  private model: GraphModel = { nodes: [], edges: [] };
  private key = '';
  private direction: Direction;
  private looks: ReadonlyMap<string, NodeLook> = new Map();
  private layouting = new AbortController();

  constructor(
    element: HTMLElement,
    private readonly options: GraphViewOptions = {}
  ) {
    const { signal } = this.life;
    this.texts = options.texts ?? ENGLISH;
    this.engine = options.engine ?? sharedLayout();
    this.direction = options.direction ?? 'LR';
    this.scene = new Scene(this.texts);
    const area = html('div', { class: 'jp-dataops-graph-area' }, this.scene.stage);
    this.root = html('div', { class: 'jp-dataops-graph' }, area);
    this.camera = new Camera(this.root, this.scene.stage, () => this.follow());
    this.emphasis = new Emphasis(this.scene);
    this.minimap = new Minimap(this.camera, signal);
    this.message = new Message(this.texts);
    this.controls = new Controls(
      this.texts,
      { zoomBy: factor => this.zoomBy(factor), fit: () => this.fit(), turn: () => this.turn() },
      signal
    );
    this.interaction = new Interaction(area, this.scene, this.emphasis, this.camera, options, signal);
    new Gestures(area, this.camera, signal);
    this.root.append(this.minimap.element, this.controls.element, this.message.element, this.probe, this.noteProbe);
    element.append(this.root);
    this.observer = new ResizeObserver(() => this.onResize());
    [this.root, this.probe, this.noteProbe].forEach(one => this.observer.observe(one));
    this.controls.setDirection(this.direction);
    this.engine.warm();
  }

  /** The graph is this one, as soon as there is geometry for it. The same graph again costs nothing. */
  setGraph(model: GraphModel): void {
    const key = topologyKey(model);
    this.model = model;
    if (key === this.key && this.scene.picture) {
      this.scene.describe(model);
      return;
    }
    this.key = key;
    void this.layout();
  }

  /** Nodes look so; those that are not in the map have not run. No layout. Not more than once for each picture. */
  setStates(looks: ReadonlyMap<string, NodeLook>): void {
    this.looks = looks;
    this.restyle();
  }

  /** Without telling `onSelect`, which is for what the user does. */
  select(id: string | null): void {
    this.interaction.select(id);
  }

  setDirection(direction: Direction): void {
    if (direction !== this.direction) {
      this.direction = direction;
      this.controls.setDirection(direction);
      this.camera.restart();
      void this.layout();
    }
  }

  fit(): void {
    this.camera.fit();
  }

  zoomTo(scale: number): void {
    this.camera.zoomTo(scale, undefined, true);
  }

  zoomBy(factor: number): void {
    this.zoomTo(this.camera.scale * factor);
  }

  dispose(): void {
    this.life.abort();
    this.layouting.abort();
    this.observer.disconnect();
    this.camera.dispose();
    this.scene.dispose();
    this.root.remove();
  }

  private turn(): void {
    this.setDirection(this.direction === 'LR' ? 'TB' : 'LR');
    this.options.onTurn?.(this.direction);
  }

  private async layout(): Promise<void> {
    this.layouting.abort();
    const { signal } = (this.layouting = new AbortController());
    const { model, direction } = this;
    const meter = meterOf(this.probe, this.noteProbe);
    const topology = topologyOf(model);
    const shapes = model.nodes.map(node => shapeOf(node, meter));
    if (!this.scene.picture && model.nodes.length) {
      this.message.showWaiting();
    }
    try {
      const layout = await layoutOf({ topology, sizes: shapes, direction, signal }, this.engine);
      if (!signal.aborted) {
        await this.draw({ model: this.model, topology, shapes, layout, meter, direction });
      }
    } catch (error) {
      if (!(error instanceof LayoutError)) {
        throw error;
      }
    }
  }

  private async draw(picture: Picture): Promise<void> {
    const { model, layout } = picture;
    this.message.showLayout(layout);
    this.root.classList.toggle('jp-mod-empty', model.nodes.length === 0);
    this.camera.setGraph(layout, model.nodes.length);
    this.minimap.setLayout(layout);
    const label = this.texts._n('Graph of %1 node', 'Graph of %1 nodes', model.nodes.length);
    this.scene.svg.setAttribute('aria-label', label);
    this.interaction.before();
    if (await this.scene.draw(picture, () => this.looks)) {
      this.interaction.after();
      this.restyle();
      this.minimap.setNodes(this.scene.nodes);
      this.options.onDrawn?.(picture);
    }
  }

  private restyle(): void {
    const changed = this.scene.restyle(this.looks);
    if (changed.length) {
      this.minimap.setNodes(this.scene.nodes);
    }
  }

  private onResize(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width && height) {
      this.camera.setView({ width, height });
    }
    const known = this.scene.picture?.meter.key;
    if (known !== undefined && width && known !== meterOf(this.probe, this.noteProbe).key) {
      void this.layout();
    }
  }

  private follow(): void {
    this.minimap.follow();
    this.emphasis.follow(this.camera.scale);
  }
}
