import type { CellView, Grammar, Preview, TagsRequest, TagView } from '../api/wire.generated';
import { entriesOf, formOf, NO_ROLE } from './tagForm';

/** What is to be asked for when a cell gets a role by one click; its options stay, where it keeps a use for them. */
export function requestForRole(tags: readonly TagView[], grammar: Grammar, role: string, name: string): TagsRequest {
  const form = formOf(tags, grammar);
  const isKept = role === NO_ROLE || role === 'node' || role === 'check';
  const values = isKept ? form.values : new Map<string, readonly string[]>();
  return entriesOf({ ...form, role, name, values, broken: [] }, grammar).request;
}

/** The tags of a cell without all that is ours. */
export function withoutOurs(tags: readonly TagView[]): string[] {
  return tags.filter(tag => tag.key === null && tag.problem === null).map(tag => tag.text);
}

/**
 * Which of the selected cells say by themselves that they belong to a node: the first one, and each that does not follow
 * another selected one. The others go on with it once they have no role of their own.
 */
export function cellsToName(selected: readonly CellView[]): Set<string> {
  const named = new Set<string>();
  selected.forEach((cell, at) => {
    if (selected[at - 1]?.index !== cell.index - 1) {
      named.add(cell.id);
    }
  });
  return named;
}

/** The node that a check at a cell would test: the one that the cell belongs to, or else the nearest above. */
export function nodeAbove(preview: Preview, cellId: string): string | null {
  const at = preview.cells.findIndex(cell => cell.id === cellId);
  return preview.cells.slice(0, at + 1).findLast(cell => cell.node !== null)?.node ?? null;
}

/** Names of all nodes, and of what they read and make, for the fields of the form. */
export function namesIn(preview: Preview): { nodes: string[]; variables: string[] } {
  const { nodes } = preview.graph;
  const variables = nodes.flatMap(node => [...node.binds, ...node.reads]);
  const parameters = preview.parameters.map(parameter => parameter.name);
  return { nodes: nodes.map(node => node.name), variables: [...new Set([...variables, ...parameters])].sort() };
}
