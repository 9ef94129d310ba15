import type { Severity } from '../api/wire.generated';
import type { Texts } from './texts';

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Order of diagnostics: the gravest first. */
export function byGravity(one: { severity: Severity }, other: { severity: Severity }): number {
  return RANK[one.severity] - RANK[other.severity];
}

export function severityWord(severity: Severity, texts: Texts): string {
  switch (severity) {
    case 'error':
      return texts.__('Error');
    case 'warning':
      return texts.__('Warning');
    case 'info':
      return texts.__('Note');
  }
}
