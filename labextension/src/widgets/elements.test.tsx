import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandRegistry } from '@lumino/commands';
import { button } from './elements';

test('a key that is pressed on a button at a cell is none of the notebook', () => {
  const commands = new CommandRegistry();
  const done: string[] = [];
  commands.addCommand('insert-cell', { execute: () => done.push('insert-cell') });
  // As JupyterLab has it: for whatever has the focus in a notebook.
  commands.addKeyBinding({ command: 'insert-cell', keys: ['A'], selector: '.jp-Notebook :focus' });
  const notebook = document.createElement('div');
  notebook.className = 'jp-Notebook';
  const cell = document.createElement('div');
  cell.tabIndex = 0;
  const retry = button('', () => undefined);
  cell.append(retry);
  notebook.append(cell);
  document.body.append(notebook);
  notebook.addEventListener('keydown', event => commands.processKeydownEvent(event));
  const press = (target: HTMLElement) => {
    target.focus();
    target.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', keyCode: 65, bubbles: true }));
  };

  press(retry);
  assert.deepEqual(done, []);
  press(cell);
  assert.deepEqual(done, ['insert-cell']);

  notebook.remove();
  commands.processKeyupEvent(new KeyboardEvent('keyup'));
});
