import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { fireEvent, waitFor } from '@testing-library/dom';
import { chainGraph, exampleGraph } from '../testing/graphs';
import type { LayoutEngine } from './layoutService';
import { layout } from './layoutWorker';
import type { GraphModel } from './model';
import { GraphView, type GraphViewOptions } from './view';

const ENGINE: LayoutEngine = { layout, warm: () => undefined };
const { model: EXAMPLE, looks: LOOKS } = exampleGraph();
const views: GraphView[] = [];

afterEach(() => {
  views.splice(0).forEach(view => view.dispose());
  document.body.replaceChildren();
});

async function shown(model: GraphModel, options: GraphViewOptions = {}): Promise<GraphView> {
  const drawn = new Promise<void>(resolve => {
    const view = new GraphView(document.body, { engine: ENGINE, ...options, onDrawn: () => resolve() });
    views.push(view);
    view.setGraph(model);
  });
  await drawn;
  return views.at(-1)!;
}

function node(id: string): SVGGElement {
  const found = document.querySelector<SVGGElement>(`.jp-dataops-graph-node[data-node="${id}"]`);
  assert.ok(found, `there is no node ${id}`);
  return found;
}

function focused(): string | null | undefined {
  return document.activeElement?.getAttribute('data-node');
}

function press(key: string): boolean {
  return fireEvent.keyDown(document.activeElement!, { key });
}

function label(id: string): string | null {
  return node(id).getAttribute('aria-label');
}

test('each node is a button with a name that says all, in the order of the document', async () => {
  const view = await shown(EXAMPLE);
  view.setStates(LOOKS);
  await waitFor(() =>
    assert.equal(label('clean'), 'Node clean, succeeded, 3.2 s, 2 checks passed, on the critical path')
  );

  const nodes = [...document.querySelectorAll('[role=button]')];
  assert.deepEqual(
    nodes.map(one => one.getAttribute('data-node')),
    EXAMPLE.nodes.map(({ id }) => id)
  );
  assert.match(document.querySelector('svg[role=group]')!.getAttribute('aria-label')!, /16 nodes/);
});

test('labels are text, whatever is in them', async () => {
  const bad = '<img src=x onerror=alert(1)>"];';
  await shown({ nodes: [{ id: bad, label: bad, kind: 'node' }], edges: [] });

  assert.equal(document.querySelector('img'), null);
  assert.equal(document.querySelector('.jp-dataops-graph-node')!.getAttribute('aria-label'), `Node ${bad}, not run`);
});

test('a new state changes the node that is there, and lays out nothing', async () => {
  let layouts = 0;
  const counting: LayoutEngine = {
    layout: (...args) => {
      layouts += 1;
      return ENGINE.layout(...args);
    },
    warm: () => undefined
  };
  const view = await shown(EXAMPLE, { engine: counting });
  const [before, edges] = [node('evaluate'), document.querySelectorAll('.jp-dataops-graph-edge').length];

  view.setStates(new Map([['evaluate', { state: 'running', duration: '1 s' }]]));
  assert.equal(label('evaluate'), 'Node evaluate, running, 1 s, 3 checks', 'without waiting for another frame');
  view.setStates(LOOKS);
  await waitFor(() => assert.equal(node('evaluate').dataset['state'], 'failed'));

  assert.equal(node('evaluate'), before);
  assert.equal(document.querySelectorAll('.jp-dataops-graph-edge').length, edges);
  assert.equal(layouts, 1);
});

test('looks that are not there are taken back', async () => {
  const view = await shown(EXAMPLE);
  view.setStates(LOOKS);
  await waitFor(() => assert.ok(document.querySelector('.jp-dataops-graph-edited')));
  view.setStates(new Map());
  await waitFor(() => assert.equal(label('load_airports'), 'Node load_airports, not run'));

  assert.equal(document.querySelector('.jp-dataops-graph-edited'), null);
  assert.equal(document.querySelector('.jp-mod-critical'), null);
  assert.equal(document.querySelector('.jp-dataops-graph-spinners')!.childElementCount, 0);
});

