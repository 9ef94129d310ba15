import type { Hindrance } from '../../model/controls';
import type { Fault } from '../../model/parameters';
import type { Texts } from '../../model/texts';

/** Why a control cannot be used, as a sentence. */
export function hindranceText(hindrance: Hindrance | null, texts: Texts): string | null {
  switch (hindrance) {
    case null:
      return null;
    case 'read_only':
      return texts.__('You may look at runs here, but not start or change them.');
    case 'no_notebook':
      return texts.__('The notebook has not been read yet.');
    case 'no_nodes':
      return texts.__('The notebook has no nodes yet.');
    case 'diagnostics':
      return texts.__('The notebook has errors: see Problems.');
    case 'parameters':
      return texts.__('A value in the form is not valid.');
    case 'busy':
      return texts.__('Another request is on its way.');
    case 'disconnected':
      return texts.__('There is no connection at the moment.');
    case 'no_run':
      return texts.__('There is no run yet.');
    case 'running':
      return texts.__('The run has not ended yet.');
    case 'nothing_failed':
      return texts.__('Nothing failed in this run.');
    case 'not_crashed':
      return texts.__('Only a run that crashed can be resumed.');
    case 'not_running':
      return texts.__('The run has ended.');
    case 'not_failed':
      return texts.__('The node has not failed.');
    case 'cancelling':
      return texts.__('The run is being cancelled.');
  }
}

/** What is wrong with a text in the form, and what would be right. */
export function faultText(fault: Fault, at: number | undefined, texts: Texts): string {
  const where = at === undefined ? '' : ` ${texts.__('It cannot be read from character %1 on.', at + 1)}`;
  switch (fault) {
    case 'whole_number':
      return texts.__('A whole number is needed, such as 10.');
    case 'number':
      return texts.__('A number is needed, such as 0.5.');
    case 'truth':
      return texts.__('True or False is needed.');
    case 'list':
      return `${texts.__("A list is needed, such as ['de', 'fr'].")}${where}`;
    case 'dict':
      return `${texts.__("A dictionary is needed, such as {'de': 1}.")}${where}`;
    case 'literal':
      return `${texts.__("A value is needed, such as 10, 'de' or [1, 2].")}${where}`;
    case 'missing':
      return texts.__('A value is needed.');
  }
}
