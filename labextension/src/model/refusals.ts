import { OperationError } from '../api/client';
import type { Refusal } from '../api/wire.generated';

/** Any error as what, where, what to do. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof OperationError) {
    return error.refusal;
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message, where: '', hint: '' };
}

/** Nobody waits for the answer any more: not an error that anybody is to see. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Python could not be reached at all; what is shown may be old. */
export function isUnreachable(refusal: Refusal): boolean {
  return refusal.code === 'unreachable';
}
