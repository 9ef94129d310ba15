import type { Catchup, FireFate, Overlap } from '../../api/wire.generated';
import type { DraftFault } from '../../model/scheduleForm';
import type { Texts } from '../../model/texts';
import type { Rhythm } from '../../model/triggers';

export function rhythmWords(rhythm: Rhythm, texts: Texts): string {
  switch (rhythm) {
    case 'hour':
      return texts.__('Every hour');
    case 'day':
      return texts.__('Every day');
    case 'weekday':
      return texts.__('Every weekday');
    case 'week':
      return texts.__('Every week');
    case 'month':
      return texts.__('Every month');
    case 'custom':
      return texts.__('Custom trigger');
  }
}

/** What becomes of a fire while an earlier run is active. */
export function overlapWords(overlap: Overlap, texts: Texts): string {
  switch (overlap) {
    case 'skip':
      return texts.__('Skip it');
    case 'buffer_one':
      return texts.__('One waits, further ones are skipped');
    case 'buffer_all':
      return texts.__('Each waits its turn');
    case 'cancel_other':
      return texts.__('Cancel the earlier run, then start');
    case 'terminate_other':
      return texts.__('End the earlier run at once, and start');
    case 'allow_all':
      return texts.__('Run both');
  }
}

/** Which fires that came due while nobody looked still run. */
export function catchupWords(catchup: Catchup, texts: Texts): string {
  switch (catchup) {
    case 'latest':
      return texts.__('The latest, if it is not too late');
    case 'none':
      return texts.__('None');
    case 'all':
      return texts.__('All of them, up to a limit');
  }
}

export function draftFaultText(fault: DraftFault | undefined, texts: Texts): string {
  switch (fault) {
    case undefined:
      return '';
    case 'missing':
      return texts.__('Something is needed here.');
    case 'bad_name':
      return texts.__("Letters, digits, '_', '-' and '.'; a letter or '_' comes first.");
    case 'bad_count':
      return texts.__('A whole number from 1 to 10000 is needed.');
    case 'bad_runs':
      return texts.__('A whole number from 1 on is needed, or nothing.');
    case 'bad_duration':
      return texts.__('A duration is needed, such as 30s, 10m, 1h or 1d.');
    case 'bad_time':
      return texts.__('This is no whole date with a time.');
    case 'bad_order':
      return texts.__('This is not after the beginning.');
    case 'bad_parameters':
      return texts.__('A value in the form is not valid.');
    case 'no_environment':
      return texts.__('Say in which environment the version is live.');
  }
}

/** The same as `FATE_MEANINGS` in `jupyter_dataops/states.py`. */
export function fateMeaning(fate: FireFate, texts: Texts): string {
  switch (fate) {
    case 'claimed':
      return texts.__('A service is about to make its run.');
    case 'started':
      return texts.__('A run was made for it.');
    case 'buffered':
      return texts.__('It waits until an earlier run of the schedule has ended.');
    case 'skipped':
      return texts.__("The schedule's own rules said not to run it; the reason says which.");
    case 'missed':
      return texts.__('Nobody looked in time, and it is too late to run it.');
    case 'failed_to_start':
      return texts.__('It was due, and its run could not be made.');
  }
}
