import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentence, sentences } from './sentences';

test('a text of the wire becomes a sentence', () => {
  assert.equal(sentence('waits for that node'), 'Waits for that node.');
  assert.equal(sentence("did you mean 'x'?"), "Did you mean 'x'?");
  assert.equal(sentence(' '), '');
});

test('a sentence that begins with a name leaves it as it is', () => {
  assert.equal(sentence('daily@1 is live in prod'), 'daily@1 is live in prod.');
  assert.equal(sentence('clean_up waits'), 'clean_up waits.');
});

test('several follow each other', () => {
  assert.equal(sentences('bad value', '', 'for example 3'), 'Bad value. For example 3.');
});
