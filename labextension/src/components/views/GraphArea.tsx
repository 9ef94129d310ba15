import type { JSX } from 'react';
import { useSelected, useTexts } from '../context';
import { shownGraph } from '../sessionState';
import { Empty } from '../ui/Empty';
import { NodeList } from './NodeList';

/** The graph of the pipeline; until it can be drawn, its nodes as a list. */
export function GraphArea(): JSX.Element {
  const texts = useTexts();
  const isEmpty = useSelected(state => shownGraph(state).nodes.length === 0);
  return isEmpty ? <Empty icon="graph" title={texts.__('There are no nodes.')} /> : <NodeList />;
}
