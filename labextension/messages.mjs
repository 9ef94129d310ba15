// The texts of the front end, and their catalogues: `npm run messages` finds every text, and brings all languages up to date.
//
//   ../jupyter_dataops/locale/jupyter_dataops.pot      every text of TypeScript and of the schemas, written here
//   ../jupyter_dataops/locale/LOCALE/LC_MESSAGES/      what it is in one language, written by messages.py
//
// `npm test` compares the first with the sources, `pytest` the others with the first.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import ts from 'typescript';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const DOMAIN = 'jupyter_dataops';
export const TEMPLATE = `../jupyter_dataops/locale/${DOMAIN}.pot`;

/** What each argument is, in the methods of JupyterLab's translation bundles. */
const METHODS = {
  __: ['id'],
  _n: ['id', 'plural'],
  _p: ['context', 'id'],
  _np: ['context', 'id', 'plural'],
  gettext: ['id'],
  ngettext: ['id', 'plural'],
  pgettext: ['context', 'id'],
  npgettext: ['context', 'id', 'plural']
};

/**
 * What is translated of a schema, with its context; the rules of jupyterlab_server, without those for labels of menus and
 * toolbars: JupyterLab compares them with the ones that it has begun with, which are English, and wants to be loaded again.
 */
const IN_SCHEMAS = [
  [/^\/properties\/.*\/(title|description)$/, 'settings'],
  [/^\/definitions\/.*\/properties\/.*\/(title|description)$/, 'settings'],
  [/^\/(title|description)$/, 'schema'],
  [/^\/jupyter\.lab\.setting-icon-label$/, 'settings']
];

/**
 * Texts of a program. An argument need not be written as a literal: that its type is one, or a union of them, is enough.
 * Throws where it is not, and what is translated cannot be known.
 */
export function textsOf(program, folder = HERE) {
  const checker = program.getTypeChecker();
  const found = [];
  const wrong = [];
  const sources = program.getSourceFiles().filter(({ fileName }) => !/node_modules|\.d\.ts$/.test(fileName));
  const nameOf = ({ fileName }) => fileName.slice(folder.length);
  for (const source of sources.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))) {
    const file = nameOf(source);
    const visit = node => {
      const roles = rolesOf(node);
      if (roles) {
        const choices = roles.map((_, at) => literalsOf(checker, node.arguments[at]));
        const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
        if (choices.some(choice => choice === null)) {
          wrong.push(`${file}:${line + 1}: not known before it runs: ${node.getText(source).slice(0, 100)}`);
        } else {
          found.push(...combined(roles, choices).map(text => ({ ...text, file })));
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  if (wrong.length > 0) {
    throw new Error(wrong.join('\n'));
  }
  return found;
}

function rolesOf(node) {
  const isMethod = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);
  const name = isMethod ? node.expression.name.text : '';
  return Object.hasOwn(METHODS, name) ? METHODS[name] : null;
}

function literalsOf(checker, argument) {
  const type = argument && checker.getTypeAtLocation(argument);
  const parts = type?.isUnion() ? type.types : [type];
  return parts.every(part => part?.isStringLiteral()) ? parts.map(part => part.value).sort() : null;
}

function combined(roles, choices) {
  return roles.reduce(
    (made, role, at) => made.flatMap(text => choices[at].map(value => ({ ...text, [role]: value }))),
    [{}]
  );
}

/** Texts of the schema of a plugin's settings, by JupyterLab's rules. */
export function textsOfSchema(schema, file) {
  const found = [];
  const visit = (value, path) => {
    if (typeof value === 'string') {
      const rule = IN_SCHEMAS.find(([pattern]) => pattern.test(path));
      if (rule) {
        found.push({ context: rule[1], id: value, file });
      }
    } else if (Array.isArray(value)) {
      value.forEach((part, at) => typeof part === 'object' && visit(part, `${path}[${at}]`));
    } else if (typeof value === 'object' && value !== null) {
      Object.entries(value).forEach(([key, part]) => visit(part, `${path}/${key}`));
    }
  };
  visit(schema, '');
  return found;
}

/** The template of all catalogues. Files stand in it without lines, so that it changes only when texts do. */
export function template() {
  const config = ts.getParsedCommandLineOfConfigFile(`${HERE}tsconfig.json`, {}, ts.sys);
  const schemas = readdirSync(`${HERE}schema`).sort();
  const found = [
    ...schemas.flatMap(name => textsOfSchema(JSON.parse(readFileSync(`${HERE}schema/${name}`)), `schema/${name}`)),
    ...textsOf(ts.createProgram(config.fileNames, config.options))
  ];
  return [HEADER, ...merged(found).map(entry)].join('\n');
}

/** One for each text, in the order of their first places. Throws where a text has two plurals, or is counted here and not there. */
export function merged(found) {
  const texts = new Map();
  for (const { context, id, plural, file } of found) {
    const key = JSON.stringify([context, id]);
    const known = texts.get(key) ?? { context, id, plural, files: new Set() };
    if (known.plural !== plural) {
      const said = plural ?? known.plural;
      throw new Error(`${file}: “${id}” is counted (“${said}”) in one place, and not or otherwise in another.`);
    }
    texts.set(key, { ...known, files: known.files.add(file) });
  }
  return [...texts.values()].map(text => ({ ...text, files: [...text.files] }));
}

const HEADER = `# Texts of jupyter-dataops in JupyterLab. Written by \`npm run messages\`.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
`;

function entry({ context, id, plural, files }) {
  return [
    ...files.map(file => `#: ${file}`),
    ...(context === undefined ? [] : [`msgctxt ${JSON.stringify(context)}`]),
    `msgid ${JSON.stringify(id)}`,
    ...(plural === undefined
      ? ['msgstr ""']
      : [`msgid_plural ${JSON.stringify(plural)}`, 'msgstr[0] ""', 'msgstr[1] ""']),
    ''
  ].join('\n');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    writeFileSync(new URL(TEMPLATE, import.meta.url), template());
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  const { status } = spawnSync('python', ['messages.py', ...argv.slice(2)], { cwd: HERE, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