test('another graph keeps the elements of the nodes that stay', async () => {
  let drawn = 0;
  const view = new GraphView(document.body, { engine: ENGINE, onDrawn: () => (drawn += 1) });
  views.push(view);
  view.setGraph(chainGraph(3));
  await waitFor(() => assert.equal(drawn, 1));
  const before = node('n1');
  view.setGraph(chainGraph(4));
  await waitFor(() => assert.equal(drawn, 2));

  assert.equal(node('n1'), before);
  assert.ok(node('n3'));
  view.setGraph({ nodes: [], edges: [] });
  await waitFor(() => assert.equal(drawn, 3));
  assert.equal(document.querySelector('.jp-dataops-graph-node'), null);
  assert.match(document.body.textContent, /No nodes yet/);
});

test('the keyboard goes along the edges, opens, selects, and clears', async () => {
  const [opened, selected]: [string[], (string | null)[]] = [[], []];
  await shown(chainGraph(4), { onOpen: id => opened.push(id), onSelect: id => selected.push(id) });
  document.querySelector<SVGElement>('.jp-dataops-graph-node[tabindex="0"]')!.focus();
  assert.equal(focused(), 'n0');

  assert.equal(press('ArrowRight'), false, 'the page does not scroll as well');
  assert.equal(focused(), 'n1');
  press('End');
  assert.equal(focused(), 'n3');
  press('ArrowLeft');
  assert.equal(focused(), 'n2');
  press('Enter');
  assert.deepEqual([opened, selected], [['n2'], ['n2']]);
  press('Home');
  press(' ');
  assert.deepEqual(selected, ['n2', 'n0']);
  assert.equal(node('n0').getAttribute('aria-current'), 'true');
  press('Escape');
  assert.deepEqual(selected, ['n2', 'n0', null]);
  assert.equal(press('Escape'), true, 'a second one is for whoever is around');
  assert.equal(press('x'), true);
});

test('Tab leads to one node: the one that was left last', async () => {
  const view = await shown(chainGraph(4));
  const reachable = (): (string | null)[] =>
    [...document.querySelectorAll('[role=button][tabindex="0"]')].map(one => one.getAttribute('data-node'));

  assert.deepEqual(reachable(), ['n0']);
  document.querySelector<SVGElement>('.jp-dataops-graph-node[tabindex="0"]')!.focus();
  press('ArrowRight');
  assert.deepEqual(reachable(), ['n1']);
  view.select('n3');
  assert.deepEqual(reachable(), ['n3']);
});

test('a click selects, a double click opens, a click beside clears', async () => {
  const [opened, selected]: [string[], (string | null)[]] = [[], []];
  await shown(chainGraph(3), { onOpen: id => opened.push(id), onSelect: id => selected.push(id) });

  fireEvent.click(node('n1').querySelector('rect')!);
  fireEvent.dblClick(node('n1'));
  fireEvent.click(document.querySelector('.jp-dataops-graph-area')!);
  assert.deepEqual([opened, selected], [['n1'], ['n1', null]]);
});

test('what is selected from outside is not told again, and survives a new graph', async () => {
  const selected: (string | null)[] = [];
  const view = await shown(chainGraph(3), { onSelect: id => selected.push(id) });
  view.select('n1');
  view.setGraph(chainGraph(5));
  await waitFor(() => assert.ok(document.querySelector('[data-node=n4]')));

  await waitFor(() => assert.equal(node('n1').getAttribute('aria-current'), 'true'));
  assert.deepEqual(selected, []);
});

test('edges of the selected node show what travels along them', async () => {
  const view = await shown(EXAMPLE);
  view.select('features');

  const labels = [...document.querySelectorAll('.jp-dataops-graph-label')].map(one => one.textContent);
  assert.deepEqual(labels.sort(), ['X, y, scaler', 'X_test', 'airports', 'joined']);
});

test('turning it tells whoever remembers it', async () => {
  const turned: string[] = [];
  await shown(chainGraph(2), { onTurn: direction => turned.push(direction) });
  fireEvent.click(document.querySelector('[aria-label="Change direction"]')!);

  assert.deepEqual(turned, ['TB']);
});

test('nothing is left of a view that is disposed of, even if it was about to draw', async () => {
  const view = new GraphView(document.body, { engine: ENGINE });
  view.setGraph(EXAMPLE);
  view.setStates(LOOKS);
  view.dispose();
  await layout('digraph{}');

  assert.equal(document.body.childElementCount, 0);
});
