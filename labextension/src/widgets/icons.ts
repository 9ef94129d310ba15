import { LabIcon } from '@jupyterlab/ui-components';
import { PACKAGE } from '../tokens';

/** Drawn in a 24 x 24 box; the class follows the theme. */
function icon(name: string, shapes: string): LabIcon {
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">${shapes}</svg>`;
  return new LabIcon({ name: `${PACKAGE}:${name}`, svgstr });
}

const FILL = 'class="jp-icon3" fill="#616161"';
/** Two nodes, one below the other, at the left of what is done with them. */
const NODES = `<path ${FILL} d="M5.5 2.5a3 3 0 0 1 1 5.83v7.34a3 3 0 1 1-2 0V8.33a3 3 0 0 1 1-5.83z"/>`;

export const pipelineIcon = icon(
  'pipeline',
  `<path ${FILL} d="M9 2.5h6a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1h-2V11h4.5a1 1 0 0 1 1 1v3.5h2a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h2V13h-9v2.5h2a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h2V12a1 1 0 0 1 1-1H11V8.5H9a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1z"/>`
);

export const runPipelineIcon = icon('run-pipeline', `${NODES}<path ${FILL} d="M11.5 6.2v11.6L21 12z"/>`);

export const runChangedIcon = icon(
  'run-changed',
  `${NODES}<path ${FILL} fill-rule="evenodd" d="M11.5 6.2v11.6L21 12zM13.5 9.8v4.4L17.1 12z"/>`
);

export const retryIcon = icon(
  'retry',
  `${NODES}<path ${FILL} d="M16 6.5a5.5 5.5 0 0 1 3.6 1.35L21.5 6v5.5H16l2.2-2.2a3.5 3.5 0 1 0 1.1 3.7h2.05A5.5 5.5 0 1 1 16 6.5z"/>`
);

export const runsIcon = icon(
  'runs',
  `<path ${FILL} d="M10 4.5h11.5v2H10zM10 11h11.5v2H10zM10 17.5h11.5v2H10z"/>` +
    `<circle ${FILL} cx="5" cy="18.5" r="2.2"/><path ${FILL} d="M3.2 8.8L8 12l-4.8 3.2z"/>` +
    `<path ${FILL} d="M1.8 5.6l1.3-1.3 1.5 1.5 3.2-3.3 1.3 1.3-4.5 4.6z"/>`
);

export const assetIcon = icon(
  'asset',
  `<path ${FILL} fill-rule="evenodd" d="M12 2l9 4.8v10.4L12 22l-9-4.8V6.8zM6.2 7.4L12 10.5l5.8-3.1L12 4.3zM5 9v7l6 3.2v-7zM19 9l-6 3.2v7l6-3.2z"/>`
);

export const tagIcon = icon(
  'tag',
  `<path ${FILL} fill-rule="evenodd" d="M3 4a1 1 0 0 1 1-1h7.6a2 2 0 0 1 1.4.6l7.8 7.8a2 2 0 0 1 0 2.8l-6.6 6.6a2 2 0 0 1-2.8 0l-7.8-7.8a2 2 0 0 1-.6-1.4zm4.5 1.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z"/>`
);

export const reportIcon = icon(
  'report',
  `<path ${FILL} fill-rule="evenodd" d="M6 2h8l6 6v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 2v16h12V9h-5V4zm2 9h2v5H8zm3-2h2v7h-2zm3 4h2v3h-2z"/>`
);

export const scheduleIcon = icon(
  'schedule',
  `<path ${FILL} fill-rule="evenodd" d="M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 0 1 0-19zm0 2a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zm-1 2.5h2v4.6l3.2 1.9-1 1.7-4.2-2.5z"/>`
);

export const deployIcon = icon(
  'deploy',
  `<path ${FILL} fill-rule="evenodd" d="M12 10.2l4.3 4.3-1.4 1.4-1.9-1.9V21h-2v-7l-1.9 1.9-1.4-1.4zM12 3.5a6.5 6.5 0 0 1 6.3 4.9A5 5 0 0 1 17.5 18H15.500v-2h2a3 3 0 0 0 0-6h-.9l-.1-.9a4.500 4.500 0 0 0-8.700-1.300l-.2.700-.8.100A3.700 3.700 0 0 0 7 16h1.500v2H7A5.700 5.700 0 0 1 6.100 6.700 6.500 6.500 0 0 1 12 3.5z"/>`
);
