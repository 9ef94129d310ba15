/** What went wrong on the way to Python, as every refusal is told: what, where, what to do. */
import { OperationError } from './client';
import type { Refusal } from './wire.generated';

type Said = Omit<Refusal, 'where'>;

const BY_STATUS = {
  401: {
    code: 'not_logged_in',
    message: 'The server does not know who you are.',
    hint: 'Reload the page and log in again.'
  },
  403: {
    code: 'forbidden',
    message: 'You may not do this on this server.',
    hint: 'Reload the page if your login may have expired; else ask who runs the server.'
  },
  404: {
    code: 'no_server_extension',
    message: 'The server does not answer for data pipelines.',
    hint: 'Check that jupyter-dataops is installed and enabled where the server runs: jupyter server extension list.'
  },
  413: {
    code: 'too_large',
    message: 'The notebook is too large for the server.',
    hint: 'Clear outputs or attachments, or raise ServerApp.max_body_size.'
  },
  503: {
    code: 'unavailable',
    message: 'The server cannot answer right now.',
    hint: 'Try again in a moment.'
  }
} as const satisfies Readonly<Record<number, Said>>;

const UNREACHABLE = {
  code: 'unreachable',
  message: 'The server cannot be reached.',
  hint: 'Check that it runs, and your network. Runs go on without it.'
} as const satisfies Said;

const KERNEL_GONE = {
  code: 'kernel_gone',
  message: 'This panel is no longer connected to a kernel.',
  hint: 'Run its cell again. Runs go on without it.'
} as const satisfies Said;

const OURS = [...Object.values(BY_STATUS), UNREACHABLE, KERNEL_GONE] as const;
const OUR_TEXTS: ReadonlySet<string> = new Set(OURS.flatMap(({ message, hint }) => [message, hint]));

/** The text is one of these, which are translated; what Python says is not. */
export function isOurs(text: string): text is (typeof OURS)[number]['message' | 'hint'] {
  return OUR_TEXTS.has(text);
}

function isRefusal(body: unknown): body is Refusal {
  const fields = ['code', 'message', 'where', 'hint'] as const;
  return (
    typeof body === 'object' &&
    body !== null &&
    fields.every(field => typeof (body as Partial<Refusal>)[field] === 'string')
  );
}

/** The refusal in the answer; where something between browser and Python answered, what its status means. */
export async function refused(response: Response): Promise<OperationError> {
  const body: unknown = await response.json().catch(() => null);
  if (isRefusal(body)) {
    return new OperationError(body, response.status);
  }
  const known = (BY_STATUS as Readonly<Record<number, Said>>)[response.status];
  return known === undefined ? unreadable(response) : new OperationError({ ...known, where: '' }, response.status);
}

/** Something answered, but nothing that Python would say. */
export function unreadable({ status, statusText }: Response): OperationError {
  const message = `The server answered ${`${status} ${statusText}`.trim()}, which is no answer to this.`;
  return new OperationError({ code: 'server_error', message, where: '', hint: 'Its log says more.' }, status);
}

/** Nobody answered. */
export function unreachable(): OperationError {
  return new OperationError({ ...UNREACHABLE, where: '' }, 0);
}

/** A view has no panel in a kernel any more. */
export function kernelGone(): OperationError {
  return new OperationError({ ...KERNEL_GONE, where: '' }, 0);
}
