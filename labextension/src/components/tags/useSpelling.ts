import { useEffect, useMemo, useState } from 'react';
import type { EntryProblem, Grammar, Tags, TagsRequest } from '../../api/wire.generated';
import { entriesOf, type Place, type TagForm } from '../../model/tagForm';

/** Typing is not followed letter by letter. */
const QUIET_MS = 150;

/** Asks Python for the tags that entries make. */
export type Spell = (request: TagsRequest, signal: AbortSignal) => Promise<Tags>;

/** What Python says of a form. */
export interface Spelling {
  /** `null`: it is not known yet, or there are problems. */
  readonly tags: readonly string[] | null;
  readonly problems: readonly EntryProblem[];
  readonly places: readonly Place[];
  /** Why it could not be asked. */
  readonly failure: string;
}

/** The tags that the form makes, a moment after each change of it. Problems of before stay until the new ones are known. */
export function useSpelling(form: TagForm, grammar: Grammar, spell: Spell): Spelling {
  const { request, places } = useMemo(() => entriesOf(form, grammar), [form, grammar]);
  const wanted = JSON.stringify(request);
  const [answer, setAnswer] = useState<Spelling & { wanted: string }>({ ...UNKNOWN, wanted: '' });
  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(() => {
      spell(request, asking.signal).then(
        ({ tags, problems }) =>
          asking.signal.aborted ||
          setAnswer({ wanted, tags: problems.length === 0 ? tags : null, problems, places, failure: '' }),
        (error: unknown) => asking.signal.aborted || setAnswer({ ...UNKNOWN, wanted, failure: messageOf(error) })
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
    // `request` and `places` change with `wanted`, and are new objects each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted, spell]);
  return answer.wanted === wanted ? answer : { ...answer, tags: null };
}

const UNKNOWN: Spelling = { tags: null, problems: [], places: [], failure: '' };

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
