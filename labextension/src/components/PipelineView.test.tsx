import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '@testing-library/react';
import { PipelineView } from './PipelineView';

test('a pipeline has a name for screen readers', () => {
  const { getByRole } = render(<PipelineView label="Pipeline" />);

  assert.equal(getByRole('region', { name: 'Pipeline' }).tagName, 'SECTION');
});
