import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyModel } from '@anywidget/types';
import type { FromKernel } from '../api/comm';
import { channelOf } from './channel';

type Slot = (sender: unknown, status: string) => void;

/** A widget's model in a page, and the kernel behind it. */
function widget({ hasKernel = true } = {}) {
  const listeners = new Map<string, Set<(value?: unknown) => void>>();
  const slots = new Set<Slot>();
  const classes = new Set<string>();
  const sent: unknown[] = [];
  const kernel = {
    statusChanged: { connect: (slot: Slot) => slots.add(slot), disconnect: (slot: Slot) => slots.delete(slot) }
  };
  const model = {
    send: (message: unknown) => sent.push(message),
    on: (event: string, callback: () => void) =>
      listeners.set(event, (listeners.get(event) ?? new Set()).add(callback)),
    off: (event: string, callback: () => void) => listeners.get(event)?.delete(callback),
    widget_manager: hasKernel ? { kernel } : {}
  } as unknown as AnyModel;
  const element = { classList: { contains: (name: string) => classes.has(name) } } as unknown as HTMLElement;
  const emit = (event: string, value?: unknown) => listeners.get(event)?.forEach(callback => callback(value));
  return {
    channel: channelOf(model, element),
    sent,
    emit,
    become: (status: string) => [...slots].forEach(slot => slot(kernel, status)),
    disconnect: () => {
      classes.add('jupyter-widgets-disconnected');
      emit('comm_live_update');
    },
    isLeft: () => slots.size === 0 && [...listeners.values()].every(callbacks => callbacks.size === 0)
  };
}

const HELLO = { kind: 'hello', view: 'a', n: 1 } as const;

test('what is said travels as a custom message, and what is heard arrives as one', () => {
  const { channel, sent, emit, isLeft } = widget();
  const heard: FromKernel[] = [];
  const listening = channel.onMessage(message => heard.push(message));

  channel.send(HELLO);
  emit('msg:custom', { kind: 'saved' });
  listening.dispose();
  emit('msg:custom', { kind: 'saved' });

  assert.deepEqual(sent, [HELLO]);
  assert.deepEqual(heard, [{ kind: 'saved' }]);
  assert.ok(isLeft());
});

for (const [how, end] of Object.entries({
  'the kernel is restarted': page => page.disconnect(),
  'the panel is closed': page => page.emit('comm:close'),
  'the kernel crashes and is started again': page => page.become('autorestarting'),
  'the kernel is dead': page => page.become('dead')
} satisfies Record<string, (page: ReturnType<typeof widget>) => void>)) {
  test(`when ${how}, the way to it has ended, once`, () => {
    const page = widget();
    let count = 0;
    page.channel.onGone(() => (count += 1));
    page.become('busy');
    page.become('idle');
    page.emit('comm_live_update');
    assert.equal(count, 0);

    end(page);
    end(page);

    assert.equal(count, 1);
    assert.ok(page.isLeft());
  });
}

test('a comm that nobody listens to takes nothing', () => {
  const page = widget({ hasKernel: false });
  page.disconnect();

  assert.equal(page.channel.isLive, false);
  assert.throws(() => page.channel.send(HELLO));
  assert.deepEqual(page.sent, []);
});

test('in a front end that shows no kernel, the comm alone tells', () => {
  const page = widget({ hasKernel: false });
  let isGone = false;
  const listening = page.channel.onGone(() => (isGone = true));

  listening.dispose();
  page.disconnect();

  assert.equal(isGone, false);
  assert.ok(page.isLeft());
});
