/** Geometry of a graph. The only module with Graphviz in it: bundled as text, started from a blob. */
import { Graphviz } from '@hpcc-js/wasm-graphviz';

/** A question and its number, as the page posts them to the worker. */
export interface LayoutRequest {
  readonly id: number;
  readonly dot: string;
}

/** The answer with the same number: Graphviz's `json0`, or what went wrong. */
export type LayoutAnswer =
  { readonly id: number; readonly json: string } | { readonly id: number; readonly error: string };

/** The geometry of a graph in DOT, as Graphviz's `json0`. A trap poisons the instance: it is thrown away. */
export async function layout(dot: string): Promise<string> {
  const graphviz = await Graphviz.load();
  try {
    // The declared formats lack `json0`, which has the geometry without drawing instructions.
    return graphviz.layout(dot, 'json0' as 'json', 'dot');
  } catch (error) {
    Graphviz.unload();
    throw error;
  }
}

async function answer({ id, dot }: LayoutRequest): Promise<LayoutAnswer> {
  try {
    return { id, json: await layout(dot) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

const scope = globalThis as { WorkerGlobalScope?: new () => object };
// The same text is also imported as a module where workers are not allowed: it listens in a worker alone.
if (scope.WorkerGlobalScope && globalThis instanceof scope.WorkerGlobalScope) {
  globalThis.addEventListener('message', (event: MessageEvent<LayoutRequest>) => {
    void answer(event.data).then(reply => globalThis.postMessage(reply));
  });
}
