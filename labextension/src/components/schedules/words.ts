import type { Catchup, Overlap } from '../../api/wire.generated';
import type { DraftFault } from '../../model/scheduleForm';
import type { Texts } from '../../model/texts';
import type { Rhythm, Weekday } from '../../model/triggers';

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

export function dayWords(day: Weekday, texts: Texts): string {
  switch (day) {
    case 'MON':
      return texts.__('Monday');
    case 'TUE':
      return texts.__('Tuesday');
    case 'WED':
      return texts.__('Wednesday');
    case 'THU':
      return texts.__('Thursday');
    case 'FRI':
      return texts.__('Friday');
    case 'SAT':
      return texts.__('Saturday');
    case 'SUN':
      return texts.__('Sunday');
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
