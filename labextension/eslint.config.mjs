import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// What may be used without Jupyter: the graph, the model and the components are in the notebook widget as well.
const SHARED = ['src/graph/**', 'src/model/**', 'src/components/**', 'src/api/**', 'src/anywidget/**'];

export default defineConfig(
  { ignores: ['lib/', 'lib-test/', 'dev/built/', 'node_modules/', '**/*.generated.ts'] },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      eqeqeq: 'error'
    }
  },
  {
    files: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    // `test(...)` of Node's runner returns a promise that nobody has to wait for.
    rules: { '@typescript-eslint/no-floating-promises': 'off' }
  },
  {
    files: SHARED,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@jupyterlab/*', '@lumino/*'], message: 'Shared with the notebook widget: no Jupyter here.' }
          ]
        }
      ]
    }
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } }
  },
  prettier
);
