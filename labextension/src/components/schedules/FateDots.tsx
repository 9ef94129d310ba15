import type { JSX } from 'react';
import type { FireView } from '../../api/wire.generated';
import { countOfFires, lookOfFire } from '../../model/fates';
import { useTexts } from '../context';
import { StateIcon } from '../ui/Icon';

/** What became of the latest fires, newest last, each by its icon; all of them in words for who does not see them. */
export function FateDots({ fires }: { readonly fires: readonly FireView[] }): JSX.Element | null {
  const texts = useTexts();
  if (fires.length === 0) {
    return null;
  }
  const inOrder = [...fires].reverse();
  return (
    <span className="jp-dataops-fateDots">
      {inOrder.map(fire => {
        const { state, word } = lookOfFire(fire, texts);
        const told = `${fire.told}: ${word} ${countOfFires(fire)}`.trim();
        return (
          <span key={`${fire.fire_time} ${fire.kind}`} title={told}>
            <StateIcon state={state} isSaid />
            <span className="jp-dataops-hidden">{told}. </span>
          </span>
        );
      })}
    </span>
  );
}

/** A fate in icon and word. */
export function FateWord({ fire }: { readonly fire: FireView }): JSX.Element {
  const texts = useTexts();
  const { state, word } = lookOfFire(fire, texts);
  return (
    <span className="jp-dataops-fateWord">
      <StateIcon state={state} isSaid />
      <span className="jp-dataops-state-word" data-state={state}>
        {word} {countOfFires(fire)}
      </span>
    </span>
  );
}
