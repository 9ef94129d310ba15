import { createContext, useContext } from 'react';
import type { NodeDetail, NodeRunView } from '../../api/wire.generated';
import type { Answer } from '../useCall';

/** The node whose details are shown, for every tab. */
export interface Detail {
  readonly name: string;
  readonly runId: string;
  readonly node: NodeRunView;
  readonly answer: Answer<NodeDetail>;
}

const DetailContext = createContext<Detail | null>(null);
export const DetailProvider = DetailContext.Provider;

export function useDetail(): Detail {
  const detail = useContext(DetailContext);
  if (!detail) {
    throw new Error('There is no node around this component.');
  }
  return detail;
}
