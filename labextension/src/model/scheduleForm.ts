import type { AddSchedule, EditSchedule, PolicyView, ScheduleView } from '../api/wire.generated';
import { type Field, fieldOf, readForm, type Reading, textOf, type Typed } from './parameters';
import {
  FIRST_POLICY,
  type PolicyDraft,
  policyDraftOf,
  type PolicyFault,
  policyFaults,
  type PolicyField,
  policyWanted
} from './schedulePolicy';
import { FIRST_WHEN, triggerOf, type When, whenOf } from './triggers';

/** What stands in the form of a schedule. */
export interface ScheduleDraft extends PolicyDraft {
  readonly name: string;
  readonly when: When;
  readonly zone: string;
  readonly typed: Typed;
  readonly environment: string;
  readonly deployed: boolean;
  readonly paused: boolean;
}

export type ScheduleField = 'name' | 'when' | 'zone' | 'parameters' | 'environment' | PolicyField;

/** Why the form cannot be taken, for each field. */
export type DraftFault = 'missing' | 'bad_name' | 'bad_parameters' | 'no_environment' | PolicyFault;

/** As Python takes names of schedules. */
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,99}$/u;

export function newDraft(name: string, zone: string, typed: Typed = {}): ScheduleDraft {
  return {
    name,
    when: FIRST_WHEN,
    zone,
    typed,
    environment: '',
    deployed: false,
    ...FIRST_POLICY,
    paused: false
  };
}

/** What stands in the form of a schedule that there is. */
export function draftOf(schedule: ScheduleView, fields: readonly Field[]): ScheduleDraft {
  const { policy, parameters } = schedule;
  const { when, zone } = whenOf(schedule.trigger);
  const known = fields.filter(field => Object.hasOwn(parameters, field.parameter.name));
  const typed = known.map(field => [field.parameter.name, shownText(field, parameters[field.parameter.name])]);
  return {
    ...newDraft(schedule.name, zone ?? schedule.zone, Object.fromEntries(typed) as Record<string, string>),
    when,
    environment: schedule.environment ?? '',
    deployed: schedule.deployed,
    ...policyDraftOf(policy, zone ?? schedule.zone),
    paused: schedule.paused_at !== null
  };
}

function shownText(field: Field, value: unknown): string {
  return typeof value === 'string' && isTemplate(value) ? value : textOf(field, value);
}

/** Fields of the notebook, and of parameters that the schedule has though the notebook does not, or cannot be read. */
export function fieldsOf(fields: readonly Field[], parameters: Readonly<Record<string, unknown>>): readonly Field[] {
  const known = new Set(fields.map(field => field.parameter.name));
  const others = Object.keys(parameters).filter(name => !known.has(name));
  const plain = { default: '', value: null, is_literal: false, type: null, help: '' };
  return [...fields, ...others.map(name => fieldOf({ ...plain, name }))];
}

/** `{{ fire_time }}` and the like are filled in at each fire, whatever the type of the parameter. */
function isTemplate(text: string): boolean {
  return text.includes('{{');
}

export function readParameters(fields: readonly Field[], typed: Typed): Reading {
  const templates = Object.entries(typed).filter(([, text]) => isTemplate(text));
  const rest = Object.entries(typed).filter(([, text]) => !isTemplate(text));
  const { values, faults } = readForm(fields, Object.fromEntries(rest));
  return { values: { ...values, ...Object.fromEntries(templates) }, faults };
}

/** What is wrong with the form, by field; the trigger itself is the server's to judge. */
export function faultsOf(draft: ScheduleDraft, fields: readonly Field[]): ReadonlyMap<ScheduleField, DraftFault> {
  const faults = new Map<ScheduleField, DraftFault>();
  if (!NAME.test(draft.name.trim())) {
    faults.set('name', draft.name.trim() === '' ? 'missing' : 'bad_name');
  }
  if (triggerOf(draft.when) === '') {
    faults.set('when', 'missing');
  }
  if (draft.zone.trim() === '') {
    faults.set('zone', 'missing');
  }
  if (readParameters(fields, draft.typed).faults.size > 0) {
    faults.set('parameters', 'bad_parameters');
  }
  if (draft.deployed && draft.environment.trim() === '') {
    faults.set('environment', 'no_environment');
  }
  return new Map([...faults, ...policyFaults(draft, draft.zone)]);
}

/** What is asked for: of a form without faults. */
export function addRequest(draft: ScheduleDraft, fields: readonly Field[], path: string): AddSchedule {
  return scheduleRequest(draft, fields, path, null);
}

function scheduleRequest(
  draft: ScheduleDraft,
  fields: readonly Field[],
  path: string,
  before: PolicyView | null
): AddSchedule {
  return {
    name: draft.name.trim(),
    path,
    trigger: triggerOf(draft.when),
    zone: draft.zone.trim(),
    policy: policyWanted(draft, draft.zone, before),
    parameters: { ...readParameters(fields, draft.typed).values },
    environment: draft.environment.trim() || null,
    deployed: draft.deployed,
    paused: draft.paused
  };
}

/** The same for a schedule that there is, as long as nobody else changes it. */
export function editRequest(draft: ScheduleDraft, fields: readonly Field[], before: ScheduleView): EditSchedule {
  const request = scheduleRequest(draft, fields, '', before.policy);
  const { name, trigger, zone, policy, parameters, environment, deployed } = request;
  return {
    schedule: before.name,
    version: before.version,
    ...(name === before.name ? {} : { name }),
    trigger,
    ...(zone === undefined ? {} : { zone }),
    ...(policy === undefined ? {} : { policy }),
    ...(parameters === undefined ? {} : { parameters }),
    environment: environment ?? null,
    ...(deployed === undefined ? {} : { deployed })
  };
}

/** What a refusal of a policy begins with. */
const POLICY_FIELDS: readonly (readonly [string, PolicyField])[] = [
  ['misfire_grace', 'grace'],
  ['jitter', 'jitter'],
  ['starts_at', 'startsAt'],
  ['ends_at', 'endsAt'],
  ['catchup_max', 'catchupMax'],
  ['max_runs', 'maxRuns']
];

/** The field that a refusal is about; `null`: none of them. */
export function fieldOfRefusal({ code, message }: { code: string; message: string }): ScheduleField | null {
  switch (code) {
    case 'schedule_exists':
      return 'name';
    case 'invalid_schedule':
      return POLICY_FIELDS.find(([word]) => message.startsWith(word))?.[1] ?? 'when';
    case 'parameter':
      return 'parameters';
    case 'usage':
      return message.includes('name of a schedule') ? 'name' : null;
    case 'config':
      return 'environment';
    default:
      return null;
  }
}
