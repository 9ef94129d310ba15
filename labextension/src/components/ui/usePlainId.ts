import { useId } from 'react';

/** An id of its own for an element, which may also stand in a selector: React's has colons. */
export function usePlainId(): string {
  return `jp-dataops-${useId().replaceAll(':', '')}`;
}
