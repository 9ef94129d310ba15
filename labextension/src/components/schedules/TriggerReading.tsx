import type { JSX } from 'react';
import type { Client } from '../../api/client';
import type { TriggerReading } from '../../api/wire.generated';
import { sentence, sentences } from '../../model/sentences';
import { triggerWords } from '../../model/triggerWords';
import { useTexts } from '../context';
import { Icon } from '../ui/Icon';
import { useCall } from '../useCall';
import { useKept, useQuiet } from '../useQuiet';
import { NextFires } from './NextFires';

const QUIET_MS = 250;

interface Asked {
  readonly trigger: string;
  readonly zone: string;
  readonly after: string | null;
}

export interface Read {
  /** The latest that is known, also while a newer one is asked for. */
  readonly reading: TriggerReading | null;
  /** It is about what stands in the form now. */
  readonly isCurrent: boolean;
  /** Why nothing can be read; empty: it can. */
  readonly problem: string;
  /** It is the time zone that is wrong. */
  readonly isZoneBad: boolean;
}

/**
 * What the text of a trigger means, as Python reads it, a moment after it was typed; `after`: from when on its fires are
 * shown, `null`: from now on.
 */
export function useReading(client: Client, trigger: string, zone: string, after: string | null = null): Read {
  const typed = JSON.stringify({ trigger, zone, after });
  const asked = useQuiet(typed, QUIET_MS);
  const { zone: askedZone, trigger: text, after: askedAfter } = JSON.parse(asked) as Asked;
  const isAsked = text.trim() !== '' && askedZone.trim() !== '';
  const request = isAsked
    ? { trigger: text, zone: askedZone.trim(), count: 5, ...(askedAfter === null ? {} : { after: askedAfter }) }
    : null;
  const { data, problem } = useCall(client, 'preview_trigger', request);
  const reading = useKept(data);
  const isCurrent = data !== null && asked === typed;
  const fault = data?.problem ?? null;
  // The text is right, and refused all the same: only the zone beside it is left to be wrong.
  const isZoneBad = fault !== null && fault.where === askedZone.trim() && !text.includes('tz=');
  return {
    reading,
    isCurrent,
    problem: problem ? sentences(problem.message, problem.hint) : fault ? sentences(fault.message, fault.hint) : '',
    isZoneBad
  };
}

interface ReadingBoxProps {
  readonly read: Read;
  /** Fires from then on are none; `null`: they are. */
  readonly before: string | null;
}

/** In plain words, and when it fires next. */
export function ReadingBox({ read, before }: ReadingBoxProps): JSX.Element {
  const texts = useTexts();
  const { reading, isCurrent, problem } = read;
  const isShown = reading !== null && reading.problem === null && problem === '';
  const next = (reading?.next ?? []).filter(({ at }) => before === null || Date.parse(at) < Date.parse(before));
  return (
    <div className="jp-dataops-reading" data-old={!isCurrent || undefined}>
      <p className="jp-dataops-reading-told" data-empty={!isShown || undefined} role="status">
        {isShown
          ? `${triggerWords(reading.trigger, reading.told, texts)}.`
          : texts.__('When this runs will be shown here.')}
      </p>
      {isShown && next.length > 0 ? <NextFires label={texts.__('Next fires')} fires={next} /> : null}
      {isShown && reading.waits.length > 0 ? (
        <p className="jp-dataops-faint">{texts.__('What it waits for besides time cannot be foreseen.')}</p>
      ) : null}
      {(isShown ? reading.notes : []).map(note => (
        <p key={note} className="jp-dataops-nextFires-note">
          <Icon name="problems" />
          <span>{sentence(note)}</span>
        </p>
      ))}
      {isShown && next.length === 0 && reading.waits.length === 0 ? (
        <p className="jp-dataops-field-fault">{texts.__('It never fires again.')}</p>
      ) : null}
    </div>
  );
}
